"""The shipped stores keep their contracts; the real vector store comes back after its server was gone."""

import socket
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from retrieval import ChromaVectors, Chunk, ChunkStore, IndexUnavailable, MemoryChunkStore, Vectors
from retrieval.testing import MemoryVectors
from retrieval.testing.contracts import ChunkStoreContract, VectorsContract
from tests.services import ChromaServer, free_port


class TestMemoryChunkStore(ChunkStoreContract):
    def make_store(self) -> ChunkStore:
        return MemoryChunkStore()

    def flip(self, store: ChunkStore, *, live: Sequence[Chunk] = (), gone: Sequence[str] = ()) -> None:
        assert isinstance(store, MemoryChunkStore)
        store.put(live, gone=gone)


class TestMemoryVectors(VectorsContract):
    def make_vectors(self) -> Vectors:
        return MemoryVectors()


@pytest.mark.services
class TestChromaVectors(VectorsContract):
    @pytest.fixture(autouse=True)
    def _server(self, chroma_url: str) -> None:
        self.url = chroma_url

    def make_vectors(self) -> Vectors:
        return ChromaVectors(url=self.url, name=uuid.uuid4().hex, fingerprint="12345678")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ChromaServer]:
    server = ChromaServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.mark.services
def test_vectors_are_there_again_when_the_server_is(server: ChromaServer) -> None:
    vectors = ChromaVectors(url=server.url, name="shop", fingerprint="12345678")
    vectors.add({"a": [[1, 0]]})
    server.stop()
    with pytest.raises(IndexUnavailable):
        vectors.search(np.asarray([1, 0], dtype=np.float32), limit=1)
    server.start()
    assert [id for id, _ in vectors.search(np.asarray([1, 0], dtype=np.float32), limit=1)] == ["a"]


def test_server_that_is_not_there_is_said_to_be_unavailable() -> None:
    vectors = ChromaVectors(url=f"http://127.0.0.1:{free_port()}", name="shop", fingerprint="12345678")
    with pytest.raises(IndexUnavailable):
        vectors.present(["a"])


def test_server_that_never_answers_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(IndexUnavailable):
            ChromaVectors(url=url, name="shop", fingerprint="12345678", timeout=0.2).present(["a"])
