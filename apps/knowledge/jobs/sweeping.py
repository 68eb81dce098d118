"""What was left lying: jobs of workers that died, jobs whose id got lost, files that nothing needs any more.

Knows no broker: it says which jobs are due, and `tasks.py` rings for them.
"""

import logging
import re
import time
import uuid
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from apps.knowledge.jobs import closing
from apps.knowledge.jobs.replacing import forget_uploads, in_batches
from apps.knowledge.models import IndexJob, Upload

logger = logging.getLogger(__name__)

GRACE = timedelta(seconds=5)  # between a commit and the bell that follows it
LOST_WHEN_IDLE = timedelta(seconds=30)  # a delivered id that no idle worker took
LOST_WHEN_BUSY = timedelta(minutes=10)  # the same while workers are busy: it may well be waiting in the line
KEPT = timedelta(days=7)  # a failed or cancelled file of which nothing came, so that it can be tried again
ORPHANED = timedelta(hours=1)  # after which no upload can still be on its way to a row
OURS = re.compile(r"[0-9a-f-]{36}/[0-9a-f]{32}(?:\.[a-z0-9]{1,8})?")  # as `models.upload_path` calls them
AT_ONCE = 200


def release_lost() -> None:
    """Jobs whose worker stopped renewing its lease go back to the line; after three attempts they have failed."""
    lost = IndexJob.objects.filter(state=IndexJob.State.RUNNING, lease_until__lt=timezone.now())
    for job in lost.select_related("upload"):
        logger.warning("Job %s lost its worker in attempt %d.", job.pk, job.attempt)
        if job.tries >= IndexJob.MAX_TRIES:
            closing.fail(job, reason_code="worker_lost")
        else:
            _back_to_the_line(job)


def _back_to_the_line(job: IndexJob) -> None:
    still_lost = IndexJob.objects.filter(
        pk=job.pk, attempt=job.attempt, state=IndexJob.State.RUNNING, lease_until=job.lease_until
    )
    still_lost.update(state=IndexJob.State.PENDING, lease_until=None, delivered_at=None)


def due_jobs() -> list[uuid.UUID]:
    """Waiting jobs for which a bell should ring: never delivered, back-off over, or lost on the way."""
    now = timezone.now()
    idle = not IndexJob.objects.filter(state=IndexJob.State.RUNNING).exists()
    lost = now - (LOST_WHEN_IDLE if idle else LOST_WHEN_BUSY)
    undelivered = Q(delivered_at=None, created_at__lt=now - GRACE) | Q(delivered_at__lt=lost)
    waiting = IndexJob.objects.filter(
        Q(not_before=None) | Q(not_before__lte=now), undelivered, state=IndexJob.State.PENDING
    )
    return list(waiting.values_list("pk", flat=True)[:AT_ONCE])


def forget_old_uploads() -> None:
    """Failed and cancelled files of which no document came, a week later."""
    recent = IndexJob.objects.filter(upload=OuterRef("pk"), finished_at__gt=timezone.now() - KEPT)
    old = Upload.objects.filter(
        ~Exists(recent), documents=None, created_at__lt=timezone.now() - KEPT
    ).exclude(jobs__state__in=IndexJob.OPEN_STATES)
    with transaction.atomic():
        forget_uploads(old[:AT_ONCE])


def forget_orphans() -> int:
    """Files that have no row: whoever was taking them in died before the commit. Returns how many."""
    root = Path(settings.MEDIA_ROOT)
    before = time.time() - ORPHANED.total_seconds()
    ours = [file for file in root.glob("*/*") if OURS.fullmatch(file.relative_to(root).as_posix())]
    old = [file for file in ours if file.stat().st_mtime < before]
    names = {file.relative_to(root).as_posix(): file for file in old}
    for batch in in_batches(list(names)):
        known = set(Upload.objects.filter(file__in=batch).values_list("file", flat=True))
        for name in set(batch) - known:
            logger.warning("The file %s has no row and goes.", name)
            names[name].unlink(missing_ok=True)
            names.pop(name)
    return len(old) - len(names)
