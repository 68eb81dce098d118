"""What a site lets its assistant do for a customer: the port. Knows no HTTP, no rows and nobody's id.

Whose order it is never stands here: the hand was made for one customer, by whoever checked who it is. What reads runs
at once; what changes something is only proposed, and runs when the customer has confirmed it elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from dialogue.events import Language

Intent = Literal["status", "cancel", "change_address", "return", ""]
SlotKind = Literal["code", "text", "choice", "number", "integer", "boolean", "date"]
Texts = Mapping[Language, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Something that must be known before it can be done."""

    name: str
    kind: SlotKind = "text"
    label: Texts = field(default_factory=dict)
    pattern: str = ""  # of a code: how it is written
    choices: tuple[str, ...] = ()
    spoken: Mapping[str, Texts] = field(default_factory=dict)  # what people call a choice
    longest: int = 200
    least: float | None = None
    most: float | None = None
    is_required: bool = True  # what is not is never asked for

    def label_in(self, language: Language) -> str:
        return self.label.get(language) or self.name

    def choice_in(self, language: Language, choice: str) -> str:
        return self.spoken.get(choice, {}).get(language) or choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One thing that can be asked for. Without an intent of ours it is recognised by the site's own words."""

    name: str
    title: Texts = field(default_factory=dict)
    intent: Intent = ""
    words: tuple[str, ...] = ()
    slots: tuple[Slot, ...] = ()
    is_confirmed: bool = True  # by the customer, before it is done

    def title_in(self, language: Language) -> str:
        return self.title.get(language) or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What was asked for in an earlier turn and waits for a slot."""

    action: str
    arguments: Mapping[str, str]
    missing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of it, as a sentence in which every value is the result's own."""

    text: str
    is_done: bool = True  # or refused: the text says why


class Hand(Protocol):
    """Acts for one customer of one site."""

    @property
    def offers(self) -> tuple[Offer, ...]: ...

    @property
    def knows_customer(self) -> bool:
        """Whether it was proved who asks; else nothing is done."""

    def run(self, action: str, arguments: Mapping[str, str], *, language: Language) -> Told:
        """What needs no confirmation. Blocking; raises `ActionFailed`."""
