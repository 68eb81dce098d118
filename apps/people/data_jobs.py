"""Exports and erasures of customers' data: asked for by an admin, done by a worker, each a row.

    pending ──claim──► running ──► done │ failed
                 ▲         │ the lease runs out
                 └─────────┘ three times, then failed

A worker writes only under the attempt that it claimed. An erasure and its end are one transaction: a process that is killed
has erased nothing, or everything. An export's file is named in its row before it is written, so that none is left behind; it
is offered for a day to the one who asked.
"""

import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.kinds import Kind as Entry
from apps.audit.recording import record
from apps.conversations.changes import later
from apps.conversations.live import bells
from apps.conversations.models import Contact, Member, Site
from apps.people import contacts
from apps.people.errors import NotPossible
from apps.people.models import DataJob

Kind, State = DataJob.Kind, DataJob.State
RUN = "apps.people.tasks.run_data_job"
LEASE = timedelta(minutes=2)  # for each conversation, and for an erasure as a whole
AGAIN_AFTER = timedelta(seconds=20)  # what went wrong is tried again
TELL_EVERY = 0.5  # seconds between two words of how far it is
GRACE = timedelta(seconds=5)  # between a commit and the bell that follows it
OFFERED = timedelta(days=1)
SHOWN = 100
REASONS = {
    "gone": _("This customer is erased already."),
    "worker_lost": _("It was begun three times and never ended. Ask again, and look into the worker's log."),
}


class LeaseLost(Exception):
    """The job is not this worker's any more."""


# --- Asking -----------------------------------------------------------------------------------------------------------


def ask(contact: Contact, *, kind: str, by: Member, address: str = "") -> DataJob:
    """What is asked for already, and not done yet, is the same job."""
    try:
        with transaction.atomic():
            job = DataJob.objects.create(
                site_id=by.site_id, kind=kind, contact_id=contact.pk, by=by.user, address=address
            )
            later(bells.ring, RUN, job.pk)
            return job
    except IntegrityError:
        return open_jobs_of(contact).get(kind=kind)


def open_jobs_of(contact: Contact) -> QuerySet[DataJob]:
    jobs = DataJob.objects.filter(site_id=contact.site_id, contact_id=contact.pk)
    return jobs.filter(state__in=DataJob.OPEN_STATES)


def jobs_of(site: Site) -> QuerySet[DataJob]:
    """The latest first."""
    return DataJob.objects.filter(site=site).select_related("by")[:SHOWN]


def sentence_of(job: DataJob) -> str:
    return str(REASONS.get(job.reason, job.reason))


@transaction.atomic
def take_file(job_id: UUID, *, by: Member, address: str = "") -> Any:
    """The opened file, for the one who asked. Raises DataJob.DoesNotExist for everybody else, and once it is gone."""
    job = DataJob.objects.get(pk=job_id, site=by.site_id, by=by.user, kind=Kind.EXPORT)
    if not job.is_offered:
        raise DataJob.DoesNotExist
    try:
        file = default_storage.open(job.file)
    except FileNotFoundError as error:
        raise DataJob.DoesNotExist from error
    record(Entry.EXPORT_TAKEN, site_id=by.site_id, by=by.user, subject=str(job.contact_id), address=address)
    return file


# --- Doing ------------------------------------------------------------------------------------------------------------


def run(job_id: UUID) -> None:
    job = _claim(job_id)
    if job is None:
        return
    try:
        (_export if job.kind == Kind.EXPORT else _erase)(job)
    except LeaseLost:
        return
    except NotPossible as error:
        _close(_held(job), state=State.FAILED, reason=error.code, file="")
    except BaseException:
        if _held(job).update(lease_until=timezone.now() + AGAIN_AFTER):
            raise
        # Somebody else has it: what went wrong here is of no account.


def _claim(job_id: UUID) -> DataJob | None:
    """By compare-and-set; what an earlier attempt has written goes."""
    job = _due().filter(pk=job_id).first()
    if job is None:
        return None
    attempt = job.attempt + 1
    file = f"exports/{job.pk.hex[:2]}/{job.pk.hex}-{attempt}" if job.kind == Kind.EXPORT else ""
    mine = _due().filter(pk=job_id, attempt=job.attempt)
    if not mine.update(
        state=State.RUNNING, attempt=F("attempt") + 1, lease_until=timezone.now() + LEASE, done=0, file=file
    ):
        return None
    _remove(job.file)
    job.refresh_from_db()
    return job


def _due() -> QuerySet[DataJob]:
    lost = Q(state=State.RUNNING, lease_until__lt=timezone.now())
    return DataJob.objects.filter(Q(state=State.PENDING) | lost, attempt__lt=DataJob.MAX_TRIES)


def _held(job: DataJob) -> QuerySet[DataJob]:
    return DataJob.objects.filter(pk=job.pk, attempt=job.attempt, state=State.RUNNING)


def _close(jobs: QuerySet[DataJob], **changes: Any) -> bool:
    return jobs.update(finished_at=timezone.now(), lease_until=None, **changes) > 0


def _contact_of(job: DataJob) -> Contact:
    found = Contact.objects.select_related("site__knowledge_base").filter(pk=job.contact_id, site=job.site_id)
    if (contact := found.first()) is None:
        raise NotPossible("gone", sentence_of(DataJob(reason="gone")))
    return contact


def _export(job: DataJob) -> None:
    try:
        parts = contacts.exported(_contact_of(job), tick=_Ticker(job))
        default_storage.save(job.file, _Parts(parts))
        _finish_export(job)
    except BaseException:
        _remove(job.file)
        raise


@transaction.atomic
def _finish_export(job: DataJob) -> None:
    if not _close(_held(job), state=State.DONE, expires_at=timezone.now() + OFFERED):
        raise LeaseLost
    _record(Entry.CONTACT_EXPORTED, job)


@transaction.atomic
def _erase(job: DataJob) -> None:
    contacts.erase(_contact_of(job), by=_asker(job), address=job.address)
    if not _close(_held(job), state=State.DONE):
        raise LeaseLost


def _record(kind: str, job: DataJob) -> None:
    record(kind, site_id=job.site_id, by=_asker(job), subject=str(job.contact_id), address=job.address)


def _asker(job: DataJob) -> User | None:
    return User.objects.filter(pk=job.by_id).first() if job.by_id else None


class _Ticker:
    """Writes how far it is and renews the lease; raises when the job is somebody else's."""

    def __init__(self, job: DataJob) -> None:
        self._job, self._told = job, 0.0

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self._told < TELL_EVERY and done < total:
            return
        self._told = time.monotonic()
        if not _held(self._job).update(done=done, total=total, lease_until=timezone.now() + LEASE):
            raise LeaseLost


class _Parts(File):
    """A file that is written as it comes into being."""

    def __init__(self, parts: Iterable[str]) -> None:
        super().__init__(None, name="export")
        self._parts = parts

    def chunks(self, chunk_size: int | None = None) -> Iterator[Any]:
        for part in self._parts:
            yield part.encode()


# --- Sweeping ---------------------------------------------------------------------------------------------------------


def due_jobs() -> list[UUID]:
    """Never delivered, or lost with their worker."""
    return list(_due().filter(created_at__lt=timezone.now() - GRACE).values_list("pk", flat=True))


def give_up_lost() -> None:
    """A job whose worker died three times is not begun a fourth time."""
    lost = DataJob.objects.filter(
        state=State.RUNNING, lease_until__lt=timezone.now(), attempt__gte=DataJob.MAX_TRIES
    )
    for job in lost:
        if _close(_held(job), state=State.FAILED, reason="worker_lost", file=""):
            _remove(job.file)


def forget_old_files() -> None:
    for job in DataJob.objects.filter(expires_at__lt=timezone.now()).exclude(file=""):
        _remove(job.file)
        DataJob.objects.filter(pk=job.pk).update(file="")


def _remove(name: str) -> None:
    if name:
        default_storage.delete(name)


@receiver(post_delete, sender=DataJob)
def _remove_with_row(instance: DataJob, **_others: Any) -> None:
    later(_remove, instance.file)
