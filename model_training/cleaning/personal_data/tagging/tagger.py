"""The weights of the buckets, and the likeliest tags of a text: outside a name, its beginning, inside it.

`weights.npz` beside this file is what tests/benchmarks/names_fit.py wrote; `weights.json` tells its hash, without which it is
not opened.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_training.cleaning.personal_data.spans import Kind, Span
from model_training.cleaning.personal_data.tagging.features import BITS, buckets_of
from model_training.cleaning.personal_data.tagging.known_words import is_plain
from model_training.cleaning.personal_data.tagging.sealed import read_sealed
from model_training.cleaning.personal_data.tagging.units import EDGE, Units, is_chinese, units_of

OUTSIDE, BEGINS, INSIDE = 0, 1, 2
FILE = Path(__file__).parent / "weights.npz"
_NEVER = -1e9
_AT_ONCE = 1_000
_WORD = re.compile(r"[^\W\d_\u3400-\u9fff][^\W_\u3400-\u9fff]*")
_COUNT = re.compile(r"\d[ \t]?\Z")
_UNIT_OR_BRAND = re.compile(r"[a-z]{1,2}[A-Z]\w*")  # mAh, eBay
_HOPELESS = -4.0  # a name whose beginning scores less is passed over


@dataclass(frozen=True, slots=True)
class Weights:
    """`buckets`: of each how much it speaks for a beginning and for an inside, against outside. `steps`: from tag to tag.
    `bias`: how much a name is preferred to none, and how much more `where_ruled`: where the rules see one."""

    buckets: NDArray[np.float32]
    steps: NDArray[np.float32]
    bias: float
    where_ruled: float

    @property
    def pairs(self) -> NDArray[np.complex64]:
        """Two small numbers side by side are read and added as one."""
        return self.buckets.view(np.complex64).ravel()


def find_tagged(text: str, *, by_rules: Sequence[Span]) -> Iterator[Span]:
    """Names that the tagger sees in the text, what the rules see among what it goes by."""
    units = units_of(text, by_rules=[(span.start, span.end) for span in by_rules])
    if units.places:
        chinese = is_chinese(text)
        spans = spans_of(units, weights=_weights("zh" if chinese else "en"), chinese=chinese)
        ruled = {place for rule in by_rules for place in range(rule.start, rule.end)}
        yield from (span for span in spans if not _is_of_words(text, span, ruled=ruled))


def _is_of_words(text: str, span: Span, *, ruled: Set[int]) -> bool:
    """Plain words, and what is counted, are believed to be somebody's name only where the rules think so, too."""
    if not ruled.isdisjoint(range(span.start, span.end)):
        return False
    words = _WORD.findall(text, span.start, span.end)
    if _COUNT.search(text, max(0, span.start - 2), span.start):
        return True
    return bool(words) and all(is_plain(word) or _UNIT_OR_BRAND.fullmatch(word) for word in words)


def spans_of(units: Units, *, weights: Weights, chinese: bool) -> Iterator[Span]:
    scores = _scores(units, weights=weights, chinese=chinese) + weights.bias
    scores[list(units.ruled)] += weights.where_ruled
    if scores[:, 0].max() < _HOPELESS:
        return
    start = end = -1
    for (begin, stop), tag in zip(units.places, likeliest(scores, steps=weights.steps), strict=True):
        if tag != INSIDE and start >= 0:
            yield Span(start, end, Kind.NAME)
            start = -1
        if tag == BEGINS:
            start = begin
        end = stop
    if start >= 0:
        yield Span(start, end, Kind.NAME)


def _scores(units: Units, *, weights: Weights, chinese: bool) -> NDArray[np.float32]:
    """In pieces: a unit takes some kilobytes while it is looked at."""
    pieces = (
        units.atoms[start : start + _AT_ONCE + 2 * EDGE] for start in range(0, len(units.places), _AT_ONCE)
    )
    sums = np.concatenate([weights.pairs[buckets_of(piece, chinese=chinese)].sum(axis=1) for piece in pieces])
    return sums.view(np.float32).reshape(-1, 2)


def likeliest(scores: NDArray[np.float32], *, steps: NDArray[np.float32]) -> list[int]:
    """Viterbi: the row of tags with the highest sum. No inside follows an outside."""
    (oo, ob, _), (bo, bb, bi), (io, ib, ii) = steps.tolist()
    o, b, i = 0.0, 0.0, _NEVER
    came: list[tuple[int, int, int]] = []
    for number, (begins, inside) in enumerate(scores.tolist()):
        if number == 0:
            o, b, i = 0.0, begins, _NEVER
            came.append((0, 0, 0))
            continue
        to_o = max((o + oo, 0), (b + bo, 1), (i + io, 2))
        to_b = max((o + ob, 0), (b + bb, 1), (i + ib, 2))
        to_i = max((b + bi, 1), (i + ii, 2))
        came.append((to_o[1], to_b[1], to_i[1]))
        o, b, i = to_o[0], to_b[0] + begins, to_i[0] + inside
    tag = max((o, OUTSIDE), (b, BEGINS), (i, INSIDE))[1]
    tags = [tag]
    for step in reversed(came[1:]):
        tag = step[tag]
        tags.append(tag)
    return tags[::-1]


@cache
def _weights(language: str) -> Weights:
    return read_weights(FILE, language=language)


def read_weights(file: Path, *, language: str) -> Weights:
    kept = read_sealed(file)
    buckets = np.zeros((1 << BITS, 2), dtype=np.float32)
    places = np.cumsum(kept[f"{language}_places"], dtype=np.int64)
    buckets[places] = kept[f"{language}_weights"].astype(np.float32) * kept[f"{language}_scale"]
    return Weights(buckets, kept[f"{language}_steps"], *kept[f"{language}_biases"].tolist())
