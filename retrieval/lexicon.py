"""jieba's dictionary in an eighth of its size, and jieba cutting by it.

jieba keeps half a million strings in a dict: 62 MB in every process that meets a word of Chinese. Here each word, and each
beginning of one, is a number of 64 bits beside its count. The words cannot be read off again; nobody asks for them.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

import numpy as np

from retrieval.absent import absent

# Where setuptools is there jieba asks it for its own files: 6 MB, and a fifth of a second of each start. It opens them as well.
with absent("pkg_resources"):
    import jieba

_MIX = 0x9E37_79B9_7F4A_7C15  # odd, so that no two words of one character meet, and large, so that they lie far apart
_WHOLE = 0xFFFF_FFFF_FFFF_FFFF
_SHELF, _BELOW = 18, 46  # upper bits of a number, which name the shelf that it stands on: some two to a shelf

Numbers = np.ndarray[Any, np.dtype[np.uint64]]
Counts = np.ndarray[Any, np.dtype[np.uint32]]


class Lexicon:
    """How often the language says a word; 0 for what only begins one. Answers as the dict in jieba's `FREQ` does.

    Asked some thousand times for a page of Chinese: its two loops are written out, without calls.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        """A word, its count and its tag in each line, as in jieba's `dict.txt`."""
        numbers, counts = _read(lines)
        self.total = sum(counts)
        sorted_numbers, greatest = _each_once(numbers, counts)
        shelves = np.arange(1 << _SHELF, dtype=np.uint64) << np.uint64(_BELOW)
        starts = np.append(np.searchsorted(sorted_numbers, shelves), len(sorted_numbers))
        self._numbers, self._counts = sorted_numbers.data, greatest.data
        self._starts = starts.astype(np.uint32).data

    def get(self, word: str, default: int | None = None) -> int | None:
        number = 0
        for character in word:
            number = (number + ord(character)) * _MIX & _WHOLE
        shelf = number >> _BELOW
        end = self._starts[shelf + 1]
        at = bisect_left(self._numbers, number, self._starts[shelf], end)
        return self._counts[at] if at < end and self._numbers[at] == number else default

    def __contains__(self, word: str) -> bool:
        return self.get(word) is not None

    def ends(self, text: str, *, start: int) -> list[int]:
        """Where words end that begin at `start`: the positions of their last characters."""
        numbers, starts = self._numbers, self._starts
        found: list[int] = []
        number = 0
        for end in range(start, len(text)):
            number = (number + ord(text[end])) * _MIX & _WHOLE
            shelf = number >> _BELOW
            last = starts[shelf + 1]
            at = bisect_left(numbers, number, starts[shelf], last)
            if at == last or numbers[at] != number:
                break
            if self._counts[at]:
                found.append(end)
        return found


class Cutter(jieba.Tokenizer):  # type: ignore[misc] # jieba ships no types
    """jieba's own cutting, by such a dictionary."""

    FREQ: Lexicon
    initialized: bool

    def initialize(self, dictionary: str | None = None) -> None:
        with self.lock:
            if not self.initialized:
                with self.get_dict_file() as lines:
                    self.FREQ = Lexicon(lines)
                self.total = self.FREQ.total
                self.initialized = True

    @property
    def lexicon(self) -> Lexicon:
        """Read already: the first text in a process may be of letters that jieba does not cut at all."""
        self.check_initialized()
        return self.FREQ

    def get_DAG(self, sentence: str) -> dict[int, list[int]]:
        ends = self.lexicon.ends
        return {start: ends(sentence, start=start) or [start] for start in range(len(sentence))}


def _read(lines: Iterable[bytes]) -> tuple["array[int]", "array[int]"]:
    numbers, counts = array("Q"), array("I")
    for line in lines:
        word, count, _ = line.decode().split(" ")
        number = 0
        for character in word:
            number = (number + ord(character)) * _MIX & _WHOLE
            numbers.append(number)
            counts.append(0)
        counts[-1] = int(count)
    return numbers, counts


def _each_once(numbers: "array[int]", counts: "array[int]") -> tuple[Numbers, Counts]:
    """Each number once, with the greatest of its counts."""
    all_numbers, all_counts = np.frombuffer(numbers, dtype=np.uint64), np.frombuffer(counts, dtype=np.uint32)
    order = np.argsort(all_numbers)
    in_order = all_numbers[order]
    first = np.flatnonzero(np.diff(in_order, prepend=in_order[:1] + np.uint64(1)))
    return in_order[first], np.maximum.reduceat(all_counts[order], first)


CUTTER = Cutter()  # reads its dictionary when Chinese is first met: half a second that start-up need not take
