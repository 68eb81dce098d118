"""For the tests of any room: knowledge bases whose vectors are in memory, so that no server and no model is needed; and files
that are read in this process.
"""

import contextlib
import tempfile
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from apps.knowledge import searching
from apps.knowledge.chunk_store import SqlChunkStore
from apps.knowledge.embedding.embedders import HOME, embedder_of
from apps.knowledge.embedding.rerankers import reranker
from apps.knowledge.models import Collection
from retrieval import KnowledgeIndex, ParsedDocument, WordIndex, default_fit
from retrieval.parsing.formats import read_documents
from retrieval.testing import FakeEmbeddings, MemoryVectors


@contextlib.contextmanager
def indexes_in_memory() -> Iterator[Callable[[uuid.UUID], KnowledgeIndex]]:
    """Within, every knowledge base has the shipped stand-ins for home embedder and vector store, and a real word index."""
    vectors: dict[object, MemoryVectors] = defaultdict(MemoryVectors)
    made = searching.make_index
    with tempfile.TemporaryDirectory(prefix="seekdesk-words-") as folder:

        def make_index(knowledge_base_id: uuid.UUID, *, collection: Collection | None) -> KnowledgeIndex:
            model = collection.model if collection else HOME
            return KnowledgeIndex(
                name=str(knowledge_base_id),
                store=SqlChunkStore(knowledge_base_id),
                vectors=vectors[(knowledge_base_id, collection.suffix if collection else "")],
                words=WordIndex(Path(folder) / str(knowledge_base_id)),
                embedder=embedder_of(collection) if model else FakeEmbeddings(),
                fit=default_fit(model),
                reranker=reranker(),
            )

        searching.forget_indexes()
        searching.make_index = make_index
        try:
            yield searching.index_of
        finally:
            searching.make_index = made
            searching.forget_indexes()


def read_here(path: Path, *, name: str, **_: object) -> list[ParsedDocument]:
    """The very readers, in the place of `parse_file`: without the child process around them, which takes half a second to start."""
    return read_documents(path, name=name, unpacked_size=10_000_000)
