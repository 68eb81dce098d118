"""Labelled questions that carry what a person wrote who is erased: with the same words, or with what names that person."""

import uuid
from collections.abc import Collection, Iterable
from typing import Any

from apps.knowledge.models import KnowledgeBase, LabelledQuestion, QualityRun

SHORTEST_TURN = 12  # characters: "thank you" in a history is nobody's own
SHORTEST_MARK = 6  # an address or a user id; a shorter one stands in too many words


def carrying(base: KnowledgeBase, *, texts: Collection[str], marks: Iterable[str]) -> list[LabelledQuestion]:
    said = {text.strip() for text in texts}
    telling = [mark for mark in marks if len(mark) >= SHORTEST_MARK]
    rows = LabelledQuestion.objects.filter(knowledge_base=base).order_by("created_at", "pk")
    return [row for row in rows.iterator() if _carries(row, said=said, marks=telling)]


def _carries(row: LabelledQuestion, *, said: Collection[str], marks: Collection[str]) -> bool:
    turns = [str(turn.get("content", "")) for turn in row.history]
    if row.question.strip() in said or any(
        turn.strip() in said for turn in turns if len(turn) >= SHORTEST_TURN
    ):
        return True
    return any(mark in text for mark in marks for text in (row.question, *turns))


def forget(rows: Collection[LabelledQuestion]) -> None:
    """The rows, and where reports name them as questions that went wrong."""
    if not rows:
        return
    ids = {row.pk for row in rows}
    bases = {row.knowledge_base_id for row in rows}
    LabelledQuestion.objects.filter(pk__in=ids).delete()
    for run in QualityRun.objects.filter(knowledge_base__in=bases).exclude(report={}):
        run.report = _without(run.report, ids=ids)
        run.save(update_fields=["report"])


def _without(report: Any, *, ids: Collection[uuid.UUID]) -> Any:
    if isinstance(report, dict):
        return {key: _without(value, ids=ids) for key, value in report.items()}
    if isinstance(report, list):
        named = {str(one) for one in ids}
        kept = [one for one in report if not (isinstance(one, dict) and one.get("id") in named)]
        return [_without(one, ids=ids) for one in kept]
    return report
