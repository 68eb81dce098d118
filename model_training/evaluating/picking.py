"""What a model wrote → the numbered sentences that it picked, before anything was withheld or replaced.

`dialogue` shows a customer less than this: what answers something else is withheld, and the best sentence is quoted in
its place. That protects the customer and hides what a model is worth; so models are also compared by their own picks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dialogue.language.sentences import sentences_of
from dialogue.searching.evidence import Candidate, candidates_in
from dialogue.verifying.checking import check, cited_numbers, says_nothing, whole_of, without_marks
from model_training.evaluating.rows import EvaluationRow
from model_training.rendering import passages_of

Source = Mapping[str, Any]  # as a trace keeps it: number, chunk_id, position, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    chunk_id: str
    position: int
    text: str


def picks_of(raw: str, *, trace: Mapping[str, Any], row: EvaluationRow) -> tuple[tuple[Pick, ...], bool]:
    """The picks, and whether the model refused instead."""
    sources: Sequence[Source] = trace.get("sources") or ()
    numbered = {(one["chunk_id"], one["position"]) for one in sources}
    candidates = [one for one in candidates_in(passages_of(row.passages)) if one.key in numbered]
    found: dict[tuple[str, int], Pick] = {}
    for sentence in sentences_of(raw):
        if says_nothing(without_marks(sentence)):
            return tuple(found.values()), not found
        for one in _picked(sentence, sources=sources, candidates=candidates):
            found.setdefault((one.chunk_id, one.position), one)
    return tuple(found.values()), False


def _picked(sentence: str, *, sources: Sequence[Source], candidates: Sequence[Candidate]) -> list[Pick]:
    """By its words where they are a source's, or their beginning; else by what it says; else by its mark alone."""
    words = without_marks(sentence)
    if not words:
        return [_pick(one) for one in sources if one["number"] in cited_numbers(sentence)]
    if whole := whole_of(words, texts=[one["text"] for one in sources]):
        return [_pick(next(one for one in sources if one["text"] == whole))]
    return [
        Pick(chunk_id=one.passage.chunk.id, position=one.position, text=one.text)
        for one in check(words, candidates=candidates).sources
    ]


def _pick(source: Source) -> Pick:
    return Pick(chunk_id=source["chunk_id"], position=source["position"], text=source["text"])
