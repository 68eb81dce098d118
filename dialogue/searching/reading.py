"""Ranked sentences → the same, the best of them read beside the question, and how likely they hold its answer.

Words and closeness say what a sentence is about; whether it tells what was asked only reading can say: "how long is the
warranty on lamps?" is near to all that a page says of lamps and of warranties. A reader (`retrieval.cross_encoder`)
takes some fifteen milliseconds a sentence, so it reads the few best, and no more once one surely answers. Where none is at hand, or it has too much to do, all
stays as it was found.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from dialogue.fit import Fit
from dialogue.searching.evidence import Asked, Candidate
from dialogue.turns import Utterance
from retrieval import IndexUnavailable, Reader, placed

READ = 6  # sentences
_STOPS = (0, 1, 3, READ)  # where it may end
SURE = 0.85  # how likely a sentence must answer for the next ones to be left: on held-out pages two of five are, and nothing is lost
LIKELY = 0.5  # … for the next ones to be left while others wait to read
LONGEST_SAID, LONGEST_REPLY = 100, 140  # characters of what was said before
UNREAD = 0.4  # what a sentence counts that was left unread beside a sure one: it may add to the answer, or be beside the point


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """`evidence` and what is `needed` of it; `likelihood`: how likely the best of them answers, to the reader alone."""

    ranked: tuple[Candidate, ...]
    evidence: float
    needed: float
    likelihood: float


def read_best(
    question: Asked,
    *,
    asked: str,
    ranked: Sequence[Candidate],
    evidence: float,
    reader: Reader | None,
    fit: Fit,
) -> Read | None:
    """`asked` is the question as it is read. None where nothing was read. Blocks while it reads."""
    best = ranked[:READ]
    if reader is None or not best:
        return None
    try:
        found = _read_until_sure(asked, [text_of(one) for one in best], reader=reader)
    except IndexUnavailable:  # it has too much to do, or does not fit what is installed
        return None
    likely = dict(zip((one.key for one in best), found, strict=False))
    least = min(
        *found, UNREAD
    )  # what was not read counts as no better than what was, nor as an answer beside a sure one
    scored = [
        replace(
            one,
            score=fit.answers_as_read(
                one.score, read=likely.get(one.key, least), across=one.is_across(question)
            ),
        )
        for one in ranked
    ]
    return Read(
        ranked=tuple(sorted(scored, key=lambda one: -one.score)),
        evidence=fit.is_evidence_as_read(evidence, read=max(found), across=best[0].is_across(question)),
        needed=fit.evidence_needed_when_read,
        likelihood=max(found),
    )


def _read_until_sure(asked: str, texts: Sequence[str], *, reader: Reader) -> list[float]:
    """The best one by itself, then two, then the rest: none after one that surely answers; and after one that
    likely does, only while nobody else wants to read. Raises IndexUnavailable where it was sent away before."""
    found: list[float] = []
    for start, end in pairwise(_STOPS):
        likely = max(found, default=0.0)
        if likely >= SURE or not texts[start:end]:
            break
        try:
            found += reader(asked, texts[start:end], waits=likely < LIKELY)
        except IndexUnavailable:
            if likely < LIKELY:
                raise
            break
    return found


def asked_within(question: str, *, history: Sequence[Utterance]) -> str:
    """A question as it is read: behind it, in brackets, what was said last, which it may lean on or not."""
    said = next((place for place in reversed(range(len(history))) if history[place].role == "user"), None)
    if said is None:
        return question
    replies = [one.text for one in history[said + 1 :]]
    before = " ".join((history[said].text[:LONGEST_SAID], *replies)).strip()
    return f"{question} ({before[: LONGEST_SAID + LONGEST_REPLY]})" if before else question


def text_of(candidate: Candidate) -> str:
    chunk = candidate.passage.chunk
    over = (chunk.title, *chunk.heading_path, chunk.question)
    return placed(candidate.text, under=" > ".join(dict.fromkeys(line for line in over if line)))
