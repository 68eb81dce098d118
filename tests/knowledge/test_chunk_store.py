"""The rows as a chunk store: what `retrieval` builds its caches on."""

import dataclasses
import uuid
from collections.abc import Sequence

import pytest
from django.db import transaction

from apps.knowledge import services
from apps.knowledge.chunk_store import SqlChunkStore
from apps.knowledge.jobs.replacing import lock, remove_documents, replace_chunks
from apps.knowledge.models import Document, KnowledgeBase, Upload
from retrieval import Chunk, ChunkStore
from retrieval.testing.contracts import ChunkStoreContract

pytestmark = pytest.mark.django_db


@pytest.fixture
def base() -> KnowledgeBase:
    return services.create_knowledge_base()


def document_in(base: KnowledgeBase, name: str = "a.md") -> Document:
    upload = Upload.objects.create(knowledge_base=base, file=name, name=name, size=1, sha256="0")
    return Document.objects.create(
        knowledge_base=base, external_id=name, title="A", upload=upload, url="https://a/"
    )


def chunk(document: Document, text: str, *, ordinal: int = 0) -> Chunk:
    return Chunk(
        id=f"{document.pk.hex[:8]}-{text}",
        document_id=str(document.pk),
        ordinal=ordinal,
        text=text,
        title=document.title,
        heading_path=("One", "Two"),
        question="How?",
        aliases=("怎么？",),
        language="en",
        external_id=document.external_id,
        url=document.url,
    )


def replace(document: Document, chunks: Sequence[Chunk]) -> None:
    with transaction.atomic():
        replace_chunks(lock(document.knowledge_base_id), chunks, of=[document])


class TestSqlChunkStore(ChunkStoreContract):
    """All that every chunk store promises."""

    def make_store(self) -> SqlChunkStore:
        self.document = document_in(services.create_knowledge_base())
        self.live: dict[str, Chunk] = {}
        return SqlChunkStore(self.document.knowledge_base_id)

    def flip(self, store: ChunkStore, *, live: Sequence[Chunk] = (), gone: Sequence[str] = ()) -> None:
        ours = [dataclasses.replace(chunk, document_id=str(self.document.pk)) for chunk in live]
        self.live |= {chunk.id: chunk for chunk in ours}
        self.live = {id: chunk for id, chunk in self.live.items() if id not in gone}
        replace(self.document, list(self.live.values()))


def test_what_was_put_comes_out(base: KnowledgeBase) -> None:
    document = document_in(base)
    first = chunk(document, "first")
    replace(document, [first])
    store = SqlChunkStore(base.pk)
    assert store.get([first.id, "unknown"]) == {first.id: first}
    assert list(store.live_ids()) == [first.id]


def test_nothing_of_another_knowledge_base_comes_out(base: KnowledgeBase) -> None:
    document = document_in(base)
    first = chunk(document, "first")
    replace(document, [first])
    other = SqlChunkStore(services.create_knowledge_base().pk)
    assert other.get([first.id]) == {}
    assert list(other.live_ids()) == []
    assert list(other.changes_since(0).live) == []


def test_changes_tell_a_replica_all_it_needs(base: KnowledgeBase) -> None:
    document = document_in(base)
    store = SqlChunkStore(base.pk)
    kept, old, new = (chunk(document, text) for text in ("kept", "old", "new"))
    replace(document, [kept, old])
    first = store.changes_since(0)
    assert {c.text for c in first.live} == {"kept", "old"}
    replace(document, [kept, new])
    then = store.changes_since(first.revision)
    assert ([c.text for c in then.live], list(then.gone)) == (["new"], [old.id])
    assert then.revision == store.revision() > first.revision


def test_chunk_that_came_back_is_live_and_not_gone(base: KnowledgeBase) -> None:
    document = document_in(base)
    store = SqlChunkStore(base.pk)
    old, new = chunk(document, "old"), chunk(document, "new")
    for chunks in ([old], [new], [old]):
        replace(document, chunks)
    changes = store.changes_since(1)
    assert ([c.text for c in changes.live], list(changes.gone)) == (["old"], [new.id])


def test_moved_chunk_keeps_its_row_and_tells_its_new_place(base: KnowledgeBase) -> None:
    document = document_in(base)
    store = SqlChunkStore(base.pk)
    replace(document, [chunk(document, "first", ordinal=0)])
    revision = store.revision()
    replace(document, [chunk(document, "first", ordinal=1), chunk(document, "before", ordinal=0)])
    moved = chunk(document, "first", ordinal=1)
    assert store.get([moved.id])[moved.id].ordinal == 1
    assert [c.text for c in store.changes_since(revision).live] == ["before"]


def test_nothing_new_raises_no_revision(base: KnowledgeBase) -> None:
    document = document_in(base)
    chunks = [chunk(document, "first")]
    replace(document, chunks)
    revision = SqlChunkStore(base.pk).revision()
    replace(document, chunks)
    assert SqlChunkStore(base.pk).revision() == revision


def test_removed_document_is_gone(base: KnowledgeBase) -> None:
    document = document_in(base)
    first = chunk(document, "first")
    replace(document, [first])
    with transaction.atomic():
        remove_documents(lock(base.pk), [document])
    store = SqlChunkStore(base.pk)
    assert store.get([first.id]) == {}
    assert list(store.changes_since(1).gone) == [first.id]


def test_unknown_knowledge_base_is_empty() -> None:
    store = SqlChunkStore(uuid.uuid4())
    assert (store.revision(), list(store.live_ids())) == (0, [])


def test_thousands_of_ids_are_one_call(base: KnowledgeBase) -> None:
    document = document_in(base)
    chunks = [chunk(document, f"number {n}", ordinal=n) for n in range(3_000)]
    replace(document, chunks)
    store = SqlChunkStore(base.pk)
    assert len(store.get([c.id for c in chunks])) == 3_000
    assert len(list(store.changes_since(0).live)) == 3_000
    replace(document, [])
    assert len(list(store.changes_since(1).gone)) == 3_000
