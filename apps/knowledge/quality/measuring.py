"""Labelled questions through the chat's own code → how good retrieval is, as numbers that can be compared.

Ranks are those of documents, each by its best passage. Documents for colleagues count as well: what is measured is the
search, not who may read.
"""

import math
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.knowledge.chunk_store import Reader
from apps.knowledge.models import LabelledQuestion
from apps.knowledge.quality.labelling import utterances_of
from apps.knowledge.quality.probing import Probe, probe
from dialogue import Turn

DEPTH = 10
MOST_MISSES = 50  # questions that a report names


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One question: where the first right document stands (0: nowhere), and whether the assistant would refuse."""

    question: LabelledQuestion
    place: int
    ndcg: float
    relevance: float  # of the best passage
    refuses: bool
    reason: str

    @property
    def is_answerable(self) -> bool:
        return bool(self.question.right)


async def measure(knowledge_base_id: uuid.UUID, question: LabelledQuestion) -> Measured:
    turn = Turn(question=question.question, history=utterances_of(question.history))
    return measured_by(question, await probe(knowledge_base_id, turn, reader=Reader.COLLEAGUE))


def measured_by(question: LabelledQuestion, found: Probe) -> Measured:
    documents = list(dict.fromkeys(passage.chunk.external_id for passage in found.passages))[:DEPTH]
    right = set(question.right)
    places = [place for place, name in enumerate(documents, start=1) if name in right]
    return Measured(
        question=question,
        place=places[0] if places else 0,
        ndcg=ndcg(places, right=len(right)),
        relevance=max((passage.relevance for passage in found.passages), default=0.0),
        refuses=found.refuses,
        reason=found.reason,
    )


def ndcg(places: Iterable[int], *, right: int) -> float:
    best = sum(1 / math.log2(place + 1) for place in range(1, min(right, DEPTH) + 1))
    return sum(1 / math.log2(place + 1) for place in places) / best if best else 0.0


def report_of(measured: Sequence[Measured]) -> dict[str, Any]:
    """JSON that pages show and later runs are compared with. A figure that nothing speaks for is None."""
    return {
        "overall": figures(measured),
        "by_language": _grouped(measured, by=lambda one: one.question.language or "–"),
        "by_label": _grouped(measured, by=lambda one: one.question.label or "–"),
        "misses": [_miss(one) for one in measured if is_miss(one)][:MOST_MISSES],
    }


def is_miss(one: Measured) -> bool:
    return (one.place != 1 or one.refuses) if one.is_answerable else not one.refuses


def figures(measured: Sequence[Measured]) -> dict[str, float | int | None]:
    answerable = [one for one in measured if one.is_answerable]
    others = [one for one in measured if not one.is_answerable]
    return {
        "questions": len(measured),
        "answerable": len(answerable),
        "hit_1": mean([one.place == 1 for one in answerable]),
        "hit_5": mean([1 <= one.place <= 5 for one in answerable]),
        "mrr": mean([1 / one.place if one.place else 0.0 for one in answerable]),
        "ndcg": mean([one.ndcg for one in answerable]),
        "refused_rightly": mean([one.refuses for one in others]),
        "refused_wrongly": mean([one.refuses for one in answerable]),
        "auroc": auroc([one.relevance for one in answerable if one.place], [one.relevance for one in others]),
    }


def mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def auroc(above: Sequence[float], below: Sequence[float]) -> float | None:
    """How often one that should be above is: 1 at best, 0.5 by chance."""
    if not above or not below:
        return None
    won = sum((one > other) + 0.5 * (one == other) for one in above for other in below)
    return round(won / (len(above) * len(below)), 4)


def _grouped(
    measured: Sequence[Measured], *, by: Callable[[Measured], str]
) -> dict[str, dict[str, float | int | None]]:
    names = sorted({by(one) for one in measured})
    return {name: figures([one for one in measured if by(one) == name]) for name in names}


def _miss(one: Measured) -> dict[str, Any]:
    return {
        "id": str(one.question.pk),
        "question": one.question.question[:200],
        "place": one.place,
        "answerable": one.is_answerable,
        "reason": one.reason,
    }
