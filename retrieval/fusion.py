"""Two channels' candidates → one order.

Each channel's scores are scaled by what they could have been at best for this question: a cosine by its distance from
the best cosine found, BM25 by the score of a chunk that held every asked word often. So a question whose words hardly
occur leaves the decision to the dense channel by itself. Scaling by what was found instead, or by rank alone, loses that.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What the channels say about one chunk. A value is None where that channel does not know the chunk.

    `nearness` is the cosine used for ranking (to the question widened by its best finds), `dense` the plain one.
    `share` is BM25 over its greatest possible, `coverage` the share of the asked words, by rarity, that occur.
    """

    id: str
    dense: float | None = None
    nearness: float | None = None
    words: float | None = None
    share: float = 0.0
    coverage: float = 0.0


def fuse(candidates: Sequence[Candidate], *, dense_weight: float, cosine_span: float) -> dict[str, float]:
    """Each candidate's score, between 0 and 1. Where only one channel answered, it decides alone.

    `cosine_span` is how far below the best cosine a chunk's dense share reaches zero.
    """
    known = [found.nearness for found in candidates if found.nearness is not None]
    weight = dense_weight if known and any(found.share for found in candidates) else float(bool(known))
    best, least = max(known, default=0.0), min(known, default=0.0)

    def score(found: Candidate) -> float:
        nearness = least if found.nearness is None else found.nearness
        return weight * max(0.0, 1 - (best - nearness) / cosine_span) + (1 - weight) * found.share

    return {found.id: score(found) for found in candidates}
