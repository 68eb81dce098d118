"""Which embedders there are: the shipped one, and the one that EMBEDDING_BASE_URL and EMBEDDING_MODEL name.

A collection keeps the name of its model; addresses and keys are the environment's alone.
"""

from functools import cache, lru_cache

from django.conf import settings
from langchain_core.embeddings import Embeddings

from apps.knowledge.models import Collection
from retrieval import (
    CachedEmbeddings,
    Closeness,
    DistinctEmbeddings,
    EmbeddingCache,
    HomeEmbeddings,
    RemoteEmbeddings,
    fingerprint,
)

HOME = ""  # the shipped embedder, as rows call it
MOST_REMOTE = 8  # in one process, each with its connections


def offered() -> list[str]:
    """The models that one may switch to."""
    return [HOME, settings.EMBEDDING_MODEL] if settings.EMBEDDING_BASE_URL else [HOME]


def embedder_of(collection: Collection | None) -> Embeddings:
    """Asks nothing. Where its server is not named any more, every question says that it is unavailable."""
    if collection is None or collection.model == HOME:
        return _home()
    return _remote(settings.EMBEDDING_BASE_URL, collection.model, collection.dimensions)


def closeness_of(collection: Collection | None) -> Closeness:
    """One per embedder: sentences remembered, whichever knowledge base they are of."""
    return _closeness(embedder_of(collection))


def fingerprint_of(collection: Collection | None) -> str:
    """Of the embedder itself, whatever is put around it."""
    if collection is None or collection.model == HOME:
        return fingerprint(HomeEmbeddings())
    return fingerprint(embedder_of(collection))


def ask_dimensions(model: str) -> int:
    """Of the server, which may raise `IndexUnavailable`."""
    return HomeEmbeddings.dimensions if model == HOME else _server(model, dimensions=0).dimensions


def load_home() -> None:
    """Whatever it embeds is forgotten. May raise `IndexUnavailable`."""
    HomeEmbeddings(remembered=0).embed_query("ready?")


@cache
def _home() -> Embeddings:
    """One per process; its model loads with the first text."""
    return CachedEmbeddings(HomeEmbeddings(remembered=0), cache=_embedded())


@lru_cache(maxsize=MOST_REMOTE)
def _remote(base_url: str, model: str, dimensions: int) -> Embeddings:
    # The vectors as they come are cached: so are those of the texts that tell what all of them share.
    return DistinctEmbeddings(CachedEmbeddings(_server(model, dimensions=dimensions), cache=_embedded()))


def _server(model: str, *, dimensions: int) -> RemoteEmbeddings:
    return RemoteEmbeddings(
        base_url=settings.EMBEDDING_BASE_URL,
        model=model,
        api_key=settings.EMBEDDING_API_KEY,
        dimensions=dimensions,
    )


@cache
def _embedded() -> EmbeddingCache:
    return EmbeddingCache(settings.EMBEDDING_CACHE)


@lru_cache(maxsize=MOST_REMOTE)
def _closeness(embedder: Embeddings) -> Closeness:
    return Closeness(embedder)
