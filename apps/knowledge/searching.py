"""One index per process and knowledge base, made on first use, and searches in it.

Nothing here may be called in a process that forks afterwards: the embedder does not survive it.
"""

import threading
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import close_old_connections

from apps.knowledge.chunk_store import ReadableChunks, Reader, SqlChunkStore
from apps.knowledge.embedding import cross_encoders, embedders, rerankers
from apps.knowledge.models import Collection, KnowledgeBase
from retrieval import (
    ChromaVectors,
    Fit,
    KnowledgeIndex,
    Mode,
    SearchResult,
    WordIndex,
    default_fit,
)

MOST_INDEXES = 256  # a handle and some megabytes each

_indexes: OrderedDict[uuid.UUID, tuple[uuid.UUID | None, KnowledgeIndex | None]] = OrderedDict()
_NONE = (None, None)
_lock = threading.Lock()


def search(
    knowledge_base_id: uuid.UUID,
    question: str,
    *,
    limit: int = 8,
    mode: Mode = "hybrid",
    reader: Reader = Reader.CUSTOMER,
    today: date | None = None,
) -> SearchResult:
    """What this reader may be shown; who says nothing gets what everyone may read.

    `today`: the day it is where the documents are kept; without one, where the server is.

    Safe in any thread. A thread outside of a request gets a live database connection, and leaves none behind.
    """
    close_old_connections()
    try:
        force = _in_force(knowledge_base_id)
        index = _fitted_index(knowledge_base_id, force=force)
        readable = ReadableChunks(knowledge_base_id, reader=reader, today=today)
        return index.search(question, limit=limit, mode=mode, readable=readable, revision=force.revision)
    finally:
        close_old_connections()


def fitted_index_of(knowledge_base_id: uuid.UUID) -> KnowledgeIndex:
    """The index with the fit that is in force now, whichever process applied it."""
    return _fitted_index(knowledge_base_id, force=_in_force(knowledge_base_id))


def _fitted_index(knowledge_base_id: uuid.UUID, *, force: "InForce") -> KnowledgeIndex:
    index, fit = _index(knowledge_base_id, collection=force.collection), force.fit
    if index.fit.version == fit.version:
        return index
    fitted = index.fitted(fit)
    with _lock:
        if _indexes.get(knowledge_base_id, _NONE)[0] == _key(force.collection):
            _indexes[knowledge_base_id] = _key(force.collection), fitted
    return fitted


def fit_of(knowledge_base_id: uuid.UUID) -> Fit:
    """A fit belongs to the embedder that it was made for: with another, what is shipped is used, and says so."""
    return _in_force(knowledge_base_id).fit


def index_of(knowledge_base_id: uuid.UUID) -> KnowledgeIndex:
    """The one whose vectors answer now, whichever process flipped to them."""
    return _index(knowledge_base_id, collection=collection_of(knowledge_base_id))


def collection_of(knowledge_base_id: uuid.UUID) -> Collection | None:
    """None is the collection that there was before anybody switched."""
    return _in_force(knowledge_base_id).collection


def forget_indexes() -> None:
    """The next search opens its index anew."""
    with _lock:
        _indexes.clear()


def make_index(knowledge_base_id: uuid.UUID, *, collection: Collection | None) -> KnowledgeIndex:
    name = str(knowledge_base_id)
    parted = f"{name}-{collection.suffix}" if collection and collection.suffix else name
    return KnowledgeIndex(
        name=name,
        store=SqlChunkStore(knowledge_base_id),
        vectors=ChromaVectors(
            url=settings.CHROMA_URL, name=parted, fingerprint=embedders.fingerprint_of(collection)
        ),
        words=WordIndex(settings.WORD_INDEX_DIR / name),
        embedder=embedders.embedder_of(collection),
        fit=default_fit(collection.model if collection else embedders.HOME),
        closeness=embedders.closeness_of(collection),
        reranker=rerankers.reranker(),
        reader=cross_encoders.cross_encoder("answers"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """Whose vectors answer, by which fit they are judged, and how far the knowledge base is."""

    collection: Collection | None
    fit: Fit
    revision: int


def _in_force(knowledge_base_id: uuid.UUID) -> InForce:
    """One query: asked in each search, so that what one process changes counts in all of them at once."""
    base = KnowledgeBase.objects.filter(pk=knowledge_base_id).select_related("collection", "fit").first()
    collection, fitted, revision = (base.collection, base.fit, base.revision) if base else (None, None, 0)
    model = collection.model if collection else embedders.HOME
    fit = Fit(**fitted.content) if fitted and fitted.model == model else default_fit(model)
    return InForce(collection=collection, fit=fit, revision=revision)


def _index(knowledge_base_id: uuid.UUID, *, collection: Collection | None) -> KnowledgeIndex:
    with _lock:
        key, index = _indexes.get(knowledge_base_id, _NONE)
        if index is None or key != _key(collection):
            index = make_index(knowledge_base_id, collection=collection)
            _indexes[knowledge_base_id] = _key(collection), index
        _indexes.move_to_end(knowledge_base_id)
        while len(_indexes) > MOST_INDEXES:
            _indexes.popitem(last=False)
        return index


def _key(collection: Collection | None) -> uuid.UUID | None:
    return collection.pk if collection else None
