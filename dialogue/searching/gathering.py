"""A turn → what was found for each of its questions: passages, ranked sentences, and whether they hold an answer.

Mostly there is one question; of several, those that can be answered are kept. Blocking: it searches.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from dialogue.fit import Fit
from dialogue.searching.evidence import (
    Asked,
    Candidate,
    as_said,
    asked,
    evidence_needed,
    likelihood_of_evidence,
    rank,
)
from dialogue.searching.looking_up import look_up
from dialogue.searching.quoting import quotable
from dialogue.searching.reading import asked_within, read_best
from dialogue.turns import Search, Turn, Utterance
from dialogue.understanding.reading import Understanding
from retrieval import Passage, SearchResult

NEXT = 0.4  # of the best sentence's score, that the next one must have to stand for it
FEWEST_WORDS = 2  # of a question of its own: "right?" is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found for one question."""

    question: Asked
    asked: str  # the question as it is read: with what was said before
    result: SearchResult
    ranked: tuple[Candidate, ...]
    beside: tuple[Candidate, ...] = ()  # what is found if it leans on what was said before, only to be read;
    evidence_beside: float = 0.0  # and how likely that holds the answer
    evidence: float  # how likely the passages hold the answer
    needed: float
    read: float | None = None  # how likely the best sentence answers, to whoever read it; None: nobody did
    is_spoken_of: bool = (
        False  # before it was read it would have been enough: pages in its language are about it, at least
    )

    @property
    def is_enough(self) -> bool:
        return self.evidence >= self.needed and has_relevant(self.result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What was found, and whether another question of the message is left open."""

    found: tuple[Found, ...]
    leaves_open: bool = False


def has_relevant(result: SearchResult) -> bool:
    """Whether any passage is as relevant as was fitted for this knowledge base; nothing fitted asks for nothing."""
    return any(passage.relevance >= result.refuse_below for passage in result.passages)


def gather(understood: Understanding, *, turn: Turn, search: Search, limit: int, fit: Fit) -> Gathered:
    """One for each question that can be answered; where none can, or there is only one, for the message as a whole."""

    def found(asked_for: Understanding) -> Found:
        return read(look(asked_for, turn=turn, search=search, limit=limit, fit=fit), fit=fit)

    parts = [
        replace(understood, question=part.question, focus=part.focus, parts=(), leaning="")
        for part in understood.parts
    ]
    each = [found(part) for part in parts]
    if enough := tuple(one for one in each if one.is_enough):
        others = (one for one in each if not one.is_enough)
        return Gathered(
            found=told_apart(enough),
            leaves_open=any(len(one.question.own.order) >= FEWEST_WORDS for one in others),
        )
    return Gathered(found=(found(understood),))


def look(understood: Understanding, *, turn: Turn, search: Search, limit: int, fit: Fit) -> Found:
    """What words and closeness find for the message as a whole: nothing is read yet.

    Words cannot tell whether "do I have to pay?" leans on what was said before. Where somebody reads, both is looked up.
    """
    found = _look(understood, turn=turn, search=search, limit=limit, fit=fit)
    if not understood.leaning or found.result.reader is None:
        return found
    leaning = replace(understood, question=understood.leaning)
    return _with_beside(found, other=_look(leaning, turn=turn, search=search, limit=limit, fit=fit))


def _look(understood: Understanding, *, turn: Turn, search: Search, limit: int, fit: Fit) -> Found:
    question = asked(understood.question, focus=understood.focus)
    result = look_up(understood, turn=turn, search=search, limit=limit).result
    question = as_said(question, passages=result.passages)
    ranked = quotable(rank(question, passages=result.passages, fit=fit, closeness=result.closeness))
    return Found(
        question=question,
        asked=_as_read(understood, turn=turn),
        result=result,
        ranked=tuple(ranked),
        evidence=likelihood_of_evidence(question, ranked=ranked, fit=fit),
        needed=evidence_needed(question, ranked=ranked, fit=fit),
    )


def _with_beside(found: Found, *, other: Found) -> Found:
    passages = passages_of((found, other))
    places = {passage.chunk.id: place for place, passage in enumerate(passages)}
    return replace(
        found,
        result=replace(found.result, passages=passages),
        beside=tuple(replace(one, rank=places[one.passage.chunk.id]) for one in other.ranked),
        evidence_beside=other.evidence,
    )


def _as_read(understood: Understanding, *, turn: Turn) -> str:
    """Behind what was asked just now stands what was said last: in the talk, before it, or in the same message."""
    history = turn.history
    if understood.recalled is not None:
        history = (Utterance("user", understood.recalled.asked),)
    elif not any(one.role == "user" for one in history):
        history = (Utterance("user", understood.question.removesuffix(understood.focus).strip()),)
    return asked_within(understood.focus, history=history)


def read(found: Found, *, fit: Fit) -> Found:
    """The same, its best sentences read beside the question; as it is where nobody reads. Takes a while."""
    told = read_best(
        found.question,
        asked=found.asked,
        ranked=_by_turns(found.ranked, found.beside) if found.beside else found.ranked,
        evidence=max(found.evidence, found.evidence_beside),
        reader=found.result.reader,
        fit=fit,
    )
    if told is None:
        return found
    return replace(
        found,
        ranked=told.ranked,
        evidence=told.evidence,
        needed=told.needed,
        read=told.likelihood,
        is_spoken_of=_is_spoken_of(found),
    )


def _is_spoken_of(found: Found) -> bool:
    best = found.ranked[:1]
    return any(found.evidence >= found.needed and not one.is_across(found.question) for one in best)


def _by_turns(*ranked: Sequence[Candidate]) -> list[Candidate]:
    """The best of each, then the second best, and so on; none twice."""
    found: dict[tuple[str, int], Candidate] = {}
    for one in chain.from_iterable(zip_longest(*ranked)):
        if one is not None:
            found.setdefault(one.key, one)
    return list(found.values())


def told_apart(found: Sequence[Found]) -> tuple[Found, ...]:
    """A sentence that is the best for two questions answers the one that it fits better; the other gets its next."""
    fits: dict[tuple[str, int], Found] = {}
    for one in found:
        best = one.ranked[0]
        if best.key not in fits or fits[best.key].ranked[0].score < best.score:
            fits[best.key] = one
    return tuple(
        one if fits[one.ranked[0].key] is one or not _has_next(one) else replace(one, ranked=one.ranked[1:])
        for one in found
    )


def _has_next(found: Found) -> bool:
    return len(found.ranked) > 1 and found.ranked[1].score >= NEXT * found.ranked[0].score


def passages_of(found: Sequence[Found]) -> tuple[Passage, ...]:
    return tuple({one.chunk.id: one for each in found for one in each.result.passages}.values())


def merged(found: Sequence[Found]) -> list[Candidate]:
    """All sentences, best first. The best for each question counts as much as the best for any other."""
    if len(found) == 1:
        return list(found[0].ranked)
    places = {passage.chunk.id: place for place, passage in enumerate(passages_of(found))}
    top = max((one.score for each in found for one in each.ranked[:1]), default=0.0)
    best: dict[tuple[str, int], Candidate] = {}
    for each in found:
        for one in each.ranked:
            score = one.score / (each.ranked[0].score or 1.0) * top
            if one.key not in best or best[one.key].score < score:
                best[one.key] = replace(one, score=score, rank=places[one.passage.chunk.id])
    return sorted(best.values(), key=lambda one: -one.score)
