"""Rerankers behind `/v1/rerank`: they order what was found, and a search never waits for one that is away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval import IndexUnavailable, KnowledgeIndex, MemoryChunkStore, RemoteReranker, WordIndex
from retrieval.reranking import RERANKED
from retrieval.testing import FakeEmbeddings, MemoryVectors
from retrieval.testing.contracts import make_chunk
from retrieval.testing.servers import RerankServer

TEXTS = ["Gloves are warm.", "Returns of gloves take 14 days.", "Returns take 30 days."]
QUESTION = "returns of gloves"


@pytest.fixture
def server() -> Iterator[RerankServer]:
    with RerankServer(key="secret") as running:
        yield running


def remote(server: RerankServer, **how: object) -> RemoteReranker:
    plain = {"url": server.url, "model": server.model, "api_key": "secret", "left_alone": 0.0}
    return RemoteReranker(**{**plain, **how})  # type: ignore[arg-type] # tests name true arguments


@pytest.mark.parametrize("shape", ["jina", "voyage", "tei"])
def test_each_shape_of_answer_gives_scores_in_the_order_of_the_texts(
    server: RerankServer, shape: str
) -> None:
    server.shape = shape
    scores = remote(server).scores(QUESTION, TEXTS)
    assert max(scores) == scores[1]
    assert scores[0] == scores[2]
    asked = server.asked[0]
    assert (asked["model"], asked["query"], asked["documents"]) == (server.model, QUESTION, TEXTS)
    assert (asked["top_n"], asked["return_documents"]) == (3, False)


def test_whole_address_may_be_given(server: RerankServer) -> None:
    assert remote(server, url=f"{server.url}/rerank/").scores(QUESTION, TEXTS)


@pytest.mark.parametrize("fault", ["500", "429", "404", "page", "missing", "twice", "nan", "null"])
def test_what_cannot_be_believed_is_not(server: RerankServer, fault: str) -> None:
    server.misbehave(fault)
    with pytest.raises(IndexUnavailable):
        remote(server).scores(QUESTION, TEXTS)


def test_wrong_key_is_said(server: RerankServer) -> None:
    with pytest.raises(IndexUnavailable, match="401"):
        remote(server, api_key="wrong").scores(QUESTION, TEXTS)


def test_slow_server_is_not_waited_for_and_then_left_alone(server: RerankServer) -> None:
    reranker = remote(server, timeout=0.05, left_alone=60.0)
    server.misbehave("slow")
    with pytest.raises(IndexUnavailable, match="ReadTimeout"):
        reranker.scores(QUESTION, TEXTS)
    with pytest.raises(IndexUnavailable, match="left alone"):
        reranker.scores(QUESTION, TEXTS)
    assert len(server.asked) == 1


def index_of(folder: Path, *, texts: list[str], reranker: RemoteReranker | None) -> KnowledgeIndex:
    store = MemoryChunkStore()
    chunks = [make_chunk(f"{number:02}", text=text, title="") for number, text in enumerate(texts)]
    store.put(chunks)
    index = KnowledgeIndex(
        name="shop",
        store=store,
        vectors=MemoryVectors(),
        words=WordIndex(folder),
        embedder=FakeEmbeddings(),
        reranker=reranker,
    )
    index.add(chunks)
    return index


def test_search_is_ordered_by_the_reranker_and_says_so(tmp_path: Path, server: RerankServer) -> None:
    texts = [f"Returns of the gloves of size {n}" for n in range(30)]
    plain = index_of(tmp_path / "plain", texts=texts, reranker=None).search("gloves size 7", limit=30)
    index = index_of(tmp_path / "reranked", texts=texts, reranker=remote(server))
    result = index.search("gloves size 7", limit=30)
    assert (result.reranker, result.degraded) == (server.model, ())
    assert "rerank" in result.timings
    assert len(server.asked[0]["documents"]) == RERANKED
    first = [passage.reranked for passage in result.passages[:RERANKED]]
    assert first == sorted(first, key=lambda score: -(score or 0))
    assert [passage.reranked for passage in result.passages[RERANKED:]] == [None] * (30 - RERANKED)
    relevance = {passage.chunk.id: passage.relevance for passage in plain.passages}
    assert {passage.chunk.id: passage.relevance for passage in result.passages} == relevance
    assert len(index.search("gloves size 7", limit=3).passages) == 3


def test_fused_order_stays_where_the_reranker_is_down_and_it_is_said(
    tmp_path: Path, server: RerankServer
) -> None:
    plain = index_of(tmp_path / "plain", texts=TEXTS, reranker=None).search(QUESTION)
    index = index_of(tmp_path / "reranked", texts=TEXTS, reranker=remote(server))
    server.misbehave("503")
    result = index.search(QUESTION)
    assert (result.reranker, result.degraded) == ("", ("rerank",))
    assert result.passages == plain.passages


def test_one_channel_alone_is_shown_as_it_is(tmp_path: Path, server: RerankServer) -> None:
    index = index_of(tmp_path, texts=TEXTS, reranker=remote(server))
    index.search(QUESTION, mode="words")
    index.search(QUESTION, mode="dense")
    assert server.asked == []


def test_what_somebody_may_not_read_is_not_sent(tmp_path: Path, server: RerankServer) -> None:
    index = index_of(tmp_path, texts=TEXTS, reranker=remote(server))
    readable = MemoryChunkStore()
    readable.put([make_chunk("00", text=TEXTS[0], title="")])
    index.search(QUESTION, readable=readable)
    assert server.asked[0]["documents"] == [TEXTS[0]]
