"""Who works on a measurement or a fit: claiming it, keeping it, ending it. As with files, the row is the truth.

A worker writes only under the attempt that it claimed; whoever changes no row does not have the run any more.
"""

import time
import uuid
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.knowledge.models import QualityRun

LEASE = timedelta(seconds=60)
TELL_EVERY = 0.5  # seconds between two looks at whether to go on
GRACE = timedelta(seconds=5)  # between a commit and the bell that follows it


class RunLost(Exception):
    """The run was cancelled, or another worker has it."""


class CannotRun(Exception):
    """The labelled questions do not allow it; the text is a sentence for their owner."""


def claim(run_id: uuid.UUID) -> QualityRun | None:
    run = _due().filter(pk=run_id).first()
    if run is None:
        return None
    taken = (
        _due()
        .filter(pk=run_id, attempt=run.attempt)
        .update(
            state=QualityRun.State.RUNNING,
            attempt=F("attempt") + 1,
            lease_until=timezone.now() + LEASE,
            done=0,
        )
    )
    if not taken:
        return None
    run.refresh_from_db()
    return run


class Ticker:
    """Writes how far the run is and renews its lease; raises `RunLost` when it shall stop."""

    def __init__(self, run: QualityRun) -> None:
        self._run = run
        self._told = 0.0

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self._told < TELL_EVERY and done < total:
            return
        self._told = time.monotonic()
        kept = held(self._run).update(done=done, total=total, lease_until=timezone.now() + LEASE)
        if not kept:
            raise RunLost


def held(run: QualityRun) -> QuerySet[QualityRun]:
    return QualityRun.objects.filter(pk=run.pk, attempt=run.attempt, state=QualityRun.State.RUNNING)


def finish(run: QualityRun, *, report: dict[str, Any], fit_version: str) -> bool:
    return _close(held(run), state=QualityRun.State.DONE, report=report, fit_version=fit_version)


def fail(run: QualityRun, *, reason: str) -> bool:
    return _close(held(run), state=QualityRun.State.FAILED, reason=reason)


def cancel(run: QualityRun) -> bool:
    still_open = QualityRun.objects.filter(pk=run.pk, state__in=QualityRun.OPEN_STATES)
    return _close(still_open, state=QualityRun.State.CANCELLED)


def due_runs() -> list[uuid.UUID]:
    """Never delivered, or lost with their worker."""
    old = _due().filter(created_at__lt=timezone.now() - GRACE)
    return list(old.values_list("pk", flat=True))


def give_up_lost() -> None:
    """A run whose worker died three times is not tried a fourth time."""
    lost = QualityRun.objects.filter(
        state=QualityRun.State.RUNNING, lease_until__lt=timezone.now(), attempt__gte=QualityRun.MAX_TRIES
    )
    _close(lost, state=QualityRun.State.FAILED, reason="worker_lost")


def _due() -> QuerySet[QualityRun]:
    lost = Q(state=QualityRun.State.RUNNING, lease_until__lt=timezone.now())
    waiting = Q(state=QualityRun.State.PENDING)
    return QualityRun.objects.filter(waiting | lost, attempt__lt=QualityRun.MAX_TRIES)


def _close(runs: QuerySet[QualityRun], **changes: Any) -> bool:
    return runs.update(finished_at=timezone.now(), lease_until=None, **changes) > 0
