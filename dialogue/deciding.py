"""What was understood and found → answer, ask back, or hand over. Knows nothing of the model."""

from collections.abc import Sequence

from dialogue.events import Decided
from dialogue.language.words import content_words
from dialogue.searching.evidence import Asked, Candidate
from dialogue.turns import Turn
from dialogue.understanding.reading import Understanding
from dialogue.understanding.requesting import Request


def decide_by_rule(understood: Understanding, *, turn: Turn) -> Decided | None:
    """What needs no search: a wish for a person, small talk, and what cannot be read. Asked back at most once."""
    if understood.wants_person:
        return Decided(decision="handoff", reason="asked_for_person")
    if understood.small_talk:
        return Decided(decision="answer", reason="small_talk")
    if not understood.readable:
        return Decided(decision="handoff" if turn.asked_back else "clarify", reason="unclear")
    return None


def decide_on_request(request: Request, *, knows_customer: bool) -> Decided | None:
    """What is to be said before anything is done; None: it can be done now. Asked back at most once for a slot."""
    if not knows_customer:
        return Decided(decision="handoff", reason="not_verified")
    if request.missing:
        again = request.asked_before
        return Decided(
            decision="handoff" if again else "clarify", reason="slot_unclear" if again else "slot_missing"
        )
    return Decided(decision="act", reason="proposed") if request.offer.is_confirmed else None


def decide(
    question: Asked, *, evidence: float, needed: float, ranked: Sequence[Candidate], turn: Turn
) -> Decided:
    """Without evidence nothing is answered: it says so, and offers a person."""
    if not question.words.order:  # "how long?", with nothing said before it
        return Decided(decision="handoff" if turn.asked_back else "clarify", reason="unclear")
    if evidence < needed:
        return Decided(decision="handoff", reason="no_evidence")
    if not turn.asked_back and choices(question, ranked=ranked):
        return Decided(decision="clarify", reason="ambiguous")
    return Decided(decision="answer", reason="supported")


def choices(question: Asked, *, ranked: Sequence[Candidate]) -> tuple[str, ...]:
    """The titles between which a bare word ("returns?") leaves everything open; none when it does not."""
    if not ranked or len(question.words.order) > 1 or question.kinds:
        return ()
    best = ranked[0]
    close = [
        one
        for one in ranked
        if one.score >= 0.5 * best.score and one.passage.relevance >= 0.8 * best.passage.relevance
    ]
    titles = tuple(dict.fromkeys(one.passage.chunk.title for one in close if one.passage.chunk.title))
    named = [title for title in titles if _is_named(title, question=question)]
    return titles[:3] if len(titles) >= 2 and len(named) != 1 else ()


def _is_named(title: str, *, question: Asked) -> bool:
    """Whether the bare word is the very title of a page: "退票" where another page is called "改签"."""
    words = content_words(title)
    return bool(words.order) and words.known <= question.words.known
