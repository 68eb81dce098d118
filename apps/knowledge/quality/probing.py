"""One question through the very code of the chat, with everything that it decided by kept: what would be said, and why.

No model is asked: what is probed is how a question is understood, what is found for it and what follows from that.
"""

import uuid
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from apps.knowledge.chunk_store import Reader
from apps.knowledge.searching import search
from dialogue import Answer, AnswerLimits, Decided, Finished, Turn, Understood, answer
from retrieval import Passage, SearchResult

LOOKED_AT = 20  # passages shown and measured; the answer is made of the chat's own first few
PATIENT = AnswerLimits(search=60.0)  # the first question of a process loads the embedder


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """`question` stands alone. `decision` and `reason` are what they are before a model is asked."""

    question: str
    language: str
    decision: str
    reason: str
    passages: Sequence[Passage]
    degraded: Sequence[str]
    fit_version: str
    answer: Answer
    languages: Set[str] = frozenset()  # of the pages that were looked at

    @property
    def trace(self) -> dict[str, Any]:
        return self.answer.trace

    @property
    def is_translated(self) -> bool:
        """Whether the chat, where a model is served, looks the question up in the other language too."""
        return self.reason == "no_evidence" and len(self.languages) > 1

    @property
    def refuses(self) -> bool:
        return self.decision in ("handoff", "clarify")


class Searching:
    """The chat's search, looking at more than the chat does and keeping it."""

    def __init__(self, knowledge_base_id: uuid.UUID, *, reader: Reader, today: date | None = None) -> None:
        self._knowledge_base_id = knowledge_base_id
        self._reader, self._today = reader, today
        self.result = SearchResult(passages=())

    def __call__(self, question: str, *, limit: int = 8) -> SearchResult:
        self.result = search(
            self._knowledge_base_id,
            question,
            limit=max(limit, LOOKED_AT),
            reader=self._reader,
            today=self._today,
        )
        return replace(self.result, passages=self.result.passages[:limit])


async def probe(
    knowledge_base_id: uuid.UUID, turn: Turn, *, reader: Reader, today: date | None = None
) -> Probe:
    searching = Searching(knowledge_base_id, reader=reader, today=today)
    understood, decided, done = Understood(question=turn.question, language="en"), None, None
    async for event in answer(turn, search=searching, model=None, limits=PATIENT):
        match event:
            case Understood():
                understood = event
            case Decided():
                decided = decided or event
            case Finished():
                done = event.answer
    assert done is not None, "an answer always ends with Finished"  # noqa: S101
    return Probe(
        question=understood.question,
        language=understood.language,
        decision=decided.decision if decided else done.decision,
        reason=decided.reason if decided else done.reason,
        passages=searching.result.passages,
        degraded=searching.result.degraded,
        fit_version=searching.result.fit_version,
        answer=done,
        languages=searching.result.languages,
    )
