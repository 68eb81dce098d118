"""Reads. Every queryset is already limited to the site that is asked about."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.conversations.models import Site
from apps.training.errors import CannotDeploy
from apps.training.models import AuditEntry, Deployment, Evaluation, Job, ModelVersion, TrainingRun


def runs_of(site: Site) -> QuerySet[TrainingRun]:
    rows = TrainingRun.objects.filter(site=site).select_related("site", "started_by", "dataset")
    return rows.select_related("evaluation", "version").order_by("-number")


def versions_of(site: Site) -> QuerySet[ModelVersion]:
    rows = ModelVersion.objects.filter(site=site).select_related("site", "run__evaluation", "run__dataset")
    return rows.order_by("-number")


def deployments_of(site: Site) -> QuerySet[Deployment]:
    return (
        Deployment.objects.filter(site=site)
        .select_related("version", "previous", "by")
        .order_by("-created_at")
    )


def audit_of(site: Site) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(site=site).select_related("by")


def live_version(site: Site) -> ModelVersion | None:
    """None: the base model answers."""
    return versions_of(site).filter(name=site.live_model).first() if site.live_model else None


def trial_of(site: Site) -> Deployment | None:
    return deployments_of(site).filter(stage=Deployment.Stage.TRIAL).first()


def open_deployment(site: Site) -> Deployment | None:
    return deployments_of(site).filter(state__in=Job.OPEN_STATES).first()


def challenger_of(site: Site) -> ModelVersion | None:
    """The newest version that passed its gate since what is live was made."""
    live = live_version(site)
    newer = versions_of(site).filter(run__evaluation__passed=True, number__gt=live.number if live else 0)
    return newer.first()


def before_live(site: Site) -> ModelVersion | None:
    """What was live before what is live now: None is the base model. Raises CannotDeploy when nothing was."""
    live = live_version(site)
    came = (
        live and live.deployments.filter(kind=Deployment.Kind.DEPLOY, state=Job.State.DONE, share=100).first()
    )
    if not came:
        raise CannotDeploy("nothing_before", _("The base model answers; there is nothing to go back to."))
    return came.previous


def can_roll_back(site: Site) -> bool:
    return bool(site.live_model)


def evaluation_of(version: ModelVersion) -> Evaluation | None:
    return Evaluation.objects.filter(run=version.run_id).first()


def why_not_passed(version: ModelVersion) -> list[str]:
    """Empty when the gate passed it."""
    evaluation = evaluation_of(version)
    if evaluation is None:
        return [_("It has not been judged yet.")]
    if evaluation.passed:
        return []
    return reasons_of(evaluation) or [_("The gate refused it without saying why.")]


def reasons_of(evaluation: Evaluation) -> list[str]:
    """In the reader's language, where the gate speaks it."""
    language = (get_language() or "en")[:2]
    return [str(reason.get(language) or reason.get("en", "")) for reason in evaluation.reasons]


@dataclass(frozen=True, slots=True)
class Alias:
    """What a version is to its site now."""

    live: bool
    trial: bool
    challenger: bool


def alias_of(version: ModelVersion, *, site: Site, challenger: ModelVersion | None) -> Alias:
    return Alias(
        live=version.name == site.live_model,
        trial=version.name == site.trial_model,
        challenger=challenger is not None
        and version.pk == challenger.pk
        and version.name != site.trial_model,
    )


def flat_metrics(metrics: Any, *, prefix: str = "") -> dict[str, float]:
    """Nested figures → "a.b" → number; whatever is no number is left out."""
    if not isinstance(metrics, dict):
        return {}
    found: dict[str, float] = {}
    for name, value in metrics.items():
        key = f"{prefix}{name}"
        if isinstance(value, bool):
            continue
        if isinstance(value, int | float):
            found[key] = float(value)
        else:
            found |= flat_metrics(value, prefix=f"{key}.")
    return found
