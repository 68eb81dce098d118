"""How close texts are to a question: the same numbers whether they are remembered or not, and one embedding each."""

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from retrieval import Chunk, Closeness, IndexUnavailable, KnowledgeIndex, MemoryChunkStore
from retrieval.embedding import embed_question
from retrieval.testing import FakeEmbeddings

TEXTS = ["Parcels arrive within 3 days.", "We repair watches.", "退款需要3天。"]


class Counting(FakeEmbeddings):
    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded += texts
        return super().embed_documents(texts)


class Gone(Embeddings):
    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        raise ConnectionError("refused")

    def embed_query(self, text: str) -> list[float]:
        raise ConnectionError("refused")


def test_a_text_is_embedded_once_however_often_it_is_compared() -> None:
    embedder = Counting()
    closeness = Closeness(embedder)
    question = embed_question("When do parcels arrive?", embedder=embedder)
    first = closeness([*TEXTS, TEXTS[0]], question=question)
    assert closeness(TEXTS, question=question) == first[:3]
    assert sorted(embedder.embedded) == sorted(TEXTS)


def test_the_number_is_the_cosine_of_question_and_text() -> None:
    embedder = FakeEmbeddings()
    question = embed_question(TEXTS[0], embedder=embedder)
    question = question / np.linalg.norm(question)
    found = Closeness(embedder)(TEXTS, question=question)
    assert found[0] == max(found)
    assert found[0] == pytest.approx(1.0, abs=0.01)


def test_what_was_not_used_for_longest_is_forgotten_first() -> None:
    embedder = Counting()
    closeness = Closeness(embedder, remembered=2)
    question = embed_question("x", embedder=embedder)
    closeness(TEXTS[:2], question=question)
    closeness([TEXTS[0]], question=question)
    closeness([TEXTS[2]], question=question)
    closeness([TEXTS[0]], question=question)
    assert embedder.embedded == TEXTS
    closeness([TEXTS[1]], question=question)
    assert embedder.embedded == [*TEXTS, TEXTS[1]]


def test_an_embedder_that_is_gone_means_not_available_now() -> None:
    with pytest.raises(IndexUnavailable):
        Closeness(Gone())(TEXTS, question=np.ones(8, dtype=np.float32))


def test_a_search_hands_on_how_close_texts_are_to_its_question(
    index: KnowledgeIndex, store: MemoryChunkStore
) -> None:
    chunk = Chunk(id="c1", document_id="d1", ordinal=0, text=TEXTS[2], title="退款", language="zh")
    index.add([chunk])
    store.put([chunk])
    result = index.search("退款要多久")
    assert result.closeness is not None
    own, other = result.closeness(["退款要多久", "watch straps"])
    assert own > other
