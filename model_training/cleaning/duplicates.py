"""Which conversations say the same as an earlier one: letter by letter, or nearly.

Compared is what was really said: courtesies, case, punctuation, spaces and the two ways of writing Chinese do not
count. Near duplicates are found with MinHash signatures over runs of letters, banded so that only rows that may be alike are
compared, and rows whose numbers differ must be alike in almost everything else: numbers are what answers are about.
Memory: half a kilobyte a row.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import opencc
from datasketch import MinHash

from model_training.cleaning.settings import CleaningSettings
from model_training.cleaning.wording import Kind, kind_of
from model_training.records import Conversation

_PERMUTATIONS = 128
_ROWS_A_BAND = 4  # 32 bands of 4: of pairs that are alike by 0.6 one in a hundred is never compared
_SHINGLE, _SHINGLE_HAN = 4, 3  # letters; a Chinese one says more
_HAN = (0x3400, 0x9FFF)
_NOT_LETTERS = re.compile(r"[\W_]+")
_NUMBERS = re.compile(r"\d+")
Signature = np.ndarray[tuple[int], np.dtype[np.uint32]]


@dataclass(frozen=True, slots=True)
class Print:
    """What is kept of a conversation to compare it with others."""

    whole: bytes
    numbers: bytes
    signature: Signature


def print_of(conversation: Conversation) -> Print:
    text = compared_text(conversation)
    numbers = " ".join(sorted(set(_NUMBERS.findall(text))))
    bare = _NOT_LETTERS.sub("", text)
    return Print(_hash(bare), _hash(numbers), _sign(bare))


def compared_text(conversation: Conversation) -> str:
    """Everything said except courtesies; all of it where nothing else was said."""
    said = [message.content for message in conversation.messages]
    substance = [content for content in said if kind_of(content) is not Kind.BOILERPLATE]
    text = unicodedata.normalize("NFKC", "\n".join(substance or said)).casefold()
    return _simplifier().convert(text) if any("\u3400" <= letter <= "\u9fff" for letter in text) else text


def exact_duplicates(prints: Sequence[Print]) -> dict[int, int]:
    """Row → the earlier row that it repeats."""
    first: dict[bytes, int] = {}
    return {
        row: earlier
        for row, seen in enumerate(prints)
        if (earlier := first.setdefault(seen.whole, row)) != row
    }


def near_duplicates(
    prints: Sequence[Print],
    *,
    rows: Sequence[int],
    settings: CleaningSettings,
    tell: Callable[[int], None] = lambda done: None,
) -> dict[int, int]:
    """Among `rows`: row → the earlier row that it nearly repeats. What was dropped itself drops nothing else."""
    signatures = np.stack([prints[row].signature for row in rows]) if rows else np.empty((0, _PERMUTATIONS))
    found: dict[int, int] = {}
    for earlier, later in sorted(_candidates(signatures), key=lambda pair: (pair[1], pair[0])):
        tell(later)
        if rows[later] in found or rows[earlier] in found:
            continue
        alike = float(np.mean(signatures[earlier] == signatures[later]))
        if alike >= _needed(prints[rows[earlier]], prints[rows[later]], settings=settings):
            found[rows[later]] = rows[earlier]
    return found


def _needed(one: Print, other: Print, *, settings: CleaningSettings) -> float:
    return settings.near_duplicate if one.numbers == other.numbers else settings.near_with_other_numbers


def _candidates(signatures: np.ndarray) -> set[tuple[int, int]]:
    """Pairs (earlier, later) that share a band. In a group of many each is paired with the first few only."""
    pairs: set[tuple[int, int]] = set()
    for start in range(0, signatures.shape[1], _ROWS_A_BAND):
        band = np.ascontiguousarray(signatures[:, start : start + _ROWS_A_BAND])
        for group in _equal_rows(band):
            for place, later in enumerate(group[1:], start=1):
                pairs.update((earlier, later) for earlier in group[max(0, place - 2) : place])
                pairs.add((group[0], later))
    return pairs


def _equal_rows(band: np.ndarray) -> Iterator[list[int]]:
    if not len(band):
        return
    keys = band.view([("", band.dtype)] * band.shape[1]).ravel()
    order = np.argsort(keys, kind="stable")
    breaks = np.flatnonzero(keys[order][1:] != keys[order][:-1]) + 1
    for group in np.split(order, breaks):
        if len(group) > 1:
            yield group.tolist()


def _sign(text: str) -> Signature:
    codes = np.frombuffer(text.encode("utf-32-le", errors="replace"), dtype=np.uint32).astype(np.uint64)
    han = np.count_nonzero((codes >= _HAN[0]) & (codes <= _HAN[1]))
    size = _SHINGLE_HAN if 2 * han > len(codes) else _SHINGLE
    if len(codes) < size:
        codes = np.pad(codes, (0, size - len(codes)))
    shingles = np.zeros(len(codes) - size + 1, dtype=np.uint64)
    for place in range(size):
        shingles = shingles * np.uint64(0x9E3779B97F4A7C15) + codes[place : len(codes) - size + 1 + place]
    values = np.unique(shingles >> np.uint64(32))
    sketch = _empty_sketch().copy()
    sketch.update_batch(values)
    return np.asarray(sketch.hashvalues, dtype=np.uint32)


@cache
def _empty_sketch() -> MinHash:
    return MinHash(num_perm=_PERMUTATIONS, hashfunc=_as_it_is)


def _as_it_is(value: int) -> int:
    """The shingles are hashed already."""
    return value


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", errors="replace"), digest_size=12).digest()


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
