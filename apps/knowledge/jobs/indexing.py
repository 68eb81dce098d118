"""The work on one upload: read, split, embed, flip. Running it twice changes nothing.

Vectors of new chunks go in before the flip, and those of old ones go out after it: customers are searching right now.
No model and no server is asked anything inside a transaction.
"""

import dataclasses
import hashlib
import logging
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from apps.knowledge import models
from apps.knowledge.jobs import closing, leasing
from apps.knowledge.jobs.leasing import Heartbeat, LeaseLost, Superseded
from apps.knowledge.jobs.replacing import (
    forget_uploads,
    in_batches,
    lock,
    note_loose,
    remove_documents,
    replace_chunks,
)
from apps.knowledge.jobs.settling import settle
from apps.knowledge.models import Document, IndexJob, Upload
from apps.knowledge.naming import name_documents
from apps.knowledge.searching import index_of
from apps.knowledge.versions import keep_versions
from retrieval import Chunk, IndexUnavailable, ParsedDocument, ParseError, clean_text, parse_file, split

logger = logging.getLogger(__name__)

STEP = 4  # chunks embedded between two looks at whether to stop: a slow machine takes half a second for each
FLIP = 64  # small documents go live together, once they have this many chunks


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A document as its new version shall be."""

    document: Document
    parsed: ParsedDocument
    chunks: Sequence[Chunk]
    content_hash: str

    @property
    def new_chunks(self) -> Sequence[Chunk]:
        """What may have to be embedded: nothing of a document that is live as it is."""
        is_live = self.document.version > 0 and self.document.content_hash == self.content_hash
        return () if is_live else self.chunks


def index_upload(job_id: uuid.UUID) -> None:
    """Does the job if it is due and nobody else has it, and writes down how it ended."""
    job = leasing.claim(job_id)
    if job is None:
        logger.info("Job %s is not due, or somebody else's.", job_id)
        return
    try:
        with Heartbeat(job) as heartbeat:
            _index(job, heartbeat=heartbeat)
    except LeaseLost:
        logger.info("Job %s was cancelled, or taken over by another worker.", job.pk)
    except Superseded:
        closing.cancel(job, reason_code="superseded")
    except ParseError as error:
        closing.fail(job, reason_code=error.code, reason=error.message)
    except FileNotFoundError:
        closing.fail(job, reason_code="file_gone")
    except IndexUnavailable as error:
        logger.warning("Job %s waits for the vector store: %s", job.pk, error)
        leasing.wait_for_store(job)
    except Exception:  # the edge of this worker's process: whatever it was, its owner gets a sentence
        logger.exception("Job %s failed.", job.pk)
        _try_again_or_fail(job)
    _bring_caches_up(job)


def _index(job: IndexJob, *, heartbeat: Heartbeat) -> None:
    Document.objects.filter(upload=job.upload, version=0).update(state=Document.State.INDEXING)
    parsed = _parse(job.upload, heartbeat=heartbeat)
    versions = _plan(job, parsed=parsed)
    total = sum(len(version.new_chunks) for version in versions)
    done = 0
    for batch in _flips(versions):
        for step in in_batches((chunk for version in batch for chunk in version.new_chunks), size=STEP):
            heartbeat.move(stage=IndexJob.Stage.EMBEDDING, done=done, total=total)
            _add_vectors(job, step)
            done += len(step)
        heartbeat.move(stage=IndexJob.Stage.STORING, done=done, total=total)
        _flip(job, batch)
    _finish(job, versions, total=total)


def _parse(upload: Upload, *, heartbeat: Heartbeat) -> list[ParsedDocument]:
    """The parser runs in a process of its own, which ends with the job."""

    def move() -> None:
        heartbeat.move(stage=IndexJob.Stage.PARSING, done=0, total=0)

    return parse_file(Path(upload.file.path), name=upload.name, while_waiting=move)


def _plan(job: IndexJob, *, parsed: list[ParsedDocument]) -> list[Version]:
    """Every document of the file with its chunks. Makes the rows that are not there yet."""
    named = name_documents(parsed, file=job.upload.name)
    documents = _documents_named(job, list(named))
    return [
        _version(document, parsed=named[document.external_id], url=job.upload.url) for document in documents
    ]


def _documents_named(job: IndexJob, names: list[str]) -> list[Document]:
    with transaction.atomic():
        lock(job.knowledge_base_id)
        removed = set(leasing.check_held(job).removed)
        wanted = [name for name in names if name not in removed]
        found = _find(job, wanted)
        Document.objects.bulk_create(
            [_new_document(job, name) for name in wanted if name not in found], batch_size=500
        )
        found = _find(job, wanted)
    return [found[name] for name in wanted]


def _find(job: IndexJob, names: list[str]) -> dict[str, Document]:
    documents = Document.objects.filter(knowledge_base=job.knowledge_base_id)
    return {
        document.external_id: document
        for batch in in_batches(names)
        for document in documents.filter(external_id__in=batch)
    }


def _new_document(job: IndexJob, name: str) -> Document:
    return Document(
        knowledge_base_id=job.knowledge_base_id,
        external_id=name,
        title=name,
        upload=job.upload,
        audience=job.upload.audience,
        state=Document.State.INDEXING,
    )


def _version(document: Document, *, parsed: ParsedDocument, url: str) -> Version:
    """What is embedded must be what is stored, so the document is brought into the shape of its row first."""
    parsed = dataclasses.replace(
        parsed,
        title=clean_text(parsed.title)[:300] or document.external_id,
        url=clean_text(parsed.url or url)[:1000],
        external_id=document.external_id,
        metadata={clean_text(key): clean_text(value) for key, value in parsed.metadata.items()},
    )
    chunks = split(parsed, document_id=str(document.pk))
    content = hashlib.sha256("\n".join(chunk.id for chunk in chunks).encode()).hexdigest()
    return Version(document=document, parsed=parsed, chunks=chunks, content_hash=content)


def _flips(versions: Sequence[Version]) -> Iterator[list[Version]]:
    batch: list[Version] = []
    size = 0
    for version in versions:
        batch.append(version)
        size += len(version.chunks)
        if size >= FLIP:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _add_vectors(job: IndexJob, chunks: Sequence[Chunk]) -> None:
    if not leasing.held(job).exists():
        raise LeaseLost
    ids = {chunk.id for chunk in chunks}
    live = set(models.Chunk.objects.filter(id__in=ids).values_list("id", flat=True))
    note_loose(job.knowledge_base_id, ids - live, job=job)
    index_of(job.knowledge_base_id).add(chunks)
    if not leasing.held(job).exists():  # whoever ended the job may have had them discarded before they came
        note_loose(job.knowledge_base_id, ids - live, job=None)
        raise LeaseLost


def _flip(job: IndexJob, versions: Sequence[Version]) -> None:
    """In one transaction the new versions answer and the old ones do not."""
    with transaction.atomic():
        base = lock(job.knowledge_base_id)
        leasing.check_held(job)
        current = Document.objects.in_bulk([version.document.pk for version in versions])
        ours = [version for version in versions if _may_replace(job, current.get(version.document.pk))]
        documents = [current[version.document.pk] for version in ours]
        replace_chunks(base, [chunk for version in ours for chunk in version.chunks], of=documents)
        before = [document.version for document in documents]
        for document, version in zip(documents, ours, strict=True):
            _take_over(document, version, upload=job.upload)
        keep_versions(
            (document, version.chunks)
            for document, version, number in zip(documents, ours, before, strict=True)
            if document.version != number
        )
        Document.objects.bulk_update(documents, FLIPPED_FIELDS, batch_size=100)


FLIPPED_FIELDS = [
    "title", "url", "language", "metadata", "upload", "version", "content_hash", "state", "reason_code", "reason",
    "updated_at",
]  # fmt: skip


def _may_replace(job: IndexJob, document: Document | None) -> bool:
    """Not if it was removed meanwhile, nor if what answers came from a later upload."""
    return document is not None and (document.version == 0 or document.upload_id <= job.upload_id)


def _take_over(document: Document, version: Version, *, upload: Upload) -> None:
    if document.content_hash != version.content_hash or not document.version:
        document.version += 1
        document.updated_at = timezone.now()
    document.title = version.parsed.title
    document.url = version.parsed.url
    document.language = version.parsed.language or _main_language(version.chunks)
    document.metadata = dict(version.parsed.metadata)
    document.upload = upload
    document.content_hash = version.content_hash
    document.state = Document.State.READY
    document.reason_code = document.reason = ""


def _main_language(chunks: Sequence[Chunk]) -> str:
    languages = [chunk.language for chunk in chunks if chunk.language]
    return max(set(languages), key=languages.count, default="")


def _finish(job: IndexJob, versions: Sequence[Version], *, total: int) -> None:
    """What the file no longer holds goes, and the job is done, in one transaction."""
    kept = {version.document.pk for version in versions}
    with transaction.atomic():
        base = lock(job.knowledge_base_id)
        leasing.check_held(job)
        earlier = Document.objects.filter(
            knowledge_base=base, upload__name=job.upload.name, upload_id__lte=job.upload_id
        )
        remove_documents(base, [document for document in earlier if document.pk not in kept])
        closing.finish(job, total=total)
        forget_uploads(Upload.objects.filter(knowledge_base=base, name=job.upload.name, pk__lt=job.upload_id))


def _try_again_or_fail(job: IndexJob) -> None:
    if job.tries >= IndexJob.MAX_TRIES:
        closing.fail(job, reason_code="unexpected")
    else:
        leasing.give_back(job, after=timedelta(seconds=10), reason_code="")


def _bring_caches_up(job: IndexJob) -> None:
    """Here rather than in the next customer's search. What cannot be done now is done by the sweeper and by searches."""
    try:
        index_of(job.knowledge_base_id).catch_up()
        settle(job.knowledge_base_id)
    except IndexUnavailable as error:
        logger.info("The caches of %s are brought up later: %s", job.knowledge_base_id, error)
