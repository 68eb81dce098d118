"""Text → the words that carry its meaning, and how well one text covers another.

Knows nothing of numbers (facts.py), of questions or of passages. Words are those of the word index, so that what was
found by a word is recognised by it; a small list of concepts lets "运费" meet "shipping fee".
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from retrieval import ASKING_WORDS, STOP_WORDS, words_as_said, words_of

_CONCEPTS = Path(__file__).parent.parent / "lexicon" / "concepts.txt"
NEARLY = 0.75  # what a word of the same concept counts, against 1 for the word itself


@dataclass(frozen=True, slots=True)
class Words:
    """The content words of a text, in order of appearance, and the concepts that they touch."""

    order: tuple[str, ...]
    known: frozenset[str]
    concepts: frozenset[int]

    def match(self, word: str) -> float:
        """How surely `word` is said here: 1 as it stands, less by another word for the same."""
        if word in self.known:
            return 1.0
        return NEARLY if concepts_of(word) & self.concepts else 0.0


@lru_cache(maxsize=4_096)
def content_words(text: str) -> Words:
    return _with_concepts(words_of(text))


def content_words_as_said(text: str, *, said: Callable[[str], int]) -> Words:
    """The same, with Chinese cut as it is written where `said` counts how many texts say a word."""
    return _with_concepts(words_as_said(text, said=said))


@lru_cache(maxsize=256)
def every_word(text: str) -> Words:
    """With the words that questions are made of."""
    return _of(words_of(text))


def _with_concepts(words: list[str]) -> Words:
    return _of([word for word in _whole_codes(words) if not _is_empty(word)])


def _of(words: list[str]) -> Words:
    order = tuple(dict.fromkeys(map(sys.intern, words)))
    concepts = frozenset(concept for word in order for concept in concepts_of(word))
    return Words(order, frozenset(order), concepts)


def _whole_codes(words: list[str]) -> Iterator[str]:
    """Without the parts that the word index adds behind a code: "mw-te-021" is one word here."""
    parts: list[str] = []
    for word in words:
        if parts and word == parts[0]:
            parts.pop(0)
            continue
        parts = re.findall(r"[a-z]+|[0-9]+", word) if _is_code(word) else []
        yield word


def _is_code(word: str) -> bool:
    return len(word) > 3 and any(mark.isdigit() for mark in word) and not word.isalnum()


def _is_empty(word: str) -> bool:
    return word in STOP_WORDS or word in ASKING_WORDS


def together(*parts: Words) -> Words:
    return Words(
        tuple(word for part in parts for word in part.order),
        frozenset().union(*(part.known for part in parts)),
        frozenset().union(*(part.concepts for part in parts)),
    )


def without(known: Words, *, words: frozenset[str]) -> Words:
    order = tuple(word for word in known.order if word not in words)
    return Words(order, frozenset(order), known.concepts)


def coverage(wanted: Words, *, by: Words, weights: Mapping[str, float] | None = None) -> float:
    """The share of `wanted` that `by` says, from 0 to 1. A text without content words is covered by anything."""
    weight = {word: (weights or {}).get(word, 1.0) for word in wanted.order}
    total = sum(weight.values())
    if not total:
        return 1.0
    return sum(weight[word] * by.match(word) for word in weight) / total


@cache
def _concepts() -> Mapping[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, line in enumerate(_CONCEPTS.read_text(encoding="utf-8").splitlines()):
        for entry in line.split() if not line.startswith("#") else []:
            whole = [word for word in words_of(entry) if word == entry or len(words_of(entry)) == 1]
            for word in whole:
                found.setdefault(word, set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


def concepts_of(word: str) -> frozenset[int]:
    return _concepts().get(word, frozenset())
