"""Proposes a run when enough has come since the last one. Nothing is trained before a person says so."""

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.audit.recording import record
from apps.conversations.models import Site
from apps.training import snapshotting
from apps.training.models import AuditEntry, Job, TrainingRun
from apps.training.snapshotting import Source


def propose_run(site: Site) -> TrainingRun | None:
    """When enough has come since the last run. Nothing is trained before a person says so."""
    last = TrainingRun.objects.filter(site=site).order_by("-created_at").first()
    if last is not None and (last.is_open or last.state == Job.State.PROPOSED):
        return None
    since = timezone.localdate(last.created_at) if last else None
    new = snapshotting.count_usable(site, source=Source(since=since))
    if new < settings.PROPOSE_RUN_AFTER:
        return None
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        run = TrainingRun.objects.create(
            site=site,
            number=next_number(site),
            state=Job.State.PROPOSED,
            profile=last.profile if last else settings.TRAINING_PROFILE,
            source=Source().stored(),
            predicted={"conversations": new},
        )
        action, subject = AuditEntry.Action.RUN_PROPOSED, f"Run {run.number}"
        AuditEntry.objects.create(site=site, action=action, subject=subject, reason=str(new))
        record(action, site_id=site.pk, subject=subject, detail=str(new))
    return run


def next_number(site: Site) -> int:
    return (TrainingRun.objects.filter(site=site).aggregate(last=Max("number"))["last"] or 0) + 1
