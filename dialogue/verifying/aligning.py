"""A sentence beside a passage → what speaks against its being said there, as numbers.

Each feature is 0 where nothing is wrong and grows with doubt, so that whatever is fitted on them can only trust a
sentence less for having more of them. Knows the rules of facts, polarity and words; nothing of thresholds.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cache, lru_cache
from itertools import pairwise, zip_longest
from pathlib import Path

from dialogue.language.facts import Fact, facts_in, is_same_time, words_in_facts
from dialogue.language.numbers import plain_number, plain_signs
from dialogue.language.paraphrase import Meant, meanings_of, meant, together, without
from dialogue.language.polarity import denies, disagreement
from dialogue.language.sentences import is_chinese, sentences_of
from dialogue.language.units import BARE, CURRENCIES
from dialogue.language.words import concepts_of, content_words, coverage
from retrieval import STOP_WORDS, Table, parts_of, words_of

_FEW = frozenset(str(number) for number in range(1, 11))
_OPPOSITES = Path(__file__).parent.parent / "lexicon" / "opposites.txt"
_CLAUSE_ENDS = re.compile(r"[,，](?!\s?\d)|[;；。！？!?]|\.\s+|\s+-\s+|，")
CONDITION = re.compile(
    r"\b(?:if|unless|when|whenever|once|until|except|provided|providing|as long as|as soon as|only|in case|after|before|within|without|"
    r"excluding|other than|apart from|subject to|limited to)\b"
    r"|如果|如(?=[^何果])|若|假如|要是|除非|除|只要|只有|只限|仅|限|凡|须|需先|之前|之后|以前|以后|前提|时(?=[，,、]|$)|的话|以内|内(?=[，,])|[前后](?=[，,付下申提到可才])|因(?![为此而])|满(?=\d)",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    r"\b(?:only|solely|exclusively|except|unless|excluding)\b|仅|只(?!要)|唯一|除非|除外|专", re.IGNORECASE
)
_HEDGE = re.compile(
    r"\b(?:may|might|could|usually|normally|typically|generally|often|sometimes|about|around|approximately|roughly|up to|"
    r"some|most|many|several|partly|probably|likely|estimated|selected|certain|nearly|almost)\b"
    r"|可能|通常|一般|大多|多数|大部分|部分|有些|某些|约|大约|左右|预计|估计|或许|有时|经常|主要|之一|近(?=\d)|个别|指定|最多|不超过",
    re.IGNORECASE,
)
_SURE = re.compile(
    r"\b(?:always|all|every|any|must|never|guaranteed?|certainly|exactly)\b|一律|一定|必须|总是|始终|全部|所有|任何|均|都",
    re.IGNORECASE,
)
_CERTAIN = re.compile(
    r"\b(?:always|exactly|precisely|guaranteed?|guarantees|definitely|certainly|surely|without exception|in every case)\b"
    r"|一定|必定|必然|肯定|保证|确保|总是|始终|一律|正好|准时|毫无例外",
    re.IGNORECASE,
)
_DOUBTFUL = re.compile(
    r"\b(?:may|might|could|maybe|perhaps|possibly|probably|likely|sometimes|occasionally|in some cases)\b"
    r"|也许|说不定|可能|或许|有时|未必|不一定|大概会|看情况|视情况",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"\b(?:all|every|everything|everyone|any|anyone|anything|each|whenever|always|never|no matter|regardless|entire|whole)\b"
    r"|所有|全部|任何|一切|每[个一次件位项张条天]|一律|全都|不管|不论|无论|随便|随时|都行",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:because|since|due to|owing to|so that|thanks to|as a result|in order to|that's why|that is why|on account of|given that|the reason)\b"
    r"|因为|由于|因(?=[^此而])|为了|所以|是为|好让|以便|以免|以防|原因",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[a-z0-9,'’] )[A-Z][\w'’-]+|(?<![\w])[A-Z]{2,}[\w-]*|《[^》]+》", re.ASCII)
_NAME_AMID_CHINESE = re.compile(r"[A-Za-z][A-Za-z0-9_-]+")
_ONE = re.compile(r"\b(?:an?|one|per|each|every)\b|[一每]", re.IGNORECASE)
_EVERYDAY_NAMES = frozenset(
    [
        "i",
        "ok",
        "yes",
        "no",
        "mr",
        "mrs",
        "ms",
        "dr",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ]
)
# Words that only join others: which of them is used changes nothing that the rules on sense do not see.
_JOINING = frozenset(
    [
        "能",
        "会",
        "可",
        "可以",
        "能够",
        "将",
        "要",
        "需要",
        "才",
        "就",
        "也",
        "被",
        "把",
        "给",
        "用",
        "来",
        "去",
        "吧",
        "呢",
        "到",
        "时",
        "时候",
        "里",
        "中",
        "will",
        "shall",
    ]
)
_PRICE = "costs 费用 付"  # what an amount of money says without a word for it
ALIKE = 0.6  # word sequences that are this much alike are the same sentence with something changed
NEARLY_THE_SAME = 0.75
_NEAR = 5  # words within which two that stand side by side in a sentence should stand in the passage


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence of the passage, ready to be held against."""

    text: str
    words: Meant
    sequence: tuple[str, ...]
    facts: tuple[Fact, ...]


@lru_cache(maxsize=512)
def places_in(passage: str) -> tuple[Place, ...]:
    passage = plain_signs(passage)
    # A table without rows says nothing as a table.
    return tuple(map(_place, sentences_of(_with_tables_read(passage)) or sentences_of(passage)))


_NAMED_CELLS = re.compile(
    r"\s*[^:;|]{1,24}:[^:;|]+(?:;[^:;|]{1,24}:[^:;|]+)+;?\s*"
)  # "Region: North; Price: $5"


def _with_tables_read(passage: str) -> str:
    """The rows of tables, each cell with its column and with what the row is about: "Weight 2 kg Europe $5; …"."""
    return "\n".join(
        line
        for part in parts_of(passage)
        for line in (_rows_of(part) if isinstance(part, Table) else map(_row_in, part.split("\n")))
    )


def _rows_of(table: Table) -> Iterator[str]:
    for row in table.rows:
        named = zip_longest(table.header, row, fillvalue="")
        yield _each_with_the_first([f"{name} {cell}".strip() for name, cell in named if cell])


def _row_in(line: str) -> str:
    return _each_with_the_first(line.rstrip("; ").split(";")) if _NAMED_CELLS.fullmatch(line) else line


def _each_with_the_first(cells: Sequence[str]) -> str:
    first, *others = (re.sub(r":\s*", " ", cell).strip() for cell in cells or [""])
    return "; ".join(f"{first} {other}" for other in others) or first


def _place(text: str) -> Place:
    words, facts = meant(text), facts_in(text)
    if any(fact.unit in CURRENCIES.values() for fact in facts):
        words = replace(together(words, meant(_PRICE)), order=words.order)
    return Place(text, words, tuple(words_of(text)), facts)


def clauses_of(sentence: str) -> list[str]:
    """Its parts; what is too short to say anything by itself goes with the part before it."""
    parts: list[str] = []
    for part in _CLAUSE_ENDS.split(sentence):
        if part and part.strip():
            if parts and len(content_words(part).order) < 2:
                parts[-1] = f"{parts[-1]}, {part.strip()}"
            else:
                parts.append(part.strip())
    return parts


# In what is otherwise the passage's own sentence, the same sign weighs more than in other words for it.
_WEIGHTIER = (
    "negation_count",
    "denied",
    "opposite",
    "opposed",
    "condition",
    "limit",
    "hedge",
    "qualifier",
    "certain",
    "total",
    "actor",
    "name",
    "fact_dropped",
    "unsaid_part",
    "unsaid_clauses",
    "unbound_clause",
)


@dataclass(frozen=True, slots=True)
class _Held:
    """A sentence, and what of a passage it is held against."""

    sentence: str
    clauses: Sequence[str]
    words: Meant  # that tell something, without those of its facts
    places: Sequence[Place]
    about: Meant  # what the passage stands under
    aligned: Sequence[Place]
    nearest: Place

    @property
    def source(self) -> str:
        return " ".join(place.text for place in self.aligned)


def doubts(sentence: str, *, passage: str, topic: str = "") -> dict[str, float]:
    """All features, of a passage that says anything at all. `topic` is what the passage stands under: title, headings, the question of an FAQ."""
    held = _hold(sentence, places=places_in(passage), about=meant(topic))
    likeness, changes = _about_changes(held.sentence, nearest=held.nearest, about=held.about)
    found = {
        **_about_words(held),
        **_about_facts(held),
        "name": float(min(3, _names_missing(held.sentence, passage=f"{topic} {passage}"))),
        **_about_sense(held.sentence, source=held.source, nearest=held.nearest),
        **changes,
        **_about_marks(held),
        "few_words": 1.0 if len(held.words.order) < 3 else 0.0,
    }
    return found | {f"{name} in the same": found[name] * (likeness > ALIKE) for name in _WEIGHTIER}


def _hold(sentence: str, *, places: Sequence[Place], about: Meant) -> _Held:
    sentence = plain_signs(sentence)
    clauses, words = clauses_of(sentence) or [sentence], _plain_words(sentence)
    return _Held(
        sentence=sentence,
        clauses=clauses,
        words=words,
        places=places,
        about=about,
        aligned=_aligned(sentence, clauses=clauses, places=places, about=about),
        nearest=_nearest(words, facts=facts_in(sentence), places=places, about=about),
    )


def _about_words(held: _Held) -> dict[str, float]:
    """How much of what it says the passage does not: anywhere, where it is said best, clause by clause."""
    words, places, about = held.words, held.places, held.about
    everything = together(about, *(place.words for place in places))
    here = together(about, *(place.words for place in held.aligned))
    novel = [word for word in words.order if not everything.match(word)]
    uncovered = [_uncovered(clause, places=places, about=about) for clause in held.clauses]
    return {
        "unsaid": 1 - coverage(words, by=everything),
        "unsaid_words": math.log1p(len(novel)),
        "unsaid_here": 1 - coverage(words, by=here),
        "unsaid_in_one": 1 - coverage(words, by=together(about, held.nearest.words)),
        "unsaid_clause": max(uncovered),
        "unsaid_clauses": sum(one > 0.5 for one in uncovered),
        "unsaid_part": max(_uncovered_with_facts(one, places=places, about=about) for one in held.clauses),
        "apart": _apart(held.sentence, places=places, about=about),
    }


def _about_marks(held: _Held) -> dict[str, float]:
    """Opposites, what is made surer or explained, and what narrows the passage's nearest sentence and is not repeated."""
    sentence, nearest = held.sentence, held.nearest
    hedged, hedges = bool(_HEDGE.search(nearest.text)), bool(_HEDGE.search(sentence))
    return {
        "opposite": float(_opposed(sentence, source=held.source)),
        **_contrasts(held.clauses, places=held.places, about=held.about),
        "certain": _new(_CERTAIN, sentence=sentence, source=held.source),
        "doubtful": _new(_DOUBTFUL, sentence=sentence, source=held.source),
        "total": _new(_TOTAL, sentence=sentence, source=held.source),
        "cause": _new(_CAUSE, sentence=sentence, source=held.source),
        "surer": float(hedged and bool(_SURE.search(sentence)) and not hedges),
        "crossed": _crossed(sentence, places=held.places, about=held.about),
        "condition": _dropped(CONDITION, sentence=sentence, nearest=nearest, words=held.words),
        "limit": float(bool(_LIMIT.search(nearest.text)) and not _LIMIT.search(sentence)),
        "hedge": float(hedged and not hedges),
    }


def _plain_words(text: str) -> Meant:
    return without(meant(text), words=words_in_facts(text))


def _aligned(
    sentence: str, *, clauses: Sequence[str], places: Sequence[Place], about: Meant
) -> tuple[Place, ...]:
    """Where each of its clauses is said best, in reading order."""
    chosen = {
        places.index(_nearest(meant(clause), facts=facts_in(clause), places=places, about=about))
        for clause in (sentence, *clauses)
        if meant(clause).order
    }
    return tuple(places[number] for number in sorted(chosen)) or (places[0],)


def _nearest(words: Meant, *, facts: Sequence[Fact], places: Sequence[Place], about: Meant) -> Place:
    """The place that says most of the words and of the facts, and little else."""
    return max(
        places,
        key=lambda place: (
            coverage(words, by=place.words)
            + sum(_is_said(fact, by=place.facts) for fact in facts) / (len(facts) or 1) * 0.6
            + 0.1 * coverage(words, by=together(place.words, about))
            + 0.2 * coverage(place.words, by=words) * bool(place.words.order)
        ),
    )


def _uncovered(clause: str, *, places: Sequence[Place], about: Meant) -> float:
    words = _plain_words(clause)
    if len(words.order) < 2:
        return 0.0
    return 1 - max(coverage(words, by=together(place.words, about)) for place in places)


def _uncovered_with_facts(clause: str, *, places: Sequence[Place], about: Meant) -> float:
    """What no single clause of the passage says of it, each of its facts counted as a word."""
    words, facts = _plain_words(clause), facts_in(clause)
    if len(words.order) + len(facts) < 2:
        return 0.0

    def covered(part: Place) -> float:
        said = sum(_is_said(fact, by=part.facts) for fact in facts)
        return (coverage(words, by=together(part.words, about)) * len(words.order) + said) / (
            len(words.order) + len(facts)
        )

    return 1 - max(map(covered, _clauses_in(places)), default=0.0)


def _crossed(sentence: str, *, places: Sequence[Place], about: Meant) -> float:
    """The share of its words that no single clause of the passage says together, though each is said somewhere."""
    everything = together(about, *(place.words for place in places))
    words = [
        word for word in _plain_words(sentence).order if everything.match(word) and not about.match(word)
    ]
    if len(words) < 2 or len(clauses_of(sentence)) > 1:
        return 0.0
    most = max((sum(part.words.match(word) > 0 for word in words) for part in _clauses_in(places)), default=0)
    return 1 - most / len(words)


def _apart(sentence: str, *, places: Sequence[Place], about: Meant) -> float:
    """The share of neighbouring content words that nowhere in the passage stand near each other."""
    words = [word for word in words_of(sentence) if word not in STOP_WORDS]
    pairs = [(one, other) for one, other in pairwise(words) if one != other]
    known = [pair for pair in pairs if not all(word in about.known for word in pair)]
    if not known:
        return 0.0
    return sum(not any(_stand_near(pair, place=place) for place in places) for pair in known) / len(known)


def _stand_near(pair: tuple[str, str], *, place: Place) -> bool:
    one, other = (_where(word, place=place) for word in pair)
    return any(abs(a - b) <= _NEAR for a in one for b in other)


def _where(word: str, *, place: Place) -> list[int]:
    return [number for number, other in enumerate(place.sequence) if other == word or _are_near(word, other)]


def _are_near(word: str, other: str) -> bool:
    return bool(concepts_of(word) & concepts_of(other) or meanings_of(word) & meanings_of(other))


# --- facts -----------------------------------------------------------------------------------------------------------


def _about_facts(held: _Held) -> dict[str, float]:
    facts, places, about = facts_in(held.sentence), held.places, held.about
    known = [fact for place in places for fact in (*place.facts, *_unwritten(place.text))]
    here = [fact for place in held.aligned for fact in place.facts]
    absent = [fact for fact in facts if not _is_said(fact, by=known) and not _is_one(fact, places=places)]
    wrong = [fact for fact in absent if any(fact.value == other.value for other in known)]
    few = [fact for fact in absent if fact not in wrong and _is_few(fact)]
    parts = _clauses_in(places)
    return {
        "fact": float(min(3, len(absent) - len(wrong) - len(few))),
        "few": float(len(few)),
        "unit": float(min(3, len(wrong))),
        "fact_elsewhere": float(any(not _is_said(fact, by=here) for fact in facts if fact not in absent)),
        "fact_dropped": float(_bounds_dropped(facts, nearest=held.nearest)),
        "bound": float(any(_is_bound_otherwise(fact, by=known) for fact in facts)),
        "unbound": max(_unbound(clause, places=places, about=about) for clause in held.clauses),
        "unbound_clause": max(_unbound(clause, places=parts, about=about) for clause in held.clauses),
    }


def _is_few(fact: Fact) -> bool:
    """ "Either of the two", where the passage names them: no number stands there, but who reads can count."""
    return fact.kind == "amount" and fact.unit == BARE and fact.value in _FEW


def _is_one(fact: Fact, *, places: Sequence[Place]) -> bool:
    """ "1 hour" where the passage says "an hour"."""
    return fact.value == "1" and fact.kind == "amount" and any(_ONE.search(place.text) for place in places)


_A_WHILE = re.compile(r"(?<![\d£$€¥] )(?<!\d )\ban? (year|month|week|day|hour|fortnight)\b", re.IGNORECASE)
_HALF_PRICE = re.compile(r"\bhal(?:f|ves)\b|一半|半价|减半|对半|对折|半数", re.IGNORECASE)


def _unwritten(text: str) -> Iterator[Fact]:
    """What is told without a figure: "within a week" is in seven days, half the price fifty percent, 打7折 thirty off."""
    for found in _A_WHILE.finditer(text):
        unit = found[1].lower()
        yield Fact("amount", "14", "day") if unit == "fortnight" else Fact("amount", "1", unit)
    if _HALF_PRICE.search(text):
        yield Fact("percent", "50")
    for fact in facts_in(text):
        if fact.unit == "discount":
            paid = Decimal(fact.value) * (10 if Decimal(fact.value) < 10 else 1)
            yield from (Fact("percent", plain_number(paid)), Fact("percent", plain_number(100 - paid)))


def _bounds_dropped(facts: Sequence[Fact], *, nearest: Place) -> bool:
    """The passage's sentence sets a limit in figures that is not repeated."""
    return any(fact.bound and not _is_said(fact, by=facts) for fact in nearest.facts)


def _clauses_in(places: Sequence[Place]) -> tuple[Place, ...]:
    return tuple(part for place in places for part in _parts_of(place.text))


@lru_cache(maxsize=1_024)
def _parts_of(text: str) -> tuple[Place, ...]:
    return tuple(_place(part) for part in clauses_of(text))


def _is_said(fact: Fact, *, by: Sequence[Fact]) -> bool:
    return any(same_fact(fact, other=other) for other in by)


def _are_said(facts: Sequence[Fact], *, by: Sequence[Fact]) -> bool:
    return all(_is_said(fact, by=by) for fact in facts)


def same_fact(fact: Fact, *, other: Fact) -> bool:
    """The same value with the same unit; where one of them is bare, its unit is left to the words around."""
    if is_same_time(fact, other=other) or _are_as_long(fact, other):
        return True
    fact, other = _in_small_units(fact), _in_small_units(other)
    if fact.value != other.value:
        return False
    if fact.kind == "date" == other.kind:
        return not fact.unit or not other.unit or fact.unit == other.unit
    if fact.kind != other.kind:
        return _are_bare_numbers(fact, other)
    return fact.unit == other.unit or fact.unit == "" or (other.unit == "" and fact.kind == "amount")


# Months have other lengths, but who says "within a month" of thirty days has said it right; five working days are a week.
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_WORKING = {"business day": 1, "week": 5}


def _are_as_long(fact: Fact, other: Fact) -> bool:
    if not fact.kind == other.kind == "amount":
        return False
    return any(
        fact.unit in units
        and other.unit in units
        and Decimal(fact.value) * units[fact.unit] == Decimal(other.value) * units[other.unit]
        for units in (_DAYS, _WORKING)
    )


_BARE_KINDS = frozenset({"identifier", "phone"})


def _are_bare_numbers(*facts: Fact) -> bool:
    """Of unlike kinds, but nothing says what they count: a code that is a number, a share without its sign."""
    amounts = [fact for fact in facts if fact.kind == "amount"]
    return all(fact.kind in _BARE_KINDS or fact.kind in ("amount", "percent") for fact in facts) and all(
        fact.unit == "" for fact in amounts
    )


# A year is twelve months, half a year six: said either way it is the same.
_SMALLER = {
    "year": ("month", 12),
    "quarter": ("month", 3),
    "week": ("day", 7),
    "day": ("hour", 24),
    "hour": ("minute", 60),
    "minute": ("second", 60),
    "pound": ("gbp", 1),  # of money or of weight: the words around tell
    "celsius": ("degree", 1),
    "km": ("m", 1_000),
    "m": ("cm", 100),
    "cm": ("mm", 10),
    "tonne": ("kg", 1_000),
    "kg": ("g", 1_000),
    "jin": ("g", 500),
    "g": ("mg", 1_000),
    "l": ("ml", 1_000),
}


def _in_small_units(fact: Fact) -> Fact:
    while fact.kind == "amount" and fact.unit in _SMALLER:
        unit, times = _SMALLER[fact.unit]
        fact = replace(fact, unit=unit, value=plain_number(Decimal(fact.value) * times))
    return fact


def _is_bound_otherwise(fact: Fact, *, by: Sequence[Fact]) -> bool:
    """At least where the passage says at most, or a bound that is not there."""
    same = [other for other in by if same_fact(fact, other=other)]
    return bool(same) and bool(fact.bound) and all(fact.bound != other.bound for other in same)


def _unbound(clause: str, *, places: Sequence[Place], about: Meant) -> float:
    """How much of what a clause says beside its facts is not said where those facts stand."""
    facts, words = facts_in(clause), _plain_words(clause)
    if not facts or not words.order:
        return 0.0
    worst = 0.0
    for fact in facts:
        homes = [place for place in places if _is_said(fact, by=place.facts)]
        if homes:
            own = max(coverage(words, by=together(place.words, about)) for place in homes)
            worst = max(worst, 1 - own)
    return worst


def _names_missing(sentence: str, *, passage: str) -> int:
    names = {found.group().strip("《》") for found in _NAME.finditer(sentence)}
    if is_chinese(sentence):
        names |= set(_NAME_AMID_CHINESE.findall(sentence))
    plain = _letters(passage)
    known = set(words_of(passage))
    return sum(
        _letters(name) not in plain and not all(word in known for word in words_of(name))
        for name in names
        if name.lower() not in _EVERYDAY_NAMES and name.lower() not in CURRENCIES
    )


def _letters(text: str) -> str:
    return re.sub(r"\W", "", unicodedata.normalize("NFKC", text).lower())


# --- sense -----------------------------------------------------------------------------------------------------------


def _about_sense(sentence: str, *, source: str, nearest: Place) -> dict[str, float]:
    """Held against all that is aligned and against the nearest sentence alone: what both object to counts."""
    said = _plainly(sentence)
    one, other = (
        disagreement(said, source=_plainly(source)),
        disagreement(said, source=_plainly(nearest.text)),
    )
    reasons = {one, other} if one and other else set()
    return {
        "negation": float("negation" in reasons),
        "negation_count": float(denies(said.lower()) != denies(_plainly(nearest.text).lower())),
        "qualifier": float("qualifier" in reasons),
        "actor": float("subject" in reasons),
    }


_FREE = re.compile(
    r"free of charge|costs? nothing|(?:no|without) (?:extra |additional )?(?:charge|fee|cost)s?|do(?:es)? not (?:have to )?pay(?: for)?"
    r"|不(?:用|需要?|必|额外)?(?:收|付|交|花|支付)(?:取|费|钱)?(?=.{0,2}(?:费|钱|$|[。，,]))|免收|包邮|无需支付",
    re.IGNORECASE,
)


def _plainly(text: str) -> str:
    """One word for what costs nothing, which some languages say by denying."""
    return _FREE.sub(lambda one: "free" if one.group().isascii() else "免费", text)


def _about_changes(sentence: str, *, nearest: Place, about: Meant) -> tuple[float, dict[str, float]]:
    """How alike it is to the passage sentence that it resembles most, and what differs, word by word."""
    words, factual = tuple(words_of(sentence)), words_in_facts(sentence)
    matcher = SequenceMatcher(None, words, nearest.sequence, autojunk=False)
    kept = sum(block.size for block in matcher.get_matching_blocks())
    likeness = kept / max(1, len(words))
    replaced = inserted = swapped = lost = turned = 0
    for what, start, end, other_start, other_end in matcher.get_opcodes():
        new = [
            word
            for word in words[start:end]
            if word not in factual and _tells(word, about=about, place=nearest)
        ]
        if what == "replace" and any(
            word not in STOP_WORDS for word in nearest.sequence[other_start:other_end]
        ):
            replaced += bool(new)
            swapped += any(word[0].isdigit() for word in words[start:end])
        elif what != "equal":
            inserted += len(new)
        if what == "replace":
            turned += _are_opposed(words[start:end], nearest.sequence[other_start:other_end])
        if what == "delete" and 0 < start < len(words):
            lost += any(word not in STOP_WORDS for word in nearest.sequence[other_start:other_end])
    return likeness, {
        "replaced": float(min(3, replaced)),
        "replaced_in_the_same": float(replaced > 0 and likeness > ALIKE),
        "replaced_alone": float(replaced > 0 and likeness > NEARLY_THE_SAME),
        "lost_inside": float(lost > 0 and likeness > NEARLY_THE_SAME),
        "turned": float(turned > 0 and likeness > ALIKE),
        "number_replaced": float(
            swapped > 0 and likeness > ALIKE and not _are_said(facts_in(sentence), by=nearest.facts)
        ),
        "inserted": math.log1p(inserted),
        "inserted_in_the_same": float(inserted > 0 and likeness > ALIKE),
        "unlike": 1 - likeness,
    }


def _tells(word: str, *, about: Meant, place: Place) -> bool:
    return (
        word not in STOP_WORDS
        and word not in _JOINING
        and not place.words.match(word)
        and not about.match(word)
    )


def _dropped(marks: re.Pattern[str], *, sentence: str, nearest: Place, words: Meant) -> float:
    """How surely a condition of the passage's sentence is missing, where the rest of it is said."""
    worst = 0.0
    for clause in _with_marks(marks, text=nearest.text):
        own = meant(clause)
        if own.order and not (marks.search(sentence) and coverage(own, by=meant(sentence)) > 0.3):
            worst = max(worst, 1 - coverage(own, by=meant(sentence)))
    return worst


def _with_marks(marks: re.Pattern[str], *, text: str) -> Iterator[str]:
    """The clauses that a condition opens, each from its mark on."""
    for clause in _CLAUSE_ENDS.split(text):
        if clause and (found := marks.search(clause)):
            yield clause[found.start() :] if clause.isascii() else clause


@cache
def _opposites() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    lines = _OPPOSITES.read_text(encoding="utf-8").splitlines()
    sides = [line.partition("/")[::2] for line in lines if line.strip() and not line.startswith("#")]
    return tuple((_stems(one), _stems(other)) for one, other in sides)


def _stems(words: str) -> frozenset[str]:
    return frozenset(word for entry in words.split() for word in words_of(entry)[:1])


def _contrasts(clauses: Sequence[str], *, places: Sequence[Place], about: Meant) -> dict[str, float]:
    """Each clause beside the clause of the passage that says most of it: the more it says, the more a contrast tells."""
    found = {"denied": 0.0, "opposed": 0.0}
    known = _clauses_in(places)
    for clause in clauses if known else ():
        own = _place(clause)
        words = without(own.words, words=words_in_facts(clause))
        if not words.order:
            continue
        near = max(known, key=lambda part: _closeness(words, part=part))
        said = max(0.0, coverage(words, by=together(near.words, about)) - 0.5)
        if denies(_plainly(clause).lower()) != denies(_plainly(near.text).lower()):
            found["denied"] = max(found["denied"], said)
        if _are_opposed(own.sequence, near.sequence):
            found["opposed"] = max(found["opposed"], said)
    return found


def _closeness(words: Meant, *, part: Place) -> float:
    return coverage(words, by=part.words) + 0.2 * coverage(part.words, by=words) * bool(part.words.order)


def _new(marks: re.Pattern[str], *, sentence: str, source: str) -> float:
    """It says something of this kind, and the passage nothing there."""
    return float(bool(marks.search(sentence)) and not marks.search(source))


def _opposed(sentence: str, *, source: str) -> bool:
    """A word of the one, where the other has its opposite and not itself."""
    return _are_opposed(words_of(sentence), words_of(source))


def _are_opposed(words: Sequence[str], others: Sequence[str]) -> bool:
    said, told = frozenset(words), frozenset(others)
    return any(
        (said & this and not said & that and told & that and not told & this)
        for one, other in _opposites()
        for this, that in ((one, other), (other, one))
    )
