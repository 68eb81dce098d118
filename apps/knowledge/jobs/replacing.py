"""Chunks go live and retire: every change to what may be found goes through here.

Each function runs in the caller's transaction, which holds the lock of the knowledge base: so revisions grow in the
order of their commits, and a search sees all of a change or nothing of it.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.knowledge import models
from apps.knowledge.models import (
    Document,
    DocumentVersion,
    IndexJob,
    KnowledgeBase,
    LooseVector,
    RetiredChunk,
    Upload,
)
from retrieval import Chunk

BATCH = 500
Item = TypeVar("Item")


def lock(knowledge_base_id: uuid.UUID) -> KnowledgeBase:
    return KnowledgeBase.objects.select_for_update().get(pk=knowledge_base_id)


def replace_chunks(base: KnowledgeBase, new: Sequence[Chunk], *, of: Collection[Document]) -> None:
    """From now on exactly these chunks are live of the documents. What did not change is not touched."""
    old = {chunk.id: chunk for batch in in_batches(of) for chunk in _live_chunks(batch)}
    wanted = {chunk.id: chunk for chunk in new}
    added = [chunk for chunk in wanted.values() if chunk.id not in old]
    gone = old.keys() - wanted.keys()
    moved = [row for id, row in old.items() if id in wanted and row.ordinal != wanted[id].ordinal]
    if added or gone:
        _raise_revision(base)
    retire(base, gone)
    _bring_in(base, added)
    for row in moved:
        row.ordinal = wanted[row.id].ordinal
    models.Chunk.objects.bulk_update(moved, ["ordinal"], batch_size=BATCH)


def remove_documents(base: KnowledgeBase, documents: Collection[Document]) -> None:
    """The documents are gone, from every search, when the transaction commits."""
    if not documents:
        return
    _raise_revision(base)
    for batch in in_batches(documents):
        retire(base, {chunk.id for chunk in _live_chunks(batch)})
        Document.objects.filter(pk__in=[document.pk for document in batch]).delete()


def retire(base: KnowledgeBase, ids: Collection[str]) -> None:
    """The chunks are gone: replicas will drop them by revision, and their vectors are to be discarded."""
    for batch in in_batches(sorted(ids)):
        models.Chunk.objects.filter(id__in=batch).delete()
        RetiredChunk.objects.bulk_create(
            [RetiredChunk(knowledge_base=base, chunk_id=id, revision=base.revision) for id in batch],
            update_conflicts=True,
            unique_fields=["knowledge_base", "chunk_id"],
            update_fields=["revision"],
        )
    note_loose(base.pk, ids, job=None)


def note_loose(knowledge_base_id: uuid.UUID, ids: Collection[str], *, job: IndexJob | None) -> None:
    """Writes down that the vectors of these chunks may differ from what the rows say."""
    rows = [LooseVector(knowledge_base_id=knowledge_base_id, chunk_id=id, job=job) for id in sorted(ids)]
    LooseVector.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["knowledge_base", "chunk_id"],
        update_fields=["job"],
    )


def forget_uploads(uploads: Iterable[Upload]) -> None:
    """Files that no document comes from and no open job needs: their rows, and after the commit their files."""
    open_jobs = IndexJob.objects.filter(upload=OuterRef("pk"), state__in=IndexJob.OPEN_STATES)
    documents = Document.objects.filter(upload=OuterRef("pk"))
    versions = DocumentVersion.objects.filter(upload=OuterRef("pk"))
    for upload in Upload.objects.filter(
        ~Exists(open_jobs), ~Exists(documents), ~Exists(versions), pk__in=[upload.pk for upload in uploads]
    ):
        transaction.on_commit(upload.delete_file)
        upload.delete()


def in_batches(items: Iterable[Item], *, size: int = BATCH) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _live_chunks(documents: Collection[Document]) -> Iterable[models.Chunk]:
    rows = models.Chunk.objects.filter(document__in=[document.pk for document in documents]).order_by()
    return rows.only("id", "ordinal")


def _bring_in(base: KnowledgeBase, chunks: Collection[Chunk]) -> None:
    for batch in in_batches(chunks):
        RetiredChunk.objects.filter(knowledge_base=base, chunk_id__in=[chunk.id for chunk in batch]).delete()
        models.Chunk.objects.bulk_create(_row(chunk, base=base) for chunk in batch)
    # Settled once more after the flip: another process may have been discarding one of them just now.
    note_loose(base.pk, {chunk.id for chunk in chunks}, job=None)


def _row(chunk: Chunk, *, base: KnowledgeBase) -> models.Chunk:
    return models.Chunk(
        id=chunk.id,
        document_id=uuid.UUID(chunk.document_id),
        knowledge_base=base,
        ordinal=chunk.ordinal,
        text=chunk.text,
        heading_path=list(chunk.heading_path),
        question=chunk.question,
        aliases=list(chunk.aliases),
        language=chunk.language,
        revision=base.revision,
    )


def _raise_revision(base: KnowledgeBase) -> None:
    base.revision += 1
    base.save(update_fields=["revision"])
