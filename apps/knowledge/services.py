"""What people ask of the knowledge base: add, remove, try again, stop, check, rebuild. Check, write, enqueue."""

from datetime import date
from functools import partial

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.knowledge import tasks
from apps.knowledge.embedding import switching
from apps.knowledge.errors import KnowledgeError as KnowledgeError
from apps.knowledge.jobs import closing
from apps.knowledge.jobs.receiving import MeasuredFile, TooLarge
from apps.knowledge.jobs.replacing import forget_uploads, lock, note_loose, remove_documents
from apps.knowledge.jobs.settling import settle
from apps.knowledge.models import (
    Audience,
    Document,
    DocumentVersion,
    EmbedderSwitch,
    IndexJob,
    KnowledgeBase,
    Origin,
    Upload,
)
from apps.knowledge.naming import clean_name, holds_rows
from apps.knowledge.searching import index_of
from apps.knowledge.sentences import SENTENCES
from retrieval import IndexReport, ParseError, Progress, check_type


class UploadRefused(KnowledgeError):
    """The file is empty, too large or of a type that we do not read."""

    status = 400


class CannotRetry(KnowledgeError):
    """The job is not one that failed or was cancelled, or a newer file took its place."""


class CannotCancel(KnowledgeError):
    """The job was over already."""


class CannotBringBack(KnowledgeError):
    """The version is what answers now, its file holds other documents too, or is gone."""


def create_knowledge_base() -> KnowledgeBase:
    return KnowledgeBase.objects.create()


def add_upload(
    knowledge_base: KnowledgeBase,
    *,
    file: File,
    name: str,
    by: User | None = None,
    audience: str = Audience.PUBLIC,
    origin: str = Origin.FILE,
    url: str = "",
) -> IndexJob:
    """Takes a file in and has it indexed. The same name again is a new version; the old one answers until it is ready.

    `audience` is that of documents that are new. The same content again returns the job that brought it, marked
    `unchanged`. Raises `UploadRefused`.
    """
    upload = Upload(
        knowledge_base=knowledge_base,
        name=clean_name(name),
        added_by=by,
        audience=audience,
        origin=origin,
        url=url,
    )
    _store_file(upload, file)
    try:
        with transaction.atomic():
            lock(knowledge_base.pk)
            job = _job_of_same_content(upload)
            if job is None:
                return _take_in(upload)
    except BaseException:
        upload.delete_file()
        raise
    upload.delete_file()
    job.unchanged = True
    return job


def remove_document(document: Document) -> None:
    """When this returns no search finds the document. Its vectors and its file go after it."""
    with transaction.atomic():
        base = lock(document.knowledge_base_id)
        row = Document.objects.filter(pk=document.pk).select_related("upload").first()
        if row is None:
            return  # somebody else removed it a moment ago: what was asked for is so
        _keep_away(row)
        remove_documents(base, [row])
        Upload.objects.filter(pk=row.upload_id).update(sha256="")
        forget_uploads(
            Upload.objects.filter(knowledge_base=base, name__in=[row.external_id, row.upload.name])
        )
        transaction.on_commit(partial(tasks.settle_soon, base.pk))


def set_readers(
    document: Document, *, audience: str, valid_from: date | None, valid_until: date | None
) -> None:
    """Counts from the next search on; a new version changes nothing about it."""
    Document.objects.filter(pk=document.pk).update(
        audience=audience, valid_from=valid_from, valid_until=valid_until
    )


def bring_back(version: DocumentVersion, *, by: User | None) -> IndexJob:
    """The old file comes in once more, as the newest version; what answers now does so until it is ready."""
    document = version.document
    if version.number == document.version:
        raise CannotBringBack("is_live", _("This is the version that answers now."))
    if version.upload is None:
        raise CannotBringBack(
            "row_of_a_file", _("This document is a row of a file. Add the file again as it was.")
        )
    try:
        content = version.upload.file.open("rb")
    except FileNotFoundError as error:
        raise CannotBringBack("file_gone", SENTENCES["file_gone"]) from error
    with content:
        return add_upload(
            document.knowledge_base,
            file=File(content, name=version.upload.name),
            name=version.upload.name,
            by=by,
            audience=document.audience,
            origin=version.upload.origin,
            url=version.upload.url,
        )


def retry_job(job: IndexJob) -> IndexJob:
    """A person asks for three more attempts."""
    with transaction.atomic():
        lock(job.knowledge_base_id)
        job = IndexJob.objects.select_related("upload").get(pk=job.pk)
        if job.state not in (IndexJob.State.FAILED, IndexJob.State.CANCELLED):
            raise CannotRetry("not_failed", _("Only a job that failed or was cancelled can be tried again."))
        if _newer_uploads(job.upload).exists():
            raise CannotRetry("superseded", SENTENCES["superseded"])
        _reopen(job)
        _announce(job.upload)
        transaction.on_commit(partial(tasks.ring, job.pk))
    return job


def cancel_job(job: IndexJob) -> None:
    """From now on nothing of it goes live. A worker in the middle of it sees so within seconds, and stops."""
    if not closing.cancel(job, reason_code="cancelled"):
        raise CannotCancel("already_over", _("This job was over already."))


def switch_embedder(knowledge_base: KnowledgeBase, *, model: str, by: User | None) -> EmbedderSwitch:
    """A worker builds beside what answers now, and flips when all is there. Raises `CannotSwitch`."""
    return _have_done(switching.start(knowledge_base, model=model, by=by))


def go_back_to_embedder(knowledge_base: KnowledgeBase, *, by: User | None) -> EmbedderSwitch:
    """The one before brings in what has changed since, and answers again. Raises `CannotSwitch`."""
    return _have_done(switching.go_back(knowledge_base, by=by))


def _have_done(switch: EmbedderSwitch) -> EmbedderSwitch:
    transaction.on_commit(partial(tasks.ring_switch, switch.pk))
    return switch


def verify(knowledge_base: KnowledgeBase) -> IndexReport:
    """Compares rows, vectors and word index. Raises `IndexUnavailable`."""
    settle(knowledge_base.pk)
    return index_of(knowledge_base.pk).verify()


def rebuild(knowledge_base: KnowledgeBase, *, progress: Progress | None = None) -> IndexReport:
    """Makes vectors and word index anew from the rows, while people go on searching. Raises `IndexUnavailable`."""
    index = index_of(knowledge_base.pk)
    revision = index.store.revision()
    index.rebuild(progress=progress)
    # What went live meanwhile may have been taken for a left-over: its vectors are looked at once more.
    note_loose(knowledge_base.pk, {chunk.id for chunk in index.store.changes_since(revision).live}, job=None)
    return verify(knowledge_base)


def _store_file(upload: Upload, file: File) -> None:
    measured = MeasuredFile(file, largest=settings.MAX_DOCUMENT_BYTES)
    upload.file.name = upload.file.field.generate_filename(upload, upload.name)
    try:
        upload.file.storage.save(upload.file.name, measured)
        _check(measured, name=upload.name)
    except BaseException as error:
        upload.delete_file()
        if isinstance(error, TooLarge):
            raise _refusal("too_large") from error
        raise
    upload.size, upload.sha256 = measured.length, measured.sha256


def _check(measured: MeasuredFile, *, name: str) -> None:
    if not measured.length:
        raise _refusal("empty")
    try:
        check_type(measured.head, name=name)
    except ParseError as error:
        raise UploadRefused(error.code, SENTENCES.get(error.code, error.message)) from error


def _refusal(code: str) -> UploadRefused:
    return UploadRefused(code, SENTENCES[code])


def _job_of_same_content(upload: Upload) -> IndexJob | None:
    """The job of the newest file of this name, if it holds the same and was, or is being, indexed."""
    latest = Upload.objects.filter(knowledge_base=upload.knowledge_base, name=upload.name).last()
    if latest is None or latest.sha256 != upload.sha256:
        return None
    going_or_done = [*IndexJob.OPEN_STATES, IndexJob.State.DONE]
    return IndexJob.objects.filter(upload=latest, state__in=going_or_done).last()


def _take_in(upload: Upload) -> IndexJob:
    upload.save()
    _announce(upload)
    job = IndexJob.objects.create(knowledge_base=upload.knowledge_base, upload=upload)
    transaction.on_commit(partial(tasks.ring, job.pk))
    return job


def _announce(upload: Upload) -> None:
    """The document of a file that makes one is in the list before its job runs; one that answers stays as it is."""
    if holds_rows(upload.name):
        return
    waiting = {"upload": upload, "state": Document.State.PENDING, "reason_code": "", "reason": ""}
    document, created = Document.objects.get_or_create(
        knowledge_base=upload.knowledge_base,
        external_id=upload.name,
        defaults={"title": upload.name, "audience": upload.audience, **waiting},
    )
    if not created and document.version == 0:
        Document.objects.filter(pk=document.pk).update(**waiting)


def _keep_away(document: Document) -> None:
    """Jobs that are open now must not bring the document back."""
    open_jobs = IndexJob.objects.filter(
        knowledge_base=document.knowledge_base_id, state__in=IndexJob.OPEN_STATES
    )
    for job in open_jobs.select_related("upload"):
        if job.upload.name == document.external_id:
            closing.cancel(job, reason_code="cancelled")
        else:
            removed = [*job.removed, document.external_id]
            IndexJob.objects.filter(pk=job.pk).update(removed=removed)


def _newer_uploads(upload: Upload) -> QuerySet[Upload]:
    return Upload.objects.filter(
        knowledge_base=upload.knowledge_base_id,
        name=upload.name,
        pk__gt=upload.pk,
        jobs__state__in=[*IndexJob.OPEN_STATES, IndexJob.State.DONE],
    )


def _reopen(job: IndexJob) -> None:
    job.state = IndexJob.State.PENDING
    job.tries = job.waits = job.done = job.total = 0
    job.removed = []
    job.reason_code = job.reason = job.stage = ""
    job.delivered_at = job.lease_until = job.not_before = job.finished_at = None
    job.save()
