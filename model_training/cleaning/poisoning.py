"""One contact's or one phrase's sudden weight: how somebody would bend a model that learns from conversations.

A contact may weigh a small share of the rows. A phrase that many rows carry is suspicious where it came suddenly (within a
short part of the time) or from few people, and where it leads somewhere: to a page, a number, a mail address. What goes
beyond its fair weight is dropped and the phrase is shown. Knows nothing of what is true.
"""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from model_training.cleaning.settings import CleaningSettings
from model_training.cleaning.wording import Kind, kind_of
from model_training.records import Conversation

_BUCKETS = 1 << 22
_LENGTH = 5  # words or Chinese characters in a phrase
_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W_]+(?:[.'@:/-]+[^\W_]+)*")
_LINK = re.compile(r"(?:https?://)?(?:[a-z0-9-]+\.)+[a-z]{2,12}(?:/[\w./?=&%-]*)?")
_SUDDEN = 0.2  # of the time in which conversations were held
_NEARLY_ALL = 0.9  # of a phrase's rows
_FEW = 0.34  # of the people who would use it by chance
_ONE_TOPIC = 0.5  # of a phrase's rows
_LEAST_KEPT = 5
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Phrase:
    text: str
    rows: Sequence[int]
    why: str


def overweight_contacts(
    contacts: Sequence[str], *, rows: Sequence[int], settings: CleaningSettings
) -> dict[int, str]:
    """Rows beyond what one contact may weigh; the evenly chosen others stay. Row → what it is."""
    allowed = max(settings.contact_rows, round(settings.contact_share * len(rows)))
    by_contact: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows:
        if contacts[row]:
            by_contact[contacts[row]].append(row)
    return {
        row: f"{contact} has {len(own):,} of {len(rows):,} conversations, {allowed:,} may count"
        for contact, own in by_contact.items()
        if len(own) > allowed
        for row in _beyond(own, allowed=allowed)
    }


class PhraseCounter:
    """First hears all rows roughly, then keeps exact rows of the few phrases that may weigh too much."""

    def __init__(self) -> None:
        self._counts = np.zeros(_BUCKETS, dtype=np.uint32)

    def hear(self, conversation: Conversation) -> None:
        self._counts[_keys(phrases_of(conversation))] += np.uint32(1)

    def frequent(self, conversation: Conversation, *, least: int) -> set[str]:
        phrases = phrases_of(conversation)
        counts = self._counts[_keys(phrases)] if phrases else []
        return {phrase for phrase, count in zip(phrases, counts, strict=True) if count >= least}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Among which rows a phrase is judged: per row who, when (0 where unknown) and about what."""

    contacts: Sequence[str]
    moments: Sequence[float]
    clusters: Sequence[int]
    rows: Sequence[int]

    @cached_property
    def people(self) -> int:
        return len({self.contacts[row] or str(row) for row in self.rows})

    @cached_property
    def span(self) -> tuple[float, float]:
        """From when to when conversations were held, but for the two outermost in a hundred on each side."""
        known = sorted(self.moments[row] for row in self.rows if self.moments[row])
        return (known[len(known) // 50], known[-1 - len(known) // 50]) if known else (0.0, 0.0)


def overweight_phrases(
    rows_of: Mapping[str, list[int]], *, setting: Setting, settings: CleaningSettings
) -> tuple[dict[int, str], list[Phrase]]:
    """Rows beyond a suspicious phrase's fair weight (row → the phrase), and the phrases, heaviest first."""
    suspicious = [
        Phrase(text, rows, why)
        for text, rows in rows_of.items()
        if len(rows) >= settings.phrase_rows and (why := _why(text, rows, setting=setting))
    ]
    dropped: dict[int, str] = {}
    shown: list[Phrase] = []
    for phrase in sorted(suspicious, key=lambda phrase: (-len(phrase.rows), phrase.text)):
        fresh = [row for row in phrase.rows if row not in dropped]
        if len(fresh) < settings.phrase_rows:
            continue  # another phrase of the same sentence has taken these rows
        shown.append(phrase)
        dropped |= dict.fromkeys(_beyond(fresh, allowed=_LEAST_KEPT), f"“{phrase.text}”: {phrase.why}")
    return dropped, shown[:_SHOWN]


def phrases_of(conversation: Conversation) -> list[str]:
    """Every few words in a row that carry something, and every page that is named; each once."""
    phrases: dict[str, None] = {}
    for message in conversation.messages:
        if kind_of(message.content) is Kind.BOILERPLATE:
            continue
        text = unicodedata.normalize("NFKC", message.content).casefold()
        phrases |= dict.fromkeys(_LINK.findall(text))
        tokens = _TOKEN.findall(text)
        phrases |= dict.fromkeys(
            " ".join(tokens[start : start + _LENGTH]) for start in range(len(tokens) - _LENGTH + 1)
        )
    return list(phrases)


def _why(text: str, rows: Sequence[int], *, setting: Setting) -> str:
    people = len({setting.contacts[row] or str(row) for row in rows})
    if people <= _FEW * _expected_people(len(rows), people=setting.people):
        return f"{len(rows):,} rows from {people:,} people"
    leads = bool(_LINK.search(text))
    if (leads or _is_about_nothing(rows, clusters=setting.clusters)) and _came_suddenly(
        [setting.moments[row] for row in rows], span=setting.span
    ):
        return f"{len(rows):,} rows within a short time"
    return ""


def _expected_people(rows: int, *, people: int) -> float:
    """How many different people would write so many rows, if they were drawn at random."""
    return float(people * (1 - (1 - 1 / people) ** rows))


def _is_about_nothing(rows: Sequence[int], *, clusters: Sequence[int]) -> bool:
    """A topic's own words stand in its own group; what was planted stands in many."""
    (_, most), *_rest = Counter(clusters[row] for row in rows).most_common(1)
    return most <= _ONE_TOPIC * len(rows)


def _came_suddenly(moments: Sequence[float], *, span: tuple[float, float]) -> bool:
    length = span[1] - span[0]
    known = sorted(moment for moment in moments if moment)
    if length <= 0 or len(known) < len(moments) / 2:
        return False
    wide = int(_NEARLY_ALL * len(known))
    shortest = min(known[start + wide - 1] - known[start] for start in range(len(known) - wide + 1))
    return shortest < _SUDDEN * length


def _beyond(rows: Sequence[int], *, allowed: int) -> Iterator[int]:
    """All but `allowed` rows, these spread evenly."""
    kept = {rows[round(place * (len(rows) - 1) / max(1, allowed - 1))] for place in range(allowed)}
    return (row for row in rows if row not in kept)


def _keys(phrases: Iterable[str]) -> np.ndarray:
    """A place for each phrase, each place once."""
    digests = [
        hashlib.blake2b(phrase.encode("utf-8", errors="replace"), digest_size=4).digest()
        for phrase in phrases
    ]
    return np.frombuffer(b"".join(digests), dtype=np.uint32) % _BUCKETS


def tally(rows: Iterable[tuple[int, set[str]]]) -> dict[str, list[int]]:
    rows_of: defaultdict[str, list[int]] = defaultdict(list)
    for row, phrases in rows:
        for phrase in phrases:
            rows_of[phrase].append(row)
    return dict(rows_of)


def heaviest(contacts: Sequence[str], *, rows: Sequence[int], most: int = 8) -> list[tuple[str, int]]:
    return Counter(contacts[row] for row in rows if contacts[row]).most_common(most)
