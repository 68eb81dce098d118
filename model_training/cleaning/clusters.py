"""What the conversations are about: groups of questions, those that weigh too much, and those that stand alone.

The project's embedder reads at most a few thousand gists; groups are made of them by k-means over vectors of length
one. Every other question follows its words to the group that shares most of them. Of a group that is too large only
rows go that say nearly the same as one that stays. Rows that stand alone are shown, never dropped.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

from model_training.cleaning.settings import CleaningSettings
from retrieval import STOP_WORDS, words_of

Array = np.ndarray[Any, np.dtype[np.float32]]
_BATCH = 64
_ROUNDS = 15
_READ = 300  # characters of a gist that the embedder reads
_OUTLIERS = 12
_ALONE = 0.25  # cosine to its group's middle below which a question stands alone
_WORDS = 4096  # places for words; two words in one place do no harm where there are dozens


@dataclass(frozen=True, slots=True)
class Cluster:
    number: int
    rows: int
    example: str


@dataclass(frozen=True, slots=True)
class Clusters:
    """Per row its group (in the order given), the rows to drop (row → the row that says the same), and what to show."""

    of_row: Sequence[int]
    thinned: Mapping[int, int]
    clusters: Sequence[Cluster]
    outliers: Sequence[str]
    embedded: int


def cluster(
    gists: Sequence[str],
    *,
    embedder: Embeddings,
    settings: CleaningSettings,
    tell: Callable[[int], None] = lambda done: None,
) -> Clusters:
    sample = _sample(len(gists), at_most=settings.embedded_rows)
    vectors = _embed([gists[row] for row in sample], embedder=embedder, tell=tell)
    labels, middles = _k_means(vectors, groups=_how_many(len(gists)))
    of_row = _follow_words(gists, sample=sample, labels=labels)
    cap = max(settings.smallest_cap, round(settings.largest_cluster * len(gists)))
    thinned = _thin(gists, of_row=of_row, sample=sample, vectors=vectors, cap=cap, settings=settings)
    closeness = np.sum(vectors * middles[labels], axis=1)
    alone = [sample[place] for place in np.argsort(closeness)[:_OUTLIERS] if closeness[place] < _ALONE]
    return Clusters(
        of_row=of_row,
        thinned=thinned,
        clusters=_described(gists, of_row=of_row, sample=sample, labels=labels, closeness=closeness),
        outliers=[gists[row][:_READ] for row in alone],
        embedded=len(sample),
    )


def _sample(count: int, *, at_most: int) -> list[int]:
    """Evenly over the file, so that no time is left out."""
    if count <= at_most:
        return list(range(count))
    return [round(place * (count - 1) / (at_most - 1)) for place in range(at_most)]


def _how_many(rows: int) -> int:
    return max(1, min(200, round(math.sqrt(rows / 2))))


def _embed(texts: Sequence[str], *, embedder: Embeddings, tell: Callable[[int], None]) -> Array:
    vectors: list[list[float]] = []
    for start in range(0, len(texts), _BATCH):
        vectors += embedder.embed_documents([text[:_READ] for text in texts[start : start + _BATCH]])
        tell(len(vectors))
    return _of_length_one(np.asarray(vectors, dtype=np.float32).reshape(len(texts), -1))


def _k_means(vectors: Array, *, groups: int) -> tuple[np.ndarray, Array]:
    """Always the same for the same vectors: the first middles are rows far from each other."""
    groups = min(groups, len(vectors))
    middles = vectors[_far_apart(vectors, groups)]
    labels = np.zeros(len(vectors), dtype=np.int64)
    for _ in range(_ROUNDS):
        labels = np.argmax(vectors @ middles.T, axis=1)
        sums = np.zeros_like(middles)
        np.add.at(sums, labels, vectors)
        empty = ~np.isin(np.arange(groups), labels)
        sums[empty] = middles[empty]
        middles = _of_length_one(sums)
    return labels, middles


def _far_apart(vectors: Array, groups: int) -> list[int]:
    chosen = [0]
    nearest = vectors @ vectors[0]
    while len(chosen) < groups:
        chosen.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    return chosen


def _follow_words(gists: Sequence[str], *, sample: Sequence[int], labels: np.ndarray) -> list[int]:
    if len(sample) == len(gists):
        return [int(label) for label in labels]
    groups = int(labels.max()) + 1
    profile = np.zeros((groups, _WORDS), dtype=np.float32)
    for row, label in zip(sample, labels, strict=True):
        np.add.at(profile[label], _places(gists[row]), 1.0)
    rarity = np.log((1 + groups) / (1 + np.count_nonzero(profile, axis=0)))
    profile = _of_length_one(np.sqrt(profile) * rarity)
    known = dict(zip(sample, (int(label) for label in labels), strict=True))
    return [known[row] if row in known else _nearest(profile, text) for row, text in enumerate(gists)]


def _nearest(profile: Array, text: str) -> int:
    places = _places(text)
    return int(np.argmax(profile[:, places].sum(axis=1))) if len(places) else 0


def _places(text: str) -> np.ndarray:
    words = {word for word in words_of(text[:_READ]) if word not in STOP_WORDS}
    return np.asarray([int.from_bytes(_digest(word)[:2], "big") % _WORDS for word in words], dtype=np.int64)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", errors="replace"), digest_size=8).digest()


def _thin(
    gists: Sequence[str],
    *,
    of_row: Sequence[int],
    sample: Sequence[int],
    vectors: Array,
    cap: int,
    settings: CleaningSettings,
) -> dict[int, int]:
    """Row → the row that says the same, in groups larger than the cap and only until they are down to it."""
    members: defaultdict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(of_row):
        members[group].append(row)
    place_of = {row: place for place, row in enumerate(sample)}
    thinned: dict[int, int] = {}
    for rows in members.values():
        if len(rows) > cap:
            thinned |= _same_said(
                rows, gists=gists, place_of=place_of, vectors=vectors, cap=cap, settings=settings
            )
    return thinned


def _same_said(
    rows: Sequence[int],
    *,
    gists: Sequence[str],
    place_of: Mapping[int, int],
    vectors: Array,
    cap: int,
    settings: CleaningSettings,
) -> dict[int, int]:
    """Rows with a vector are compared by it; all others by their words, where these are the same."""
    found: dict[int, int] = {}
    kept: list[int] = []
    by_words: dict[bytes, int] = {}
    for row in rows:
        if len(rows) - len(found) <= cap:
            break
        earlier = by_words.setdefault(_words_key(gists[row]), row)
        if earlier == row and row in place_of:
            earlier = _alike(row, kept=kept, place_of=place_of, vectors=vectors, least=settings.same_meaning)
        if earlier != row:
            found[row] = earlier
        elif row in place_of:
            kept.append(row)
    return found


def _alike(
    row: int, *, kept: Sequence[int], place_of: Mapping[int, int], vectors: Array, least: float
) -> int:
    if not kept:
        return row
    closeness = vectors[[place_of[other] for other in kept]] @ vectors[place_of[row]]
    best = int(np.argmax(closeness))
    return kept[best] if closeness[best] >= least else row


def _words_key(text: str) -> bytes:
    return _digest(" ".join(sorted({word for word in words_of(text[:_READ]) if word not in STOP_WORDS})))


def _described(
    gists: Sequence[str],
    *,
    of_row: Sequence[int],
    sample: Sequence[int],
    labels: np.ndarray,
    closeness: np.ndarray,
) -> list[Cluster]:
    """The largest first, each with the question nearest to its middle."""
    best: dict[int, tuple[float, int]] = {}
    for row, label, close in zip(sample, labels, closeness, strict=True):
        best[int(label)] = max(best.get(int(label), (-2.0, row)), (float(close), row))
    return [
        Cluster(number, count, gists[best[number][1]][:_READ])
        for number, count in Counter(of_row).most_common()
        if number in best
    ]


def _of_length_one(vectors: Array) -> Array:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)
