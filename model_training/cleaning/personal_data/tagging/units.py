"""A text as units (words; of Chinese each character), and what is known of each by itself: its atoms.

An atom is a number: of the letters, of the shape, of lists that the word stands in. What stands around is put together in
features.py.
"""

import re
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import opencc

from model_training.cleaning.personal_data.chinese_names import cut, letter_class, tagger_of_words
from model_training.cleaning.personal_data.tagging.known_words import class_of
from model_training.cleaning.personal_data.words_of_names import word_classes
from retrieval import CUTTER

_LETTERS = r"A-Za-z\u00c0-\u024f\u1e00-\u1eff"
_UNIT = re.compile(
    rf"['’]s(?![{_LETTERS}])|[{_LETTERS}]+(?:['’-](?!s(?![{_LETTERS}]))[{_LETTERS}]+)*|\d+|\n|[^\s\d{_LETTERS}]"
)
_LATIN_WORD = re.compile(rf"[{_LETTERS}]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_NO_RULE, _RULE_BEGINS, _RULE_GOES_ON = 2, 3, 4
EDGE = 3  # units beyond the text's ends that features may look at
ATOMS_EN = ("word", "class", "cased", "end2", "end3", "begin3", "sense", "rules")
ATOMS_ZH = ("word", "class", "cut", "cut_word", "kind", "sense", "rules")


@dataclass(frozen=True, slots=True)
class Units:
    places: Sequence[tuple[int, int]]  # where each stands in the text
    atoms: Sequence[tuple[int, ...]]  # with EDGE more before and behind
    ruled: Sequence[int]  # those in which the rules see a name


def is_chinese(text: str) -> bool:
    """One sign for a currency among English words does not make it so."""
    if text.isascii():
        return False
    characters = len(_HAN.findall(text))
    return characters > 0 and 2 * characters >= len(_LATIN_WORD.findall(text))


def units_of(text: str, *, by_rules: Iterable[tuple[int, int]]) -> Units:
    """`by_rules` is where the rules see names."""
    places = [found.span() for found in _UNIT.finditer(text)]
    ruled = _ruled(places, by_rules=by_rules) if places else []
    atoms = _chinese(text, places) if is_chinese(text) else _english(text, places)
    edge = (1,) * (len(ATOMS_ZH if is_chinese(text) else ATOMS_EN))
    inner = [(*known, rule) for known, rule in zip(atoms, ruled, strict=True)]
    seen = [number for number, rule in enumerate(ruled) if rule != _NO_RULE]
    return Units(places, [edge] * EDGE + inner + [edge] * EDGE, seen)


def _ruled(places: Sequence[tuple[int, int]], *, by_rules: Iterable[tuple[int, int]]) -> list[int]:
    starts = [start for start, _ in places]
    ruled = [_NO_RULE] * len(places)
    for start, end in by_rules:
        first = max(0, bisect_right(starts, start) - 1)
        first += places[first][1] <= start
        for number in range(first, bisect_left(starts, end)):
            ruled[number] = _RULE_BEGINS if number == first else _RULE_GOES_ON
    return ruled


def _english(text: str, places: Sequence[tuple[int, int]]) -> list[tuple[int, ...]]:
    cased = any(letter.isupper() for letter in text)
    return [_of_word(text[start:end], cased) for start, end in places]


@lru_cache(maxsize=50_000)
def _of_word(word: str, cased: bool) -> tuple[int, ...]:
    low = word.lower().replace("’", "'")
    kind = f"{_shape(word)}{class_of(low)}"
    return (
        number_of(low),
        number_of(kind),
        number_of(f"{kind}{cased}"),
        number_of(low[-2:] + kind[:2]),
        number_of(low[-3:] + kind[:2]),
        number_of(low[:3] + kind[:2]),
        number_of(_sense_of(low)),
    )


def _sense_of(word: str) -> str:
    """What kind of word it is, as far as lists say; of others how they end."""
    classes = word_classes("en")
    known = classes.get(word) or classes.get(word.removesuffix("s"))
    return known or (word if not word[0].isalpha() else f"{class_of(word)[2:]}{word[-2:]}")


def _shape(word: str) -> str:
    if not word[0].isalpha():
        return "9" if word[0].isdigit() else word
    if word.islower():
        return "x"
    if len(word) == 1:
        return "X"
    return "XX" if word.isupper() else "Xx" if word[0].isupper() else "xX"


def _chinese(text: str, places: Sequence[tuple[int, int]]) -> list[tuple[int, ...]]:
    plain = _simplifier().convert(text)
    plain = plain if len(plain) == len(text) else text
    cuts = _cuts(plain)
    return [_of_character(plain[start:end], *cuts[start]) for start, end in places]


@lru_cache(maxsize=50_000)
def _of_character(unit: str, word: str, place: str) -> tuple[int, ...]:
    if not _HAN.match(unit):
        low = unit.lower()
        kind = f"{_shape(unit)}{class_of(low)}"
        return (
            number_of(low),
            number_of(kind),
            number_of(kind[:2]),
            number_of(low),
            number_of(kind),
            number_of(_sense_of(low)),
        )
    return (
        number_of(unit),
        number_of(letter_class(unit)),
        number_of(f"{place}{min(3, len(word))}{_frequency(word)}"),
        number_of(word),
        number_of(_tag_of(word)),
        number_of(_sense_zh(unit, word, place)),
    )


def _sense_zh(letter: str, word: str, place: str) -> str:
    classes = word_classes("zh")
    return classes.get(word) or classes.get(letter) or f"{place}{_tag_of(word)}"


def _cuts(text: str) -> list[tuple[str, str]]:
    """Of each character the word that the dictionary cuts it into, and whether it begins, ends or is that word."""
    cuts: list[tuple[str, str]] = []
    for word in cut(text):
        size = len(word)
        cuts += [
            (word, "S" if size == 1 else "B" if place == 0 else "E" if place == size - 1 else "M")
            for place in range(size)
        ]
    return cuts


def _frequency(word: str) -> int:
    return len(str(CUTTER.lexicon.get(word) or 0))


def _tag_of(word: str) -> str:
    return str(_tags().get(word, "x"))


@cache
def _tags() -> Mapping[str, str]:
    """What the dictionary takes each word for."""
    words = tagger_of_words()
    words.initialize()
    tags: Mapping[str, str] = words.word_tag_tab
    return tags


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=100_000)
def number_of(atom: str) -> int:
    return zlib.crc32(atom.encode("utf-8", "surrogatepass")) | 1 << 32
