"""Stand-ins for tests: an embedder and a vector store that need no model and no server, and behave the same each time."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from langchain_core.embeddings import Embeddings

from retrieval.embedding import Array
from retrieval.tokens import words_of

__all__ = ["FakeEmbeddings", "MemoryVectors"]


class FakeEmbeddings(Embeddings):
    """A text's vector is the sum of its words' vectors, and those are drawn from a hash: texts that share words are near."""

    name = "fake"
    dimensions = 64

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        vector = sum((self._word(word) for word in words_of(text)), start=self._word("") * 0.1)
        return [float(number) for number in vector / np.linalg.norm(vector)]

    def _word(self, word: str) -> Array:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
        return np.random.default_rng(seed).normal(size=self.dimensions).astype(np.float32)


class MemoryVectors:
    """`Vectors` in memory, searched one by one."""

    def __init__(self) -> None:
        self._vectors: dict[str, Array] = {}

    def add(self, vectors: Mapping[str, Sequence[Sequence[float]]]) -> None:
        self._vectors.update({id: np.asarray(rows, dtype=np.float32) for id, rows in vectors.items()})

    def remove(self, ids: Sequence[str]) -> None:
        for id in ids:
            self._vectors.pop(id, None)

    def present(self, ids: Sequence[str]) -> set[str]:
        return set(ids) & self._vectors.keys()

    def search(self, vector: Array, *, limit: int) -> list[tuple[str, float]]:
        wanted = vector / np.linalg.norm(vector)
        found = {
            id: float((rows @ wanted / np.linalg.norm(rows, axis=1)).max())
            for id, rows in self._vectors.items()
        }
        return sorted(found.items(), key=lambda hit: (-hit[1], hit[0]))[:limit]

    def ids(self) -> Iterator[str]:
        return iter(sorted(self._vectors))

    def get(self, ids: Sequence[str]) -> dict[str, Array]:
        return {id: self._vectors[id] for id in ids if id in self._vectors}

    def drop(self) -> None:
        self._vectors.clear()
