"""Embedders behind `/v1/embeddings`: what they answer is believed only when it can be, and asked for only once."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from retrieval import (
    CachedEmbeddings,
    DistinctEmbeddings,
    EmbedderRefuses,
    EmbeddingCache,
    IndexUnavailable,
    RemoteEmbeddings,
    fingerprint,
)
from retrieval.testing import FakeEmbeddings
from retrieval.testing.servers import EmbeddingServer


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer(key="secret") as running:
        yield running


def remote(server: EmbeddingServer, **how: object) -> RemoteEmbeddings:
    plain = {"base_url": server.url, "model": server.model, "api_key": "secret", "pauses": (0.0, 0.0)}
    return RemoteEmbeddings(**{**plain, **how})  # type: ignore[arg-type] # tests name true arguments


def test_texts_come_back_as_vectors_in_their_order_in_batches(server: EmbeddingServer) -> None:
    texts = [f"text number {n}" for n in range(70)]
    embedder = remote(server)
    vectors = embedder.embed_documents(texts)
    assert np.allclose(vectors, FakeEmbeddings().embed_documents(texts), atol=1e-5)
    assert [len(batch) for batch in server.asked] == [32, 32, 6]
    assert np.allclose(embedder.embed_query(texts[3]), vectors[3])


def test_its_dimension_is_found_by_asking(server: EmbeddingServer) -> None:
    embedder = remote(server)
    assert (embedder.dimensions, embedder.dimensions) == (64, 64)
    assert len(server.asked) == 1


def test_a_server_that_stumbles_is_asked_again(server: EmbeddingServer) -> None:
    server.misbehave("500", "429")
    assert len(remote(server).embed_documents(["a"])[0]) == 64
    assert len(server.asked) == 3


def test_a_server_that_stays_away_is_unavailable_and_questions_leave_it_alone(
    server: EmbeddingServer,
) -> None:
    server.misbehave(*["500"] * 4)
    embedder = remote(server)
    with pytest.raises(IndexUnavailable, match="answers 500"):
        embedder.embed_documents(["a"])
    with pytest.raises(IndexUnavailable, match="answers 500"):
        embedder.embed_query("a")
    with pytest.raises(IndexUnavailable, match="left alone"):
        embedder.embed_query("a")
    assert len(server.asked) == 4


def test_a_question_is_not_waited_for_long(server: EmbeddingServer) -> None:
    server.misbehave("slow")
    with pytest.raises(IndexUnavailable, match="ReadTimeout"):
        remote(server, question_timeout=0.05).embed_query("a")


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("401", "refuses .* 401"),
        ("nan", "numbers that are none"),
        ("zeros", "only zeros"),
        ("short", "numbers, not 64"),
        ("missing", "1 vectors for 2 texts"),
        ("empty", "does not answer with embeddings"),
        ("page", "does not answer with embeddings"),
        ("null", "does not answer with embeddings"),
    ],
)
def test_what_cannot_be_used_is_refused_at_once(server: EmbeddingServer, fault: str, says: str) -> None:
    embedder = remote(server, dimensions=64)
    server.misbehave(fault)
    with pytest.raises(EmbedderRefuses, match=says) as refused:
        embedder.embed_documents(["a", "b"])
    assert "secret" not in str(refused.value)
    assert len(server.asked) == 1


def test_an_address_that_is_none_is_unavailable() -> None:
    with pytest.raises(IndexUnavailable):
        RemoteEmbeddings(base_url="", model="m").embed_query("a")


def test_what_all_vectors_share_is_taken_away(server: EmbeddingServer) -> None:
    """As an embedder that holds everything at a cosine of 0.9."""
    server.shares = 3.0
    plain, distinct = remote(server), DistinctEmbeddings(remote(server))
    texts = ["parcel and courier", "warranty of a screen", "包裹 和 快递"]

    def greatest(embedder: RemoteEmbeddings | DistinctEmbeddings) -> float:
        rows = np.asarray(embedder.embed_documents(texts))
        return float(np.triu(rows @ rows.T, k=1).max())

    assert greatest(plain) > 0.85
    assert greatest(distinct) < 0.5
    assert np.allclose(np.linalg.norm(distinct.embed_documents(texts), axis=1), 1)


def test_a_text_is_embedded_once_whichever_process_asks(server: EmbeddingServer, tmp_path: Path) -> None:
    def fresh() -> CachedEmbeddings:
        return CachedEmbeddings(
            remote(server, dimensions=64), cache=EmbeddingCache(tmp_path / "kept.sqlite3")
        )

    first = fresh().embed_documents(["a", "b", "a"])
    again = fresh().embed_documents(["b", "c", "a"])
    assert server.asked == [["a", "b"], ["c"]]
    assert np.allclose([first[1], first[0]], [again[0], again[2]], atol=1e-3)


def test_another_model_is_another_vector(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path / "kept.sqlite3")
    cache.keep({"a": np.ones(4, np.float32)}, embedder="one")
    assert cache.of(["a"], embedder="other") == {}
    assert cache.of(["a"], embedder="one")["a"].tolist() == [1, 1, 1, 1]


def test_a_full_cache_lets_the_oldest_go(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path / "kept.sqlite3", largest=100_000)
    for n in range(200):
        cache.keep({str(n): np.ones(400, np.float32)}, embedder="one")
    assert cache.of(["0"], embedder="one") == {}
    assert "199" in cache.of(["199"], embedder="one")
    assert (tmp_path / "kept.sqlite3").stat().st_size < 200_000


def test_a_broken_cache_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite3"
    path.write_bytes(b"no database " * 1000)
    embedder = CachedEmbeddings(FakeEmbeddings(), cache=EmbeddingCache(path))
    for _ in range(3):
        assert embedder.embed_documents(["a"])
    assert "a" in EmbeddingCache(path).of(["a"], embedder=fingerprint(FakeEmbeddings()))
