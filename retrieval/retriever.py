"""A finished search as a LangChain retriever, so that others can build on it."""

from collections.abc import Callable
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from retrieval.chunks import Passage, SearchResult


class KnowledgeRetriever(BaseRetriever):
    """Gives the passages of `search` that are at least `least_relevance` relevant, best first."""

    search: Callable[..., SearchResult]
    limit: int = 8
    least_relevance: float = 0.0

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        passages = self.search(query, limit=self.limit).passages
        return [_document(passage) for passage in passages if passage.relevance >= self.least_relevance]


def _document(passage: Passage) -> Document:
    chunk = passage.chunk
    known: dict[str, Any] = {
        **chunk.metadata,
        "document_id": chunk.document_id,
        "external_id": chunk.external_id,
        "title": chunk.title,
        "heading_path": list(chunk.heading_path),
        "url": chunk.url,
        "relevance": passage.relevance,
    }
    return Document(id=chunk.id, page_content=chunk.text, metadata=known)
