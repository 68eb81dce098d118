"""Searching and keeping one knowledge base's index, over fakes."""

from pathlib import Path

import pytest

from retrieval import (
    Chunk,
    Faq,
    IndexUnavailable,
    KnowledgeIndex,
    KnowledgeRetriever,
    MemoryChunkStore,
    ParsedDocument,
    Section,
    WordIndex,
    fingerprint,
    split,
)
from retrieval.embedding import Array
from retrieval.testing import FakeEmbeddings, MemoryVectors
from retrieval.testing.contracts import make_chunk

SHOP = [
    ParsedDocument(title="Returns", sections=(Section(blocks=("You may return goods within 30 days.",)),)),
    ParsedDocument(title="发票", sections=(Section(blocks=("电子发票在订单完成后发送到邮箱。",)),)),
    ParsedDocument(
        title="FAQ", faqs=(Faq(question="怎么改地址？", answer="在订单页修改。", aliases=("换收货人",)),)
    ),
]


def chunks() -> list[Chunk]:
    return [chunk for document in SHOP for chunk in split(document, document_id=document.title)]


@pytest.fixture
def shop(index: KnowledgeIndex, store: MemoryChunkStore) -> KnowledgeIndex:
    index.add(chunks())
    store.put(chunks())
    return index


class SilentVectors(MemoryVectors):
    """A vector store whose server is gone."""

    def search(self, vector: Array, *, limit: int) -> list[tuple[str, float]]:
        raise IndexUnavailable("gone")


class BrokenEmbeddings(FakeEmbeddings):
    def embed_query(self, text: str) -> list[float]:
        raise ConnectionError("gone")


class NoWords(WordIndex):
    def search(self, words: object, *, limit: int) -> list[tuple[str, float]]:
        raise IndexUnavailable("gone")


def titles(index: KnowledgeIndex, question: str, **options: object) -> list[str]:
    return [passage.chunk.title for passage in index.search(question, **options).passages]  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["hybrid", "dense", "words"])
@pytest.mark.parametrize(
    ("question", "title"), [("returning goods", "Returns"), ("电子发票", "发票"), ("换收货人", "FAQ")]
)
def test_best_passage_comes_first(shop: KnowledgeIndex, question: str, title: str, mode: str) -> None:
    assert titles(shop, question, mode=mode)[0] == title


def test_relevance_is_between_nothing_and_one_and_higher_where_words_agree(shop: KnowledgeIndex) -> None:
    right, wrong = (
        shop.search("return goods within 30 days").passages[0],
        shop.search("天气怎么样").passages[0],
    )
    assert 0 <= wrong.relevance < right.relevance <= 1


def test_empty_index_finds_nothing(index: KnowledgeIndex) -> None:
    result = index.search("anything")
    assert (result.passages, result.degraded) == ((), ())


@pytest.mark.parametrize(
    "question", ["", "   ", "\x00", "\ud800", "!?", "x" * 8000, "退" * 8000, "a AND (b OR", '"']
)
def test_any_question_is_safe(shop: KnowledgeIndex, question: str) -> None:
    shop.search(question)


@pytest.mark.parametrize("question", ["", "--", "？！", "😀"])
def test_what_has_no_word_in_it_asks_for_nothing(shop: KnowledgeIndex, question: str) -> None:
    assert shop.search(question).passages == ()


def test_same_search_gives_the_same_order(index: KnowledgeIndex, store: MemoryChunkStore) -> None:
    alike = [make_chunk(f"c{n}", text="All the same.", ordinal=n) for n in range(20)]
    index.add(alike)
    store.put(alike)
    found = [[passage.chunk.id for passage in index.search("same").passages] for _ in range(3)]
    assert found[0] == found[1] == found[2] == sorted(found[0])


def test_removed_text_is_not_found_even_before_the_caches_know(
    shop: KnowledgeIndex, store: MemoryChunkStore
) -> None:
    [gone] = [chunk.id for chunk in chunks() if chunk.title == "Returns"]
    store.put(gone=[gone])
    assert "Returns" not in titles(shop, "return goods")
    assert shop.vectors.present([gone]) == {gone}


def test_new_text_is_found_as_soon_as_the_store_has_it(shop: KnowledgeIndex, store: MemoryChunkStore) -> None:
    new = make_chunk("new", text="Gift cards never expire.", title="Gift cards")
    shop.add([new])
    assert "Gift cards" not in titles(shop, "gift cards")
    store.put([new])
    assert titles(shop, "gift cards")[0] == "Gift cards"


def test_present_chunks_are_not_embedded_again(shop: KnowledgeIndex) -> None:
    told: list[tuple[int, int]] = []
    new = make_chunk("new")
    assert shop.add([*chunks(), new], progress=lambda done, total: told.append((done, total))) == 1
    assert told == [(1, 1)]


def unwell(store: MemoryChunkStore, folder: Path, **parts: object) -> KnowledgeIndex:
    healthy = {"vectors": MemoryVectors(), "words": WordIndex(folder), "embedder": FakeEmbeddings()}
    whole, unwell = ({"name": "shop", "store": store, **healthy, **each} for each in ({}, parts))
    KnowledgeIndex(**whole).add(chunks())  # type: ignore[arg-type]
    store.put(chunks())
    return KnowledgeIndex(**unwell)  # type: ignore[arg-type]


@pytest.mark.parametrize("part", [{"vectors": SilentVectors()}, {"embedder": BrokenEmbeddings()}])
def test_words_serve_while_the_dense_channel_is_down(
    store: MemoryChunkStore, tmp_path: Path, part: dict[str, object]
) -> None:
    index = unwell(store, tmp_path, **part)
    result = index.search("return goods")
    assert result.degraded == ("dense",)
    assert result.passages[0].chunk.title == "Returns"
    assert result.passages[0].dense is None
    with pytest.raises(IndexUnavailable):
        index.search("return goods", mode="dense")


def test_dense_serves_while_the_words_are_down(store: MemoryChunkStore, tmp_path: Path) -> None:
    result = unwell(store, tmp_path, words=NoWords(tmp_path)).search("return goods")
    assert result.degraded == ("words",)
    assert result.passages[0].chunk.title == "Returns"


def test_search_says_when_nothing_answers(store: MemoryChunkStore, tmp_path: Path) -> None:
    index = unwell(store, tmp_path, vectors=SilentVectors(), words=NoWords(tmp_path))
    with pytest.raises(IndexUnavailable):
        index.search("return goods")


def test_sound_index_is_found_sound(shop: KnowledgeIndex) -> None:
    report = shop.verify()
    assert report.ok
    assert (report.store, report.vectors, report.words, report.compared) == (3, 3, 3, 3)


def test_verify_names_each_kind_of_fault_and_rebuild_mends_it(
    shop: KnowledgeIndex, store: MemoryChunkStore
) -> None:
    ids = sorted(chunk.id for chunk in chunks())
    shop.vectors.remove(ids[:1])
    shop.vectors.add({"stray": [[1.0] * 64], ids[1]: [[1.0] * 64]})
    problems = " ".join(shop.verify().problems)
    assert "1 live chunks have no vectors" in problems
    assert "1 chunks have vectors but are not live" in problems
    assert "1 chunks have vectors of another text" in problems
    assert shop.rebuild().ok


def test_dropped_index_is_empty(shop: KnowledgeIndex) -> None:
    shop.drop()
    assert list(shop.vectors.ids()) == []


def test_embedders_that_differ_have_other_fingerprints() -> None:
    other = FakeEmbeddings()
    other.name = "other"
    assert fingerprint(other) != fingerprint(FakeEmbeddings()) == fingerprint(FakeEmbeddings())


def test_retriever_gives_langchain_documents(shop: KnowledgeIndex) -> None:
    document = KnowledgeRetriever(search=shop.search, limit=1).invoke("return goods")[0]
    assert document.page_content == "You may return goods within 30 days."
    assert (document.metadata["title"], document.id) == ("Returns", chunks()[0].id)
