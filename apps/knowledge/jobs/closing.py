"""How a job ends, and what that means for the documents of its file. Of two that would end it, one does."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.knowledge.jobs.replacing import lock
from apps.knowledge.models import Document, IndexJob
from apps.knowledge.sentences import in_english


def finish(job: IndexJob, *, total: int) -> bool:
    return _close(_attempt(job), state=IndexJob.State.DONE, stage="", done=total, total=total)


def fail(job: IndexJob, *, reason_code: str, reason: str = "") -> bool:
    """New documents have failed. One that answers goes on doing so, and says what became of its new version.

    Without a `reason` it is what the code says.
    """
    with transaction.atomic():
        lock(job.knowledge_base_id)
        why = {"reason_code": reason_code, "reason": reason or in_english(reason_code)}
        closed = _close(_attempt(job), state=IndexJob.State.FAILED, **why)
        if closed:
            new = Document.objects.filter(upload=job.upload_id, version=0)
            new.update(state=Document.State.FAILED, **why)
            answering = Document.objects.filter(
                knowledge_base=job.knowledge_base_id, external_id=job.upload.name, version__gt=0
            )
            answering.filter(upload_id__lt=job.upload_id).update(**why)
    return closed


def cancel(job: IndexJob, *, reason_code: str) -> bool:
    """From now on nothing of it goes live. Documents of which nothing ever was go with it."""
    with transaction.atomic():
        lock(job.knowledge_base_id)
        whoever_has_it = IndexJob.objects.filter(pk=job.pk)
        closed = _close(whoever_has_it, state=IndexJob.State.CANCELLED, reason_code=reason_code)
        if closed:
            Document.objects.filter(upload=job.upload_id, version=0).delete()
    return closed


def _attempt(job: IndexJob) -> QuerySet[IndexJob]:
    return IndexJob.objects.filter(pk=job.pk, attempt=job.attempt)


def _close(jobs: QuerySet[IndexJob], **changes: object) -> bool:
    still_open = jobs.filter(state__in=IndexJob.OPEN_STATES)
    return still_open.update(finished_at=timezone.now(), lease_until=None, not_before=None, **changes) > 0
