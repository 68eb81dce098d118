"""One knowledge base's index: a Chroma collection and a word index beside the store that holds the truth.

What is found is only ids until the store has said which of them are live: a stale cache can miss a text, never show one
that was removed or belongs to someone else.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

from retrieval.chunks import Chunk, ChunkStore, Passage, Reader, SearchResult
from retrieval.cleaning import clean_text
from retrieval.closeness import Closeness
from retrieval.embedding import Array
from retrieval.errors import IndexUnavailable
from retrieval.fusion import Candidate
from retrieval.recall import Clock, Found, Mode, Recall
from retrieval.relevance import DEFAULT_FIT, Fit, judge
from retrieval.reranking import RERANKED, Reranker
from retrieval.texts import texts_to_embed
from retrieval.vectors import Vectors
from retrieval.words import WordIndex

Progress = Callable[[int, int], None]

LONGEST_QUESTION = 700  # characters, about what the home embedder sees at once
EMBEDDED_AT_ONCE = 32  # chunks between two words of progress
HYDRATED_AT_ONCE = 30  # ids asked of the store; most searches need no second time
SAMPLE = 20  # chunks that `verify` embeds again
SAME_VECTOR = 0.99  # cosine above which two vectors are of the same text


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReport:
    """What `verify` found: ids in the store and in each cache, vectors compared, and problems in sentences."""

    store: int
    vectors: int
    words: int
    compared: int
    revision: int
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        return {"ok": self.ok, **asdict(self), "problems": list(self.problems)}


class KnowledgeIndex:
    """Searches and keeps one knowledge base's caches. Thread-safe."""

    def __init__(
        self,
        *,
        name: str,
        store: ChunkStore,
        vectors: Vectors,
        words: WordIndex,
        embedder: Embeddings,
        fit: Fit = DEFAULT_FIT,
        closeness: Closeness | None = None,
        reranker: Reranker | None = None,
        reader: Reader | None = None,
    ) -> None:
        self.name = name
        self.store = store
        self.vectors = vectors
        self.words = words
        self.embedder = embedder
        self.fit = fit
        self.closeness = closeness or Closeness(embedder)
        self.reranker = reranker
        self.reader = reader
        self._recall = Recall(store=store, vectors=vectors, words=words, embedder=embedder, fit=fit)

    def fitted(self, fit: Fit) -> "KnowledgeIndex":
        """The same index, ranked and judged by another fit."""
        return KnowledgeIndex(
            name=self.name,
            store=self.store,
            vectors=self.vectors,
            words=self.words,
            embedder=self.embedder,
            fit=fit,
            closeness=self.closeness,
            reranker=self.reranker,
            reader=self.reader,
        )

    def search(
        self,
        question: str,
        *,
        limit: int = 8,
        mode: Mode = "hybrid",
        readable: ChunkStore | None = None,
        revision: int | None = None,
    ) -> SearchResult:
        """The best passages, best first. One channel may be down; raises when all that `mode` asks for are.

        `readable` is the store as whoever asks may read it; without one everything live is shown. `revision` is the
        store's, where whoever calls has just read it.
        """
        clock = Clock()
        revision = self.store.revision() if revision is None else revision
        found = self._recall(_searched(question), mode=mode, clock=clock, revision=revision)
        reranker = self.reranker if mode == "hybrid" else None
        languages: set[str] = set()
        with clock("rank"):
            ranked = self._passages(found, store=readable or self.store, languages=languages)
            fused = list(islice(ranked, max(limit, RERANKED) if reranker else limit))
        reranked = _reranked(fused, question=_searched(question), by=reranker, clock=clock)
        missing = ("rerank",) if reranker and reranked is None else ()
        return SearchResult(
            passages=tuple((fused if reranked is None else reranked)[:limit]),
            degraded=(*found.degraded, *missing),
            timings=clock.seconds,
            fit_version=self.fit.version,
            reranker=reranker.name if reranker and not missing else "",
            refuse_below=self.fit.refuse_below,
            word_for_word_from=self.fit.word_for_word_from,
            revision=revision,
            languages=frozenset(languages - {""}),
            closeness=partial(self._closeness, _searched(question)) if found.dense else None,
            reader=self.reader,
            vector=partial(self._vector, _searched(question)) if found.dense else None,
            embedder=str(getattr(self.embedder, "name", "")) if found.dense else "",
        )

    def recall(self, question: str, *, mode: Mode = "hybrid", clock: Clock | None = None) -> Found:
        """What the channels find, before it is ranked: what a fit is made from."""
        return self._recall(_searched(question), mode=mode, clock=clock or Clock())

    def _closeness(self, question: str, texts: Sequence[str]) -> list[float]:
        return self.closeness(texts, question=self._recall.vector_of(question))

    def _vector(self, question: str) -> list[float]:
        vector: list[float] = self._recall.vector_of(question).tolist()
        return vector

    def add(self, chunks: Sequence[Chunk], *, progress: Progress | None = None) -> int:
        """Embeds those that are not there yet; returns how many. They are found once the store calls them live."""
        present = self.vectors.present([chunk.id for chunk in chunks])
        new = [chunk for chunk in chunks if chunk.id not in present]
        self._embed(new, progress=progress)
        return len(new)

    def discard(self, ids: Sequence[str]) -> None:
        """Takes out the vectors of chunks that the store has retired."""
        self.vectors.remove(ids)

    def catch_up(self) -> int:
        """Brings this host's word index to the store's revision, which it returns."""
        return self.words.catch_up(self.store)

    def verify(self) -> IndexReport:
        """Compares ids of store and caches, and embeds a sample anew to compare its vectors."""
        revision = self.catch_up()
        live = set(self.store.live_ids())
        vectors, words = set(self.vectors.ids()), self.words.ids()
        sample = sorted(live & vectors)[:: max(1, len(live) // SAMPLE)][:SAMPLE]
        wrong = self._wrong_vectors(sample)
        sentences = (
            (live - vectors, "live chunks have no vectors"),
            (vectors - live, "chunks have vectors but are not live"),
            (live - words, "live chunks are missing from the word index"),
            (words - live, "chunks are in the word index but are not live"),
            (wrong, "chunks have vectors of another text or embedder"),
        )
        return IndexReport(
            store=len(live),
            vectors=len(vectors),
            words=len(words),
            compared=len(sample),
            revision=revision,
            problems=tuple(f"{len(ids)} {what}, such as {min(ids)}." for ids, what in sentences if ids),
        )

    def rebuild(self, *, progress: Progress | None = None) -> IndexReport:
        """Writes both caches anew from the store, while people go on searching what is there."""
        chunks = list(self.store.changes_since(0).live)
        self._embed(chunks, progress=progress)
        live = set(self.store.live_ids())
        self.vectors.remove([id for id in self.vectors.ids() if id not in live])
        self.words.rebuild(self.store)
        return self.verify()

    def drop(self) -> None:
        """Removes both caches. The store is not touched."""
        self.vectors.drop()
        self.words.drop()

    def _passages(self, found: Found, *, store: ChunkStore, languages: set[str]) -> Iterator[Passage]:
        """Live passages in order; ties by id, so that the same search gives the same order. Adds to `languages`."""
        scores = found.scores(self.fit)
        ranked = sorted(found.candidates(), key=lambda candidate: (-scores[candidate.id], candidate.id))
        for start in range(0, len(ranked), HYDRATED_AT_ONCE):
            batch = ranked[start : start + HYDRATED_AT_ONCE]
            live = store.get([candidate.id for candidate in batch])
            languages.update(chunk.language for chunk in live.values())
            for candidate in batch:
                if chunk := live.get(candidate.id):
                    yield self._passage(chunk, candidate=candidate, score=scores[candidate.id], found=found)

    def _passage(self, chunk: Chunk, *, candidate: Candidate, score: float, found: Found) -> Passage:
        weights = self.fit.relevance[found.kind_for(chunk.language)]
        relevance = judge(candidate, setting=found.setting, weights=weights)
        return Passage(
            chunk=chunk, relevance=relevance, score=score, dense=candidate.dense, words=candidate.words
        )

    def _embed(self, chunks: Sequence[Chunk], *, progress: Progress | None) -> None:
        for start in range(0, len(chunks), EMBEDDED_AT_ONCE):
            batch = chunks[start : start + EMBEDDED_AT_ONCE]
            self.vectors.add(self._vectors_of(batch))
            if progress:
                progress(start + len(batch), len(chunks))

    def _vectors_of(self, chunks: Sequence[Chunk]) -> dict[str, list[list[float]]]:
        texts = {chunk.id: texts_to_embed(chunk) for chunk in chunks}
        try:
            rows = iter(self.embedder.embed_documents([text for each in texts.values() for text in each]))
        except IndexUnavailable:
            raise
        except Exception as error:
            raise IndexUnavailable(f"The embedder does not answer: {error}") from error
        return {id: list(islice(rows, len(each))) for id, each in texts.items()}

    def _wrong_vectors(self, ids: Sequence[str]) -> set[str]:
        chunks = self.store.get(ids)
        kept, fresh = self.vectors.get(ids), self._vectors_of(list(chunks.values()))
        return {id for id in fresh if not _alike(kept.get(id), np.asarray(fresh[id], dtype=np.float32))}


def _searched(question: str) -> str:
    """A pasted letter says what it wants where it begins or where it ends."""
    question = clean_text(question).strip()
    if len(question) <= LONGEST_QUESTION:
        return question
    half = LONGEST_QUESTION // 2
    return f"{question[:half]}\n{question[-half:]}"


def _reranked(
    passages: Sequence[Passage], *, question: str, by: Reranker | None, clock: Clock
) -> list[Passage] | None:
    """The first of them in the reranker's order, the rest behind; equal scores stay as they were. None: as fused."""
    if by is None:
        return None
    first, rest = passages[:RERANKED], passages[RERANKED:]
    try:
        with clock("rerank"):
            scores = by.scores(question, [texts_to_embed(passage.chunk)[0] for passage in first])
    except IndexUnavailable:
        return None
    scored = [replace(passage, reranked=score) for passage, score in zip(first, scores, strict=True)]
    return [*sorted(scored, key=lambda passage: -(passage.reranked or 0.0)), *rest]


def _alike(kept: Array | None, fresh: Array) -> bool:
    if kept is None or kept.shape != fresh.shape:
        return False
    lengths = np.linalg.norm(kept, axis=1) * np.linalg.norm(fresh, axis=1)
    return bool(((kept * fresh).sum(axis=1) > SAME_VECTOR * lengths).all())
