"""A question → candidates: what each channel finds on its own, with the numbers by which they are fused and judged.

Knows ids and numbers only, never what a chunk says.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from langchain_core.embeddings import Embeddings

from retrieval.chunks import ChunkStore
from retrieval.correcting import corrected
from retrieval.embedding import Array, Remembered, embed_question
from retrieval.errors import IndexUnavailable
from retrieval.fusion import Candidate, fuse
from retrieval.relevance import Fit, Setting, background_of
from retrieval.splitting import detect_language
from retrieval.texts import asked_words, without_stop_words
from retrieval.tokens import ASKING_WORDS, words_as_said
from retrieval.vectors import Vectors
from retrieval.words import Weight, WordIndex

Mode = Literal["hybrid", "dense", "words"]

RECALLED = 60  # candidates of each channel
MOST_WORDS = 64  # of a question that are looked up: a longer one is a pasted text
WIDENED_BY = 2  # best finds that the question is moved towards
REMEMBERED = 256  # questions whose vectors are kept, and as many chunks that were found first

_CHANNELS: tuple[Mode, ...] = ("dense", "words")
_EMBEDDING = ThreadPoolExecutor(max_workers=8, thread_name_prefix="embedding")
_UNKNOWN = Weight(score=0.0, share=0.0, coverage=0.0)


class Clock:
    """Seconds by what they were spent on. What is done at the same time counts each for itself."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def __call__(self, what: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[what] = self.seconds.get(what, 0.0) + time.perf_counter() - start


@dataclass(frozen=True, slots=True)
class Spoken:
    """The words that are looked for, and the chunks in which they stand."""

    words: Sequence[str] = ()
    ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the channels found for one question, by chunk id: plain cosines, those for ranking, and word weights."""

    asked: int = 0
    language: str = ""
    dense: Mapping[str, float] = field(default_factory=dict)
    near: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, Weight] = field(default_factory=dict)
    degraded: tuple[str, ...] = ()

    @property
    def kind(self) -> Mode:
        """Which channels had anything to say."""
        if self.dense and self.weights:
            return "hybrid"
        return "dense" if self.dense else "words"

    @property
    def setting(self) -> Setting:
        background = background_of(list(self.dense.values()))
        return Setting(background=background, asked=self.asked, chinese=self.language == "zh")

    def kind_for(self, language: str) -> Mode:
        """By what a chunk in that language can be judged: in another than the question's, its words say nothing."""
        foreign = bool(language and self.language) and language != self.language
        return "dense" if foreign and self.dense else self.kind

    def candidates(self) -> Iterator[Candidate]:
        for id in dict.fromkeys([*self.dense, *self.near, *self.weights]):
            weight = self.weights.get(id, _UNKNOWN)
            yield Candidate(
                id=id,
                dense=self.dense.get(id),
                nearness=self.near.get(id),
                words=weight.score if id in self.weights else None,
                share=weight.share,
                coverage=weight.coverage,
            )

    def scores(self, fit: Fit) -> dict[str, float]:
        return fuse(list(self.candidates()), dense_weight=fit.dense_weight, cosine_span=fit.cosine_span)


def told(words: Sequence[str]) -> int:
    """How many words say what is asked about; one where none does."""
    return max(1, sum(word not in ASKING_WORDS for word in words))


class Recall:
    """Asks both channels. Thread-safe; remembers the vectors of the last questions and of what they found first."""

    def __init__(
        self, *, store: ChunkStore, vectors: Vectors, words: WordIndex, embedder: Embeddings, fit: Fit
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._words = words
        self._fit = fit
        self._near = Remembered(REMEMBERED)
        self._vector_of = lru_cache(maxsize=REMEMBERED)(lambda text: embed_question(text, embedder=embedder))

    def __call__(self, question: str, *, mode: Mode, clock: Clock, revision: int | None = None) -> Found:
        """A channel that is down is named in `degraded`, and raises only when no other is left.

        What has no word in it asks for nothing. `revision` is the store's, where it is known.
        """
        asked = asked_words(question)[:MOST_WORDS]
        if not asked:
            return Found()
        found = Found(asked=told(asked), language=detect_language(question))
        down: dict[Mode, IndexUnavailable] = {}
        # The embedder computes without holding up this thread, which looks for words meanwhile.
        embedding = _EMBEDDING.submit(self._embedded, question, clock=clock) if mode != "words" else None
        spoken = Spoken()
        if mode != "dense":
            try:
                spoken = self._spoken(question, clock=clock, revision=revision)
            except IndexUnavailable as error:
                down["words"] = error
        if embedding is not None:
            try:
                cosines = self._dense(embedding.result(), clock=clock)
                found = replace(found, dense=cosines, near=cosines)
            except IndexUnavailable as error:
                down["dense"] = error
        if spoken.words:
            try:
                weights = self._weights(spoken, also=list(found.dense), clock=clock)
                found = replace(found, asked=told(spoken.words), weights=weights)
            except IndexUnavailable as error:
                down["words"] = error
        degraded = tuple(channel for channel in _CHANNELS if channel in down)
        if len(down) == (2 if mode == "hybrid" else 1):
            raise down[degraded[0]]
        return replace(self._widened(question, found=found, clock=clock), degraded=degraded)

    def vector_of(self, question: str) -> Array:
        """Remembered from the search for it."""
        vector = self._vector_of(question)
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)

    def _embedded(self, question: str, *, clock: Clock) -> Array:
        with clock("embed"):
            return self._vector_of(question)

    def _dense(self, vector: Array, *, clock: Clock) -> dict[str, float]:
        with clock("dense"):
            return dict(self._vectors.search(vector, limit=RECALLED))

    def _spoken(self, question: str, *, clock: Clock, revision: int | None) -> Spoken:
        with clock("words"):
            self._words.catch_up(self._store, wait=False, revision=revision)
            asked = without_stop_words(words_as_said(question, said=self._words.said))[:MOST_WORDS]
            words = corrected(asked, question=question, words=self._words, store=self._store)
            return Spoken(words, [id for id, _ in self._words.search(words, limit=RECALLED)])

    def _weights(self, spoken: Spoken, *, also: list[str], clock: Clock) -> dict[str, Weight]:
        """Weights of what this channel finds and, so that the two can be compared, of what the other found."""
        with clock("words"):
            return self._words.weigh(spoken.words, ids=list(dict.fromkeys([*spoken.ids, *also])))

    def _widened(self, question: str, *, found: Found, clock: Clock) -> Found:
        """Ranks by the question moved a little towards its best finds: what they say, others say in other words.

        A luxury: when the vector store goes away in between, the plain cosines serve.
        """
        if not found.dense:
            return found
        with clock("widen"), contextlib.suppress(IndexUnavailable):
            wider = self._wider_vector(self._vector_of(question), found=found)
            return replace(found, near=dict(self._vectors.search(wider, limit=RECALLED)))
        return found

    def _wider_vector(self, vector: Array, *, found: Found) -> Array:
        scores = found.scores(self._fit)
        best = sorted(scores, key=lambda id: (-scores[id], id))[:WIDENED_BY]
        nearest = [rows[np.argmax(rows @ vector)] for rows in self._vectors_of(best).values()]
        if not nearest:
            return vector
        return np.asarray(vector + self._fit.widening * np.mean(nearest, axis=0), dtype=np.float32)

    def _vectors_of(self, ids: Sequence[str]) -> dict[str, Array]:
        """Those of the chunks that questions found last are remembered: an id stands for one content."""
        known = self._near.of(ids)
        missing = [id for id in ids if id not in known]
        fetched = self._vectors.get(missing) if missing else {}
        self._near.keep(fetched)
        return known | fetched
