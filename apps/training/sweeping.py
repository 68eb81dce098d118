"""What was left lying: jobs whose worker died, and jobs whose id got lost. Knows no broker: it says which are due."""

import logging
import uuid
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from apps.training import deploying, leasing
from apps.training.models import Deployment, Job, TrainingRun
from apps.training.sentences import in_english

logger = logging.getLogger(__name__)

GRACE = timedelta(seconds=5)  # between a commit and the bell that follows it
LOST = timedelta(minutes=1)  # a delivered id that nobody took; a bell that rings twice does no harm


def release_lost() -> None:
    """Jobs whose worker stopped renewing its lease go back to the line; after three attempts they have failed."""
    for kind in (TrainingRun, Deployment):
        for job in kind.objects.filter(state=Job.State.RUNNING, lease_until__lt=timezone.now()):
            logger.warning("%s %s lost its worker in attempt %d.", kind.__name__, job.pk, job.attempt)
            if job.tries < Job.MAX_TRIES:
                _back_to_the_line(job)
            elif isinstance(job, Deployment):
                deploying.fail(job, code="worker_lost", sentence=in_english("worker_lost"))
            else:
                sentence = in_english("worker_lost")
                leasing.close(job, state=Job.State.FAILED, reason_code="worker_lost", reason=sentence)


def _back_to_the_line(job: TrainingRun | Deployment) -> None:
    still_lost = type(job).objects.filter(
        pk=job.pk, attempt=job.attempt, state=Job.State.RUNNING, lease_until=job.lease_until
    )
    still_lost.update(state=Job.State.PENDING, lease_until=None, delivered_at=None)


def due(kind: type[TrainingRun] | type[Deployment]) -> list[uuid.UUID]:
    """Waiting jobs for which a bell should ring: never delivered, back-off over, or lost on the way."""
    now = timezone.now()
    undelivered = Q(delivered_at=None, created_at__lt=now - GRACE) | Q(delivered_at__lt=now - LOST)
    waiting = kind.objects.filter(
        Q(not_before=None) | Q(not_before__lte=now), undelivered, state=Job.State.PENDING
    )
    return list(waiting.values_list("pk", flat=True)[:50])
