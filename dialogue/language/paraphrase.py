"""Text → the words that carry its meaning, ready to be met by other words for the same.

For the support check, whose sentences are in a model's own words: synonyms count nearly as the word itself, and words
that say nothing by themselves are left out. What finds and ranks passages keeps to `dialogue.language.words`.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from dialogue.language.words import Words, content_words
from retrieval import words_of

_LEXICON = Path(__file__).parent.parent / "lexicon"
SAME = 0.9  # what a synonym counts, against 1 for the word itself


@dataclass(frozen=True, slots=True)
class Meant(Words):
    """`meanings` are the lines of the list of synonyms that its words stand in."""

    meanings: frozenset[int]

    def match(self, word: str) -> float:
        if word in self.known:
            return 1.0
        if meanings_of(word) & self.meanings:
            return SAME
        return Words.match(self, word)


@lru_cache(maxsize=4_096)
def meant(text: str) -> Meant:
    words = content_words(text)
    order = tuple(word for word in words.order if word not in _light_words())
    meanings = frozenset(meaning for word in words.order for meaning in meanings_of(word))
    return Meant(order, words.known, words.concepts, meanings)


def together(*parts: Meant) -> Meant:
    return Meant(
        tuple(word for part in parts for word in part.order),
        frozenset().union(*(part.known for part in parts)),
        frozenset().union(*(part.concepts for part in parts)),
        frozenset().union(*(part.meanings for part in parts)),
    )


def without(known: Meant, *, words: frozenset[str]) -> Meant:
    order = tuple(word for word in known.order if word not in words)
    return Meant(order, frozenset(order), known.concepts, known.meanings)


def meanings_of(word: str) -> frozenset[int]:
    return _meanings().get(word, frozenset())


@cache
def _meanings() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, entries in enumerate(_lines("synonyms.txt")):
        for entry in entries:
            for word in _whole(entry):
                found.setdefault(word, set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


@cache
def _light_words() -> frozenset[str]:
    return frozenset(
        word for entries in _lines("light_words.txt") for entry in entries for word in _whole(entry)
    )


def _whole(entry: str) -> tuple[str, ...]:
    """The entry as the word index has it, where it is one word there; an English one by its stem."""
    words = words_of(entry)
    return tuple(word for word in words if word == entry or len(words) == 1)


def _lines(name: str) -> list[list[str]]:
    lines = (_LEXICON / name).read_text(encoding="utf-8").splitlines()
    return [line.split() for line in lines if line and not line.startswith("#")]
