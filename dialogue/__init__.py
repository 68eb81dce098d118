"""A turn, a search and a model in; a checked, cited answer out. Knows no Django.

`answer` tells an answer as events while it comes about and ends with `Finished`. What a customer sees of a passage is
the passage's own words: see `answering`, `verifying.checking` and `searching.evidence`, in this order.

DialogueError
├── ActionFailed   what was asked for could not be done; raised by a `Hand`, told to the customer
├── ModelFailed    the model gave nothing usable; inside this package it ends in a quotation
├── JudgeFailed    a judge gave no verdict; inside this package the light check's verdict stands
└── CannotReplay   a trace without a prompt, or of another shape
"""

from dialogue.acting import Hand, Offer, Pending, Slot, SlotKind, Told
from dialogue.answering import answer
from dialogue.errors import ActionFailed, CannotReplay, DialogueError, JudgeFailed, ModelFailed
from dialogue.events import (
    REASONS,
    Answer,
    Citation,
    Cited,
    Decided,
    Event,
    Finished,
    Language,
    Proposed,
    Searched,
    Sentence,
    Understood,
    Withheld,
)
from dialogue.replaying import RebuiltPrompt, rebuild_prompt
from dialogue.searching.looking_up import LookedUp, look_up
from dialogue.translating import Translation, translate
from dialogue.turns import AnswerLimits, Earlier, Search, Turn, Utterance
from dialogue.understanding.persons import wants_person
from dialogue.understanding.reading import Understanding, language_of, small_talk_in, understand
from dialogue.understanding.requesting import Request, request_in
from dialogue.verifying.judging import ServedJudge
from dialogue.verifying.picking import SupportCheck
from dialogue.verifying.supporting import (
    STRICTNESSES,
    Judge,
    Strictness,
    Support,
    default_support_fit,
    support_of,
)
from dialogue.wording import asks_back
from dialogue.writing.connecting import connect, is_ready
from dialogue.writing.prompting import PROMPT_VERSION, build_prompt

__all__ = [
    "PROMPT_VERSION",
    "REASONS",
    "STRICTNESSES",
    "ActionFailed",
    "Answer",
    "AnswerLimits",
    "CannotReplay",
    "Citation",
    "Cited",
    "Decided",
    "DialogueError",
    "Earlier",
    "Event",
    "Finished",
    "Hand",
    "Judge",
    "JudgeFailed",
    "Language",
    "LookedUp",
    "ModelFailed",
    "Offer",
    "Pending",
    "Proposed",
    "RebuiltPrompt",
    "Request",
    "Search",
    "Searched",
    "Sentence",
    "ServedJudge",
    "Slot",
    "SlotKind",
    "Strictness",
    "Support",
    "SupportCheck",
    "Told",
    "Translation",
    "Turn",
    "Understanding",
    "Understood",
    "Utterance",
    "Withheld",
    "answer",
    "asks_back",
    "build_prompt",
    "connect",
    "default_support_fit",
    "is_ready",
    "language_of",
    "look_up",
    "rebuild_prompt",
    "request_in",
    "small_talk_in",
    "support_of",
    "translate",
    "understand",
    "wants_person",
]
