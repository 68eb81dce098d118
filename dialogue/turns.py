"""What comes in: a customer's turn, what was said before it, and how much an answer may cost."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dialogue.acting import Pending
from retrieval import SearchResult

Role = Literal["user", "assistant", "agent"]
Search = Callable[..., SearchResult]  # search(question, limit=…); blocking: it is run in a thread


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something that was said in this episode."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What an episode before this one came to, in short. It helps to understand a question, and is evidence of nothing."""

    asked: str  # its first question
    outcome: str = ""  # in the conversation's language
    named: tuple[str, ...] = ()  # numbers of orders and the like that the customer spoke of


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The question and its surroundings. `history` is oldest first and ends before the question, `earlier` latest first."""

    question: str
    history: tuple[Utterance, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    site_name: str = ""
    locale: str = "en"  # "zh-hans" or "en": the language where the question's own cannot be told
    asked_back: bool = False  # the last assistant turn was a clarifying question
    pending: Pending | None = None  # the action for which it asked something back


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLimits:
    """How much one answer may cost. Times are seconds; together they end well inside fifteen."""

    passages: int = 8  # looked at
    search: float = 4.0
    translating: float = 4.0  # a question that no page in its own language answers
    first_token: float = 8.0  # from the request until the model shows a sign of life
    between_tokens: float = 4.0
    total: float = 12.5  # from the question until writing stops
    tokens: int = 160
    sentences: int = 3  # shown; then writing ends
    quote_from: float = 1.0  # a best sentence of this score is quoted, no model is asked; 1: it always is


DEFAULT_LIMITS = AnswerLimits()
