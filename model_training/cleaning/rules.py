"""One conversation at a time: whether it may be learnt from, and which of its replies.

A conversation is dropped whole for what is wrong with all of it. A reply that teaches nothing stays where it is, for
the sake of what follows, and is marked as not to be learnt; a conversation that is left without a reply worth learning
goes, under the reason that most of its replies have. Knows nothing of other conversations.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from model_training.cleaning import encoding
from model_training.cleaning.languages import language_of
from model_training.cleaning.settings import CleaningSettings
from model_training.cleaning.wording import Kind, kind_of, pattern_of
from model_training.records import Conversation, Message


class Reason(StrEnum):
    """Every reason for which a row, or a reply in it, is not learnt. `docs/cleaning.md` says what each means."""

    MALFORMED = "malformed"
    REPEATED_ID = "repeated_id"
    NO_CONSENT = "no_consent"
    UNRESOLVED = "unresolved"
    ONE_SIDED = "one_sided"
    LANGUAGE = "language"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    BOILERPLATE = "boilerplate"
    BROKEN_ENCODING = "broken_encoding"
    NOISE = "noise"
    TOXIC = "toxic"
    SENSITIVE = "sensitive"
    INJECTION = "injection"
    HANDOFF = "handoff"
    HOLLOW_APOLOGY = "hollow_apology"
    ECHO = "echo"
    RATED_DOWN = "rated_down"
    EXACT_DUPLICATE = "exact_duplicate"
    NEAR_DUPLICATE = "near_duplicate"
    CLUSTER = "cluster"
    CONTACT_WEIGHT = "contact_weight"
    PHRASE_WEIGHT = "phrase_weight"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why the conversation goes ("" where it stays), and per message why it is not to be learnt."""

    dropped: str
    detail: str
    unlearnt: Sequence[str]

    @property
    def stays(self) -> bool:
        return not self.dropped


_OPEN = frozenset(
    {"assistant", "waiting", "agent", "open", "pending", "abandoned", "unresolved", "escalated", "failed"}
)
_KINDS = {
    Kind.BOILERPLATE: Reason.BOILERPLATE,
    Kind.HANDOFF: Reason.HANDOFF,
    Kind.HOLLOW_APOLOGY: Reason.HOLLOW_APOLOGY,
}
_LEAST_FOR_LANGUAGE = 12  # letters; what is shorter may well be a name or a thank-you in another language


def judge(conversation: Conversation, *, settings: CleaningSettings) -> Verdict:
    messages = conversation.messages
    fault = next(_faults(conversation, settings=settings), None)
    if fault:
        return Verdict(*fault, unlearnt=())
    question_language = language_of(" ".join(m.content for m in messages if m.role == "user"))
    unlearnt = [
        _why_not(message, before=messages[:place], language=question_language)
        for place, message in enumerate(messages)
    ]
    if has_preference(messages) or not all(unlearnt):
        return Verdict("", "", unlearnt)
    reasons = Counter(
        why for message, why in zip(messages, unlearnt, strict=True) if message.role == "assistant"
    )
    return Verdict(
        max(reasons, key=lambda why: (why != Reason.BOILERPLATE, reasons[why])), "no reply is left", unlearnt
    )


def has_preference(messages: Sequence[Message]) -> bool:
    """A thumb or an edited draft: worth keeping whatever the reply was."""
    return any(message.role == "assistant" and (message.rating or message.draft) for message in messages)


def _faults(conversation: Conversation, *, settings: CleaningSettings) -> Iterator[tuple[str, str]]:
    """In the order in which a person would look; only the first is used."""
    messages = conversation.messages
    asked = "\n".join(message.content for message in messages if message.role == "user")
    replied = "\n".join(message.content for message in messages if message.role == "assistant")
    if not conversation.consent:
        yield Reason.NO_CONSENT, ""
    if str(conversation.outcome.get("status", "")).lower() in _OPEN:
        yield Reason.UNRESOLVED, f"status {conversation.outcome['status']}"
    if not asked.strip() or not replied.strip():
        yield Reason.ONE_SIDED, "the customer says nothing" if not asked.strip() else "nobody replies"
    if encoding.is_broken(asked) or encoding.is_broken(replied):
        yield Reason.BROKEN_ENCODING, ""
    if len(messages) > settings.most_messages:
        yield Reason.TOO_LONG, f"{len(messages)} messages"
    if any(len(message.content) > settings.longest_message for message in messages):
        yield Reason.TOO_LONG, f"a message has more than {settings.longest_message:,} characters"
    if _letters(asked) < settings.shortest_question:
        yield Reason.TOO_SHORT, ""
    if all(
        encoding.is_noise(message.content)
        for message in messages
        if message.role == "user" and message.content
    ):
        yield Reason.NOISE, ""
    yield from _unwanted(asked + "\n" + replied)
    yield from _language_fault(conversation, asked=asked, settings=settings)
    if all(kind_of(message.content) == Kind.BOILERPLATE for message in messages if message.role == "user"):
        yield Reason.BOILERPLATE, "the customer asks nothing"


def _unwanted(text: str) -> Iterator[tuple[str, str]]:
    plain = unicodedata.normalize("NFKC", text).replace("’", "'")
    for reason in (Reason.INJECTION, Reason.TOXIC, Reason.SENSITIVE):
        if pattern_of(reason.value).search(plain):
            yield reason, ""


def _language_fault(
    conversation: Conversation, *, asked: str, settings: CleaningSettings
) -> Iterator[tuple[str, str]]:
    written = language_of(asked) if _letters(asked) >= _LEAST_FOR_LANGUAGE else ""
    language = written or conversation.language.lower().split("-")[0].split("_")[0]
    if language and language not in settings.languages:
        yield Reason.LANGUAGE, language


def _why_not(message: Message, *, before: Sequence[Message], language: str) -> str:
    """Why a message is not to be learnt, "" if it is."""
    if message.role == "user":
        return "customer"
    text = message.content
    if not text.strip():
        return Reason.TOO_SHORT
    if message.rating == "down":
        return Reason.RATED_DOWN
    if message.decision == "handoff":
        return Reason.HANDOFF
    if not any(earlier.role == "user" for earlier in before):
        return Reason.BOILERPLATE  # a greeting: nobody has asked yet
    kind = kind_of(text)
    if kind is not Kind.SUBSTANCE:
        return _KINDS[kind]
    if encoding.is_noise(text):
        return Reason.NOISE
    if _letters(text) < 2 and not any(character.isdigit() for character in text):
        return Reason.TOO_SHORT
    if any(_same(text, earlier.content) for earlier in before if earlier.role == "user"):
        return Reason.ECHO
    return Reason.LANGUAGE if _other_language(text, than=language) else ""


def _other_language(text: str, *, than: str) -> bool:
    if _letters(text) < _LEAST_FOR_LANGUAGE or than not in ("zh", "en"):
        return False
    return language_of(text) not in (than, "")


def _letters(text: str) -> int:
    return sum(character.isalpha() for character in text)


def _same(one: str, other: str) -> bool:
    return len(one) > 12 and one.strip().casefold() == other.strip().casefold()
