"""An index over fakes for fast tests; real services come from `tests.services`."""

from pathlib import Path

import pytest

from retrieval import KnowledgeIndex, MemoryChunkStore, WordIndex
from retrieval.testing import FakeEmbeddings, MemoryVectors
from tests.services import chroma_url  # noqa: F401 - a fixture


@pytest.fixture
def store() -> MemoryChunkStore:
    return MemoryChunkStore()


@pytest.fixture
def index(store: MemoryChunkStore, tmp_path: Path) -> KnowledgeIndex:
    return KnowledgeIndex(
        name="shop",
        store=store,
        vectors=MemoryVectors(),
        words=WordIndex(tmp_path / "words"),
        embedder=FakeEmbeddings(),
    )
