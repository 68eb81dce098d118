"""Which words are given names, family names, plain English words: sets of hashes, since only membership is asked.

`known_words.npz` beside this file was made of the lists that tests/benchmarks/names_fit.py names; `known_words.json` tells its
hash, without which it is not opened. A word's hash has 24 bits, so one
word in two hundred is taken for a member by chance.
"""

import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_training.cleaning.personal_data.tagging.sealed import read_sealed
from model_training.cleaning.personal_data.words_of_names import (
    english_words,
    family_names,
    given_names,
    no_names,
    places,
)

FILE = Path(__file__).parent / "known_words.npz"
SETS = ("given", "family", "english")


def hash_of(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "surrogatepass")) & 0xFFFFFF


def packed(words: Iterable[str]) -> NDArray[np.uint32]:
    """As it is kept: sorted, each as its distance from the one before."""
    hashes = np.unique(np.array([hash_of(word) for word in words], dtype=np.uint32))
    return np.diff(hashes, prepend=np.uint32(0)).astype(np.uint32)


@cache
def class_of(word: str) -> str:
    """`word` in small letters."""
    known = (word in given_names(), word in family_names(), word in no_names(), word in places(), word in english_words())  # fmt: skip
    number = hash_of(word)
    more = (number in members for members in _sets())
    return "".join("1" if yes else "0" for yes in (*known, *more))


def is_plain(word: str) -> bool:
    """A word of the language, and of no list of names; of family names only what has a capital is held to be one."""
    given, family, *words, more_given, more_family, english = (yes == "1" for yes in class_of(word.lower()))
    is_named = given or more_given or ((family or more_family) and not word.islower())
    is_many = word.endswith("s") and class_of(word.lower()[:-1])[-1] == "1"
    return not is_named and (english or is_many or any(words))


@cache
def _sets() -> tuple[frozenset[int], ...]:
    return read_sets(FILE)


def read_sets(file: Path) -> tuple[frozenset[int], ...]:
    kept = read_sealed(file)
    return tuple(frozenset(np.cumsum(kept[name], dtype=np.uint32).tolist()) for name in SETS)
