"""Labelled questions → a `Fit`. For developers and operators; searching needs none of this (nor scikit-learn).

Every example goes through the very recall that customers get. Three kinds of questions are asked of each collection: its
own; its own once more with the chunks that answer them taken away; and questions that belong elsewhere. Only for the
first there are right chunks: relevance has to learn when nothing is.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from langchain_core.embeddings import Embeddings

from retrieval.chunks import Chunk
from retrieval.fusion import Candidate
from retrieval.memory import MemoryChunkStore
from retrieval.recall import Clock, Found, Mode, Recall
from retrieval.relevance import Fit, features_of
from retrieval.testing import MemoryVectors
from retrieval.texts import texts_to_embed
from retrieval.words import WordIndex

JUDGED = (
    3  # passages of each question that relevance learns from: those that decide whether there is evidence
)
WEIGHTS = (0.4, 0.5, 0.6, 0.7)
SPANS = (0.3, 0.4, 0.5, 0.6, 0.8)
Tried = dict[tuple[float, float], dict[str, float]]
_MODES: tuple[Mode, ...] = ("hybrid", "dense", "words")


@dataclass(frozen=True, kw_only=True)
class LabelledSet:
    """A collection, questions to it, and the ids of the documents that answer each."""

    name: str
    chunks: tuple[Chunk, ...]
    questions: dict[str, str]
    relevant: dict[str, frozenset[str]]


@dataclass(frozen=True, kw_only=True)
class Example:
    """What one search found and which documents are right; `document_of` tells a chunk's."""

    found: Found
    right: frozenset[str]
    document_of: dict[str, str]

    def ranking(self, fit: Fit) -> list[Candidate]:
        scores = self.found.scores(fit)
        return sorted(self.found.candidates(), key=lambda candidate: (-scores[candidate.id], candidate.id))

    def is_right(self, id: str) -> bool:
        return self.document_of[id] in self.right

    def without_right(self) -> "Example":
        """The same question where nothing answers it."""
        return replace(
            self,
            found=_only(self.found, {id for id in self.document_of if not self.is_right(id)}),
            right=frozenset(),
        )

    def by(self, mode: Mode) -> "Example":
        """The same search with one channel only."""
        if mode == "dense":
            return replace(self, found=replace(self.found, weights={}))
        if mode == "words":
            return replace(self, found=replace(self.found, dense={}, near={}))
        return self


def try_settings(examples: dict[str, list[Example]], *, start: Fit) -> Tried:
    """The mean nDCG@10 of each set with each weight and span of a small grid."""
    return {
        (weight, span): {
            name: mean_ndcg(each, fit=replace(start, dense_weight=weight, cosine_span=span))
            for name, each in examples.items()
        }
        for weight in WEIGHTS
        for span in SPANS
    }


def fit_sets(examples: dict[str, list[Example]], *, tried: Tried, version: str, start: Fit) -> Fit:
    """Fusion by the setting that did best over all questions, then relevance by logistic regression, sets equally."""
    answered = {name: sum(bool(each.right) for each in found) for name, found in examples.items()}
    weight, span = max(
        tried, key=lambda setting: sum(tried[setting][name] * n for name, n in answered.items())
    )
    fused = replace(start, version=version, dense_weight=weight, cosine_span=span)
    return replace(fused, relevance={mode: _fit_relevance(examples, fit=fused, mode=mode) for mode in _MODES})


def mean_ndcg(examples: Sequence[Example], *, fit: Fit) -> float:
    """Over the examples that have an answer; the best chunk stands for its document."""
    return float(np.mean([ndcg(_documents(each, fit=fit), each.right) for each in examples if each.right]))


def ndcg(documents: Sequence[str], right: frozenset[str], *, depth: int = 10) -> float:
    gains = [1 / math.log2(place + 2) for place in range(depth)]
    reached = sum(gain for gain, document in zip(gains, documents, strict=False) if document in right)
    return reached / sum(gains[: len(right)])


def examples_of(
    labelled: LabelledSet, *, strangers: Sequence[str], embedder: Embeddings, fit: Fit
) -> list[Example]:
    """The set's own questions and as many of the strangers'."""
    with TemporaryDirectory() as folder:
        recall = _recall(labelled, embedder=embedder, folder=Path(folder), fit=fit)
        documents = {chunk.id: chunk.document_id for chunk in labelled.chunks}
        asked = [(text, labelled.relevant[id]) for id, text in labelled.questions.items()]
        foreign = random.Random(labelled.name).sample(  # noqa: S311 - a repeatable draw
            list(strangers), min(len(strangers), len(asked))
        )
        return [
            Example(found=recall(text, mode="hybrid", clock=Clock()), right=right, document_of=documents)
            for text, right in [*asked, *((text, frozenset[str]()) for text in foreign)]
        ]


def reduce_set(labelled: LabelledSet, *, documents: int) -> LabelledSet:
    """The set as a small shop would have it: some documents, and the questions that they answer."""
    draw = random.Random(labelled.name)  # noqa: S311 - a repeatable draw
    ids = draw.sample(sorted({chunk.document_id for chunk in labelled.chunks}), documents)
    relevant = {id: right & set(ids) for id, right in labelled.relevant.items() if right & set(ids)}
    return LabelledSet(
        name=f"{labelled.name}/{documents}",
        chunks=tuple(chunk for chunk in labelled.chunks if chunk.document_id in ids),
        questions={id: labelled.questions[id] for id in relevant},
        relevant=relevant,
    )


def _recall(labelled: LabelledSet, *, embedder: Embeddings, folder: Path, fit: Fit) -> Recall:
    store, vectors, words = MemoryChunkStore(labelled.chunks), MemoryVectors(), WordIndex(folder)
    words.catch_up(store)
    for chunk in labelled.chunks:
        vectors.add({chunk.id: embedder.embed_documents(texts_to_embed(chunk))})
    return Recall(store=store, vectors=vectors, words=words, embedder=embedder, fit=fit)


def _only(found: Found, ids: set[str]) -> Found:
    return replace(
        found,
        dense={id: value for id, value in found.dense.items() if id in ids},
        near={id: value for id, value in found.near.items() if id in ids},
        weights={id: value for id, value in found.weights.items() if id in ids},
    )


def _documents(example: Example, *, fit: Fit) -> list[str]:
    return list(dict.fromkeys(example.document_of[candidate.id] for candidate in example.ranking(fit)))


def _fit_relevance(examples: dict[str, list[Example]], *, fit: Fit, mode: Mode) -> dict[str, float]:
    # 80 MB and a second, which workers need not take at their start: fits are rare.
    from sklearn.linear_model import LogisticRegression

    rows, labels, weights = [], [], []
    for each in examples.values():
        judged = list(_judged(each, fit=fit, mode=mode))
        rows += [features for features, _ in judged]
        labels += [right for _, right in judged]
        weights += [1000 / len(judged)] * len(judged)
    names = [name for name in rows[0] if any(row[name] for row in rows)]
    model = LogisticRegression(C=1.0, fit_intercept=False, max_iter=5000)
    model.fit(np.array([[row[name] for name in names] for row in rows]), labels, sample_weight=weights)
    return {name: round(float(weight), 4) for name, weight in zip(names, model.coef_[0], strict=True)}


def _judged(examples: Sequence[Example], *, fit: Fit, mode: Mode) -> Iterator[tuple[dict[str, float], bool]]:
    """Features and truth of the best passages, also of each answered question without its answer."""
    emptied = [each.without_right() for each in examples if each.right]
    for example in (each.by(mode) for each in [*examples, *emptied]):
        for candidate in example.ranking(fit)[:JUDGED]:
            yield features_of(candidate, setting=example.found.setting), example.is_right(candidate.id)
