"""Who works on a job: claiming it, keeping it, losing it, giving it back, closing it.

A job is claimed by compare-and-set on `attempt` and held by a lease that a thread renews. Whoever writes to a job names
the attempt it was claimed under, so a worker that was thought dead cannot write any more.
"""

import logging
import threading
import uuid
from datetime import timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

from django.db import Error, connection
from django.db.models import F, Q
from django.utils import timezone

from apps.training.models import Deployment, Job, TrainingRun

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
RENEW_EVERY = 2.0  # seconds; also how soon a worker sees that its job was cancelled

J = TypeVar("J", TrainingRun, Deployment)


class LeaseLost(Exception):
    """The job is not this worker's any more: it was cancelled, or another worker has it."""


def claim(kind: type[J], job_id: uuid.UUID) -> J | None:
    """The job, if it is due and this worker is the one that gets it."""
    now = timezone.now()
    due = kind.objects.filter(Q(not_before=None) | Q(not_before__lte=now), state=Job.State.PENDING, pk=job_id)
    job = due.first()
    if job is None:
        return None
    taken = due.filter(attempt=job.attempt).update(
        state=Job.State.RUNNING,
        attempt=F("attempt") + 1,
        tries=F("tries") + 1,
        lease_until=now + LEASE,
        not_before=None,
        reason_code="",
        reason="",
    )
    return kind.objects.select_related("site").get(pk=job_id) if taken else None


def write(job: TrainingRun | Deployment, **changes: Any) -> None:
    """The only way in which a worker writes to its job. Raises LeaseLost."""
    rows = type(job).objects.filter(pk=job.pk, attempt=job.attempt, state=Job.State.RUNNING)
    if not rows.update(**changes):
        raise LeaseLost
    for name, value in changes.items():
        setattr(job, name, value)


def give_back(
    job: TrainingRun | Deployment, *, after: timedelta, reason_code: str = "", reason: str = ""
) -> None:
    """Back to the line, for a later attempt."""
    write(
        job,
        state=Job.State.PENDING,
        not_before=timezone.now() + after,
        delivered_at=None,
        lease_until=None,
        reason_code=reason_code,
        reason=reason,
    )


def close(job: TrainingRun | Deployment, *, state: str, **changes: Any) -> bool:
    """Ends the job, unless somebody else ended it or has it. Of two that would end it, one does."""
    rows = type(job).objects.filter(pk=job.pk, attempt=job.attempt, state__in=Job.OPEN_STATES)
    ended = {"state": state, "finished_at": timezone.now(), "lease_until": None, "not_before": None}
    return bool(rows.update(**ended, **changes))


def reopen(job: TrainingRun) -> None:
    """A person asks for three more attempts. What is finished stays so."""
    TrainingRun.objects.filter(pk=job.pk).update(
        state=Job.State.PENDING,
        tries=0,
        reason_code="",
        reason="",
        delivered_at=None,
        lease_until=None,
        not_before=None,
        finished_at=None,
    )


class Heartbeat:
    """Renews the lease in a thread; `lost` says when the work shall stop."""

    def __init__(self, job: TrainingRun | Deployment) -> None:
        self.job = job
        self.lost = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{job.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def check(self) -> None:
        if self.lost.is_set():
            raise LeaseLost

    def _beat(self) -> None:
        try:
            while not self.lost.is_set() and not self._over.wait(RENEW_EVERY):
                self._renew()
        finally:
            connection.close()

    def _renew(self) -> None:
        try:
            write(self.job, lease_until=timezone.now() + LEASE)
        except LeaseLost:
            self.lost.set()
        except Error as error:
            logger.warning("The lease of %s could not be renewed: %s", self.job.pk, error)
            connection.close()  # the next beat asks through a new one
