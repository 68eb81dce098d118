"""Who works on a job: claiming it, keeping it, losing it, closing it.

A job is an upload's indexing, or a change of the embedder. It is claimed by compare-and-set on `attempt`, and held by a lease that a thread renews while work moves. Whoever
writes to a job names the attempt it was claimed under, so a worker that was thought dead cannot write any more.
"""

import logging
import threading
import time
import uuid
from datetime import timedelta
from types import TracebackType
from typing import Generic, Self, TypeVar

from django.db import Error, connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.knowledge.models import EmbedderSwitch, IndexJob

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
RENEW_EVERY = 2.0  # seconds; also how soon a worker sees that its job was cancelled
STUCK_AFTER = 300.0  # seconds without a step forward until the lease is left to expire
LONGEST_WAIT = 60  # seconds between two looks at a vector store that is away
Job = TypeVar("Job", IndexJob, EmbedderSwitch)


class LeaseLost(Exception):
    """The job is not this worker's any more: it was cancelled, or another worker has it."""


class Superseded(Exception):
    """A newer version of the file was indexed first."""


def claim(job_id: uuid.UUID) -> IndexJob | None:
    return _claim(IndexJob.objects.select_related("upload"), job_id, stage=IndexJob.Stage.PARSING)


def claim_switch(switch_id: uuid.UUID) -> EmbedderSwitch | None:
    switches = EmbedderSwitch.objects.select_related("collection")
    return _claim(switches, switch_id, stage=EmbedderSwitch.Stage.EMBEDDING)


def _claim(jobs: QuerySet[Job], job_id: uuid.UUID, *, stage: str) -> Job | None:
    """The job, if it is due and this worker is the one that gets it."""
    now = timezone.now()
    due = jobs.filter(Q(not_before=None) | Q(not_before__lte=now), state=IndexJob.State.PENDING)
    job = due.filter(pk=job_id).first()
    if job is None:
        return None
    taken = due.filter(pk=job_id, attempt=job.attempt).update(
        state=IndexJob.State.RUNNING,
        attempt=F("attempt") + 1,
        tries=F("tries") + 1,
        lease_until=now + LEASE,
        not_before=None,
        stage=stage,
        done=0,
        total=0,
        reason_code="",
        reason="",
    )
    if not taken:
        return None
    job.refresh_from_db(from_queryset=jobs)
    return job


def held(job: Job) -> QuerySet[Job]:
    """The job's row as long as this attempt holds it: the only way in which a worker writes to it."""
    rows: QuerySet[Job] = type(job)._default_manager.all()
    return rows.filter(pk=job.pk, attempt=job.attempt, state=IndexJob.State.RUNNING)


def check_held(job: IndexJob) -> IndexJob:
    """The job's row as it is now. Called under the lock of the knowledge base, before chunks change."""
    row = held(job).first()
    if row is None:
        raise LeaseLost
    newer = IndexJob.objects.filter(
        knowledge_base_id=job.knowledge_base_id,
        upload__name=job.upload.name,
        upload_id__gt=job.upload_id,
        state=IndexJob.State.DONE,
    )
    if newer.exists():
        raise Superseded
    return row


def wait_for_store(job: Job) -> None:
    """The vector store, or an embedder's server, is away: not the job's fault, so it costs no try. Waits longer each time."""
    delay = min(5 * 2 ** min(job.waits, 10), LONGEST_WAIT)
    give_back(
        job,
        after=timedelta(seconds=delay),
        reason_code="index_unavailable",
        tries=F("tries") - 1,
        waits=F("waits") + 1,
    )


def give_back(job: Job, *, after: timedelta, reason_code: str, **changes: object) -> None:
    """Back to the line, for a later attempt."""
    held(job).update(
        state=IndexJob.State.PENDING,
        not_before=timezone.now() + after,
        delivered_at=None,
        lease_until=None,
        reason_code=reason_code,
        **changes,
    )


class Heartbeat(Generic[Job]):
    """Renews the lease and writes the progress, in a thread, while the work calls `move` and `check`."""

    def __init__(self, job: Job) -> None:
        self.job: Job = job
        self._over = threading.Event()
        self._lost = False
        self._moved = time.monotonic()
        self._progress: dict[str, object] = {}
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{job.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def move(self, *, stage: str, done: int, total: int) -> None:
        """The work took a step. Raises when it shall take no other."""
        self._moved = time.monotonic()
        self._progress = {"stage": stage, "done": done, "total": total}
        self.check()

    def check(self) -> None:
        if self._lost:
            raise LeaseLost

    def _beat(self) -> None:
        try:
            while not self._lost and not self._over.wait(RENEW_EVERY):
                self._renew()
        finally:
            connection.close()

    def _renew(self) -> None:
        if time.monotonic() - self._moved > STUCK_AFTER:
            logger.error("Job %s has not moved for %d seconds.", self.job.pk, STUCK_AFTER)
            self._lost = True
            return
        try:
            kept = held(self.job).update(lease_until=timezone.now() + LEASE, **self._progress)
        except Error as error:
            logger.warning("The lease of job %s could not be renewed: %s", self.job.pk, error)
            connection.close()  # the next beat asks through a new one
            return
        self._lost = not kept
