"""What people ask for about models: start, cancel, try again, deploy, stop, roll back. Check, write, enqueue."""

import logging
import tomllib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.recording import record
from apps.conversations.models import Member, Site
from apps.training import deploying, leasing, queries, serving, snapshotting, tasks
from apps.training.errors import BadRequest, CannotDeploy, CannotStart, NotYours
from apps.training.models import AuditEntry, Deployment, Job, ModelVersion, TrainingRun
from apps.training.proposing import next_number
from apps.training.sentences import SENTENCES, in_english
from apps.training.snapshotting import Source
from model_training import ArtifactRefused, ProfileInvalid, RecipeInvalid, TrainingError, profiles, recipes

logger = logging.getLogger(__name__)

TOKENS_A_ROW = 600  # of a rendered row, for the estimate before there are any
LONGEST_REASON = 2_000
SHORTEST_REASON = 10


# --- Runs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would take, told before it is started."""

    conversations: int
    seconds: int
    memory_mb: int
    disk_mb: int


def estimate(site: Site, *, profile: str, source: Source, overrides: str = "") -> Estimate:
    """Raises BadRequest where the recipe or the base model cannot be used."""
    recipe = _checked_recipe(config_for(profile, name="estimate", overrides=overrides))
    count = snapshotting.count_usable(site, source=source)
    try:
        shape = recipes.shape_of(_base_folder(recipe.run.base))
    except TrainingError as error:
        raise BadRequest("no_base", str(error)) from error
    predicted = recipes.predict(recipe, shape=shape, rows=[TOKENS_A_ROW] * count)
    return Estimate(count, predicted.seconds, predicted.memory_mb, predicted.disk_mb)


def _base_folder(base: str) -> Path:
    folder = Path(base)
    return folder if folder.is_absolute() else Path(settings.BASE_DIR) / folder


def config_for(profile: str, *, name: str, overrides: str = "") -> str:
    """The text of a config.toml: the profile's recipe, with what a person set differently. All faults at once."""
    if profile not in profiles.available():
        raise BadRequest("no_such_profile", _("There is no model profile of this name."))
    try:
        given = tomllib.loads(overrides)
    except tomllib.TOMLDecodeError as error:
        raise BadRequest("bad_recipe", _("This is not TOML: %(fault)s") % {"fault": error}) from error
    if "run" in given:
        raise BadRequest("bad_recipe", _("The section [run] is written by SeekDesk itself."))
    try:
        head = f'[run]\nname = "{name}"\nprofile = "{profile}"\nbase = "{_base_of(profile)}"\n'
    except ProfileInvalid as error:
        raise BadRequest("no_such_profile", str(error)) from error
    return f"{head}\n{overrides.strip()}\n" if overrides.strip() else head


def _base_of(profile: str) -> str:
    return str(_base_folder(profiles.load(profile).model.folder))


def _checked_recipe(config: str) -> recipes.Recipe:
    try:
        return recipes.parse(config)
    except RecipeInvalid as error:
        raise BadRequest("bad_recipe", str(error), reasons=error.faults) from error


def start_run(
    site: Site,
    *,
    profile: str,
    source: Source,
    by: User | None,
    overrides: str = "",
    proposal: TrainingRun | None = None,
) -> TrainingRun:
    """Raises BadRequest for a recipe with faults (all of them named), CannotStart when there is nothing to learn from."""
    _check_source(source)
    told = estimate(site, profile=profile, source=source, overrides=overrides)
    if not told.conversations:
        raise CannotStart("nothing_to_learn", SENTENCES["nothing_to_learn"])
    with transaction.atomic():
        _lock(site)
        if TrainingRun.objects.filter(site=site, state__in=Job.OPEN_STATES).exists():
            raise CannotStart(
                "run_under_way", _("A run of this site is under way. Wait for it, or cancel it.")
            )
        run = _take_proposal(proposal) if proposal else TrainingRun(site=site, number=next_number(site))
        run.profile, run.source, run.started_by = profile, source.stored(), by
        run.config = config_for(profile, name=f"{site.pk.hex[:6]}-run-{run.number}", overrides=overrides)
        run.predicted = {
            "seconds": told.seconds,
            "memory_mb": told.memory_mb,
            "conversations": told.conversations,
        }
        run.state = Job.State.PENDING
        run.save()
        _note(site, by=by, action=AuditEntry.Action.RUN_STARTED, subject=_("Run %(n)d") % {"n": run.number})
        transaction.on_commit(partial(tasks.ring_run, run.pk))
    return run


def _check_source(source: Source) -> None:
    if source.consent not in snapshotting.CONSENTS:
        raise BadRequest("bad_consent", _("Choose whose conversations may be used."))
    if not 1 <= source.cap <= 1000:
        raise BadRequest("bad_cap", _("The cap is a number from 1 to 1000."))


def _take_proposal(proposal: TrainingRun) -> TrainingRun:
    run = TrainingRun.objects.select_for_update().get(pk=proposal.pk)
    if run.state != Job.State.PROPOSED:
        raise CannotStart("no_proposal", _("This run is no proposal any more."))
    return run


@transaction.atomic
def cancel_run(run: TrainingRun, *, by: User | None) -> None:
    """Its process ends within ten seconds. A proposal is dismissed the same way."""
    rows = TrainingRun.objects.filter(pk=run.pk, state__in=[*Job.OPEN_STATES, Job.State.PROPOSED])
    code = "dismissed" if run.state == Job.State.PROPOSED else "cancelled"
    closed = rows.update(
        state=Job.State.CANCELLED,
        reason_code=code,
        reason=in_english(code),
        finished_at=timezone.now(),
        lease_until=None,
    )
    if not closed:
        raise CannotStart("already_over", _("This run was over already."))
    _note(run.site, by=by, action=AuditEntry.Action.RUN_CANCELLED, subject=_("Run %(n)d") % {"n": run.number})


def retry_run(run: TrainingRun, *, by: User | None) -> None:
    """Goes on where it stood."""
    with transaction.atomic():
        _lock(run.site)
        now = TrainingRun.objects.get(pk=run.pk)
        if now.state not in (Job.State.FAILED, Job.State.CANCELLED) or now.reason_code == "dismissed":
            raise CannotStart("not_failed", _("Only a run that failed or was cancelled can go on."))
        if TrainingRun.objects.filter(site=run.site, state__in=Job.OPEN_STATES).exists():
            raise CannotStart(
                "run_under_way", _("A run of this site is under way. Wait for it, or cancel it.")
            )
        leasing.reopen(now)
        _note(
            run.site, by=by, action=AuditEntry.Action.RUN_STARTED, subject=_("Run %(n)d") % {"n": run.number}
        )
        transaction.on_commit(partial(tasks.ring_run, run.pk))


# --- Deployments ------------------------------------------------------------------------------------------------------


def deploy(version: ModelVersion, *, by: Member, share: int = 100, override_reason: str = "") -> Deployment:
    """Raises CannotDeploy with reasons unless the version passed its gate; an override takes an admin and a reason."""
    if not 1 <= share <= 100:
        raise BadRequest("bad_share", _("The share is a number from 1 to 100."))
    override_reason = override_reason.strip()[:LONGEST_REASON]
    refusals = queries.why_not_passed(version)
    if refusals:
        _check_override(by, reason=override_reason, refusals=refusals)
    site = version.site
    if site.live_model == version.name:
        raise CannotDeploy("already_live", _("This version is live already."))
    try:
        with transaction.atomic():
            deployment = Deployment.objects.create(
                site=site,
                version=version,
                share=share,
                by=by.user,
                override_reason=override_reason if refusals else "",
            )
            _note(site, by=by.user, action=AuditEntry.Action.DEPLOY_ASKED, subject=version.name)
            if refusals:
                _note(
                    site,
                    by=by.user,
                    action=AuditEntry.Action.GATE_OVERRIDDEN,
                    subject=version.name,
                    reason=override_reason,
                )
            transaction.on_commit(partial(tasks.ring_deployment, deployment.pk))
    except IntegrityError as error:
        raise CannotDeploy(
            "deployment_under_way", _("Another deployment of this site is under way. Wait for it.")
        ) from error
    return deployment


def _check_override(by: Member, *, reason: str, refusals: list[str]) -> None:
    if not reason:
        raise CannotDeploy(
            "gate_not_passed",
            _("This version did not pass its gate, so it is not deployed."),
            reasons=refusals,
        )
    if not by.may(Member.Role.ADMIN):
        raise NotYours("admin_only", _("Only an admin may override the gate."), reasons=refusals)
    if len(reason) < SHORTEST_REASON:
        raise BadRequest("bad_reason", _("Write down why, in a sentence: others will read it."))


@transaction.atomic
def stop_trial(deployment: Deployment, *, by: User) -> None:
    if not deploying.end_trial(deployment):
        raise CannotDeploy("no_trial", _("This trial is over already."))
    deployment.by = by
    deploying.note(deployment, action=AuditEntry.Action.TRIAL_STOPPED)


def rollback(site: Site, *, by: User | None) -> Deployment:
    """What was live before is live again, when this returns. A deployment under way is ended by it."""
    site.refresh_from_db()
    target = queries.before_live(site)
    if target is not None:
        _bring_back(target)
    with transaction.atomic():
        site = Site.objects.select_for_update().get(pk=site.pk)
        if queries.before_live(site) != target:
            raise CannotDeploy("changed_meanwhile", _("What is live has just changed. Look again."))
        Deployment.objects.filter(site=site, state__in=Job.OPEN_STATES).update(
            state=Job.State.CANCELLED,
            reason_code="rolled_back",
            reason=in_english("rolled_back"),
            finished_at=timezone.now(),
            lease_until=None,
        )
        deployment = Deployment.objects.create(
            site=site, version=target, kind=Deployment.Kind.ROLLBACK, by=by
        )
        deploying.go_live(site, deployment)
        deploying.note(deployment, action=AuditEntry.Action.ROLLED_BACK)
    deployment.refresh_from_db()
    return deployment


def _bring_back(version: ModelVersion) -> None:
    """A model server that was restarted has forgotten it. One that is down will be told by the sweeper."""
    try:
        serving.load(version)
    except ArtifactRefused as error:
        raise CannotDeploy("adapter_refused", SENTENCES["adapter_refused"]) from error
    except serving.NotLoaded as error:
        raise CannotDeploy("not_loaded", SENTENCES["not_loaded"]) from error
    except serving.ServerDown as error:
        logger.warning("Rolling back without the model server: %s", error)


def _lock(site: Site) -> None:
    Site.objects.select_for_update().get(pk=site.pk)


def _note(site: Site, *, by: User | None, action: str, subject: str, reason: str = "") -> None:
    AuditEntry.objects.create(site=site, by=by, action=action, subject=subject, reason=reason)
    record(action, site_id=site.pk, by=by, subject=subject, detail=reason)
