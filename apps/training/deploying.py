"""How a version comes to customers, and goes: check its files → load → test questions → flip → recorded.

Nothing that customers meet changes before the flip, which is one transaction; whatever goes wrong before it leaves what
is live live. Nothing slow happens inside a transaction.
"""

import logging
import uuid

from django.db import transaction
from django.db.models import Q

from apps.audit.recording import record
from apps.conversations import services as conversations
from apps.conversations.models import Site
from apps.training import leasing, serving
from apps.training.leasing import Heartbeat, LeaseLost
from apps.training.models import AuditEntry, Deployment, Job, ModelVersion
from apps.training.sentences import in_english
from model_training import ArtifactRefused

logger = logging.getLogger(__name__)

Stage = Deployment.Stage


class Refused(Exception):
    """This deployment goes no further."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail

    @property
    def sentence(self) -> str:
        return f"{in_english(self.code)} ({self.detail})" if self.detail else in_english(self.code)


def work_on(deployment_id: uuid.UUID) -> None:
    """Does the deployment if it is due and nobody else has it, and writes down how it ended."""
    deployment = leasing.claim(Deployment, deployment_id)
    if deployment is None:
        logger.info("Deployment %s is not due, or somebody else's.", deployment_id)
        return
    try:
        with Heartbeat(deployment) as heartbeat:
            _prepare(deployment, heartbeat=heartbeat)
        _flip(deployment)
    except LeaseLost:
        logger.info("Deployment %s was ended by somebody else.", deployment.pk)
        _make_room(deployment)
    except Refused as error:
        fail(deployment, code=error.code, sentence=error.sentence)
    except Exception:  # the edge of this worker: whatever it was, its owner gets a sentence
        logger.exception("Deployment %s failed.", deployment.pk)
        fail(deployment, code="unexpected", sentence=in_english("unexpected"))


def _prepare(deployment: Deployment, *, heartbeat: Heartbeat) -> None:
    version = deployment.version
    if version is None:
        return  # the base model is always there
    try:
        leasing.write(deployment, stage=Stage.CHECKING)
        serving.check_files(version)
        leasing.write(deployment, stage=Stage.LOADING)
        serving.load(version)
        leasing.write(deployment, stage=Stage.SMOKE)
        smoke = serving.smoke_test(deployment.site, name=version.name)
        heartbeat.check()
        leasing.write(deployment, smoke=smoke)
        serving_still = version.name in serving.served_names()
    except ArtifactRefused as error:
        raise Refused("adapter_refused", str(error)) from error
    except serving.NotLoaded as error:
        raise Refused("not_loaded", str(error)) from error
    except serving.ServerDown as error:
        raise Refused("model_server_down") from error
    if not serving_still or not all(one["fine"] for one in smoke):
        raise Refused("smoke_failed")


def _flip(deployment: Deployment) -> None:
    with transaction.atomic():
        site = Site.objects.select_for_update().get(pk=deployment.site_id)
        if deployment.share < 100:
            _begin_trial(site, deployment)
        else:
            go_live(site, deployment)


def go_live(site: Site, deployment: Deployment) -> None:
    """Inside a transaction that has locked the site. Raises LeaseLost when the deployment was ended."""
    version = deployment.version
    previous = ModelVersion.objects.filter(site=site, name=site.live_model).first()
    closed = leasing.close(deployment, state=Job.State.DONE, stage=Stage.LIVE, previous=previous)
    if not closed:
        raise LeaseLost
    others = Deployment.objects.filter(site=site, stage__in=[Stage.LIVE, Stage.TRIAL]).exclude(
        pk=deployment.pk
    )
    others.filter(stage=Stage.TRIAL).exclude(version=version).update(stage=Stage.STOPPED)
    others.filter(Q(stage=Stage.LIVE) | Q(version=version)).update(stage=Stage.REPLACED)
    conversations.put_live(site, model=version.name if version else "")
    note(deployment, action=AuditEntry.Action.WENT_LIVE)


def _begin_trial(site: Site, deployment: Deployment) -> None:
    version = deployment.version
    if version is None or not leasing.close(deployment, state=Job.State.DONE, stage=Stage.TRIAL):
        raise LeaseLost
    others = Deployment.objects.filter(site=site, stage=Stage.TRIAL).exclude(pk=deployment.pk)
    others.update(stage=Stage.STOPPED)
    conversations.put_on_trial(site, model=version.name, share=deployment.share)
    note(deployment, action=AuditEntry.Action.TRIAL_STARTED, reason=f"{deployment.share} %")


def end_trial(deployment: Deployment, *, code: str = "", reason: str = "") -> bool:
    """The live model answers everybody again."""
    with transaction.atomic():
        site = Site.objects.select_for_update().get(pk=deployment.site_id)
        on_trial = Deployment.objects.filter(pk=deployment.pk, stage=Stage.TRIAL)
        if not on_trial.update(stage=Stage.STOPPED, reason_code=code, reason=reason):
            return False
        conversations.put_on_trial(site, model="", share=0)
        return True


def fail(deployment: Deployment, *, code: str, sentence: str) -> None:
    with transaction.atomic():
        if leasing.close(deployment, state=Job.State.FAILED, stage="", reason_code=code, reason=sentence):
            note(deployment, action=AuditEntry.Action.DEPLOY_FAILED, reason=sentence)
    _make_room(deployment)


def _make_room(deployment: Deployment) -> None:
    """A version that did not make it leaves the server, unless customers are answered by it."""
    site = Site.objects.get(pk=deployment.site_id)
    version = deployment.version
    if version is not None and version.name not in (site.live_model, site.trial_model):
        serving.unload(version.name)


def note(deployment: Deployment, *, action: str, reason: str = "") -> None:
    name = deployment.version.name if deployment.version else "base"
    AuditEntry.objects.create(
        site_id=deployment.site_id, by=deployment.by, action=action, subject=name, reason=reason
    )
    record(action, site_id=deployment.site_id, by=deployment.by, subject=name, detail=reason)
