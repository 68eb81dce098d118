"""What goes out: the events of one answer, in order, and the answer that ends them.

The texts of an answer's `Sentence` events, joined as they are, are the answer's text: each but the first starts with
the white space that belongs before it, and each ends with its citation marks ("… within 30 days. [1]").
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from retrieval import Passage

Decision = Literal["answer", "clarify", "act", "handoff"]
Source = Literal["model", "passage", "rules", "action"]
Language = Literal["zh", "en"]

# Why an answer is what it is. The first seven have decision "answer", then come "clarify" and "handoff".
REASONS = {
    "supported": "sentences that the model wrote or picked, each found in the passage that it cites",
    "quoted_model_down": "passages quoted: no model was ready, or it failed, was silent, too slow or garbled",
    "quoted_unsupported": "passages quoted: nothing that the model wrote was found in the passages",
    "quoted_off_question": "passages quoted: what the model wrote is true but answers something else",
    "certain": "passages quoted: one sentence answers beyond doubt, so no model was asked to write",
    "on_file": "the question is a listed one: the answer that people wrote for it, word for word, without the model",
    "small_talk": "a greeting, thanks or goodbye, answered by a rule",
    "ambiguous": "asked back: the question fits several documents equally well",
    "unclear": "asked back: nothing in the message can be looked up",
    "asked_for_person": "the customer asked for a person",
    "no_evidence": "the knowledge base does not say; a person is offered, nothing is handed over unasked",
    "search_down": "the knowledge base could not be searched; a person is offered",
    "acted": "an action was run that needs no confirmation, and its result is told",
    "action_refused": "an action was run, and the site's own service refused it and said why",
    "proposed": "an action waits for the customer's confirmation",
    "slot_missing": "asked back: the action needs something that the customer has not said",
    "slot_unclear": "what was asked back for an action could not be read; a person is offered",
    "not_verified": "an action was asked for by somebody who has not logged in; a person is offered",
    "action_failed": "an action failed, or nobody knows whether it was done; a person is offered",
    "failed": "something unforeseen went wrong; a person is offered",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """`question` stands alone: it holds what the customer left to the history."""

    question: str
    language: Language
    wants_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    passages: tuple[Passage, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    decision: Decision
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A checked sentence: it may be shown now."""

    text: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A passage that was used. `text` is the passage's own words, a copy that outlives it."""

    number: int
    chunk_id: str
    document_id: str
    title: str
    url: str = ""
    heading_path: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """An action that waits for the customer's confirmation. It holds what was said, and nobody's id."""

    action: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A sentence of the model that the customer does not see. `citation` is the chunk it was held against."""

    text: str
    reason: str
    citation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How the turn ends. `trace` explains it and can be stored as JSON; no thinking aloud is in it."""

    decision: Decision
    text: str
    reason: str
    citations: tuple[Citation, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    source: Source = "rules"
    offers_person: bool = False  # show "talk to a person" beside the text
    proposed: Proposed | None = None
    notice: str = ""  # "model_unavailable" where passages were quoted because no model answered
    trace: dict[str, Any] = field(default_factory=dict)
    usage: dict[str, int] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    answer: Answer


Event = Understood | Searched | Decided | Sentence | Cited | Proposed | Finished
