"""What is known of a unit and of its neighbours together: each combination of atoms falls into one of many buckets.

A combination is written as atoms with their distance, `word-1 class+0`: the word before, and the class of this one.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from model_training.cleaning.personal_data.tagging.units import ATOMS_EN, ATOMS_ZH, EDGE

BITS = 18
_ENGLISH = """
word+0|word-1|word+1|word-2|word+2|word-2 word-1|word+1 word+2|word-1 word+1|word-3|word+3
class+0|cased+0|class-1 class+0|class+0 class+1|class-1 class+0 class+1|class-2 class-1 class+0|class+0 class+1 class+2
end2+0|end3+0|begin3+0|word-1 class+0|word+1 class+0|word-2 class+0|word+2 class+0|word-1 word+1 class+0
word-2 word-1 class+0|word+1 word+2 class+0|end2-1 class+0|end2+1 class+0|end2-1 end2+1 class+0
rules+0|rules+0 class+0|rules-1 rules+0 rules+1|rules+0 word-1|rules+0 word+1|class-1 cased+0 class+1
sense-1|sense+1|sense-1 class+0|class+0 sense+1|sense-1 class+0 sense+1|sense-2 sense-1 class+0|class+0 sense+1 sense+2
sense-2 class+0|class+0 sense+2|sense-1 sense+0 sense+1|sense-2 class-1 class+0|class-1 class+0 sense+1|class+0 class+1 sense+2
sense-1 cased+0|word-2 class-1 class+0
class-1 class+0 word+1|class+0 class+1 word+2|sense-1 end3+0|end3+0 sense+1
word-1 cased+0|word+1 cased+0|cased-1 cased+0 cased+1
"""
_CHINESE = """
word+0|word-1|word+1|word-2|word+2|word-2 word-1|word-1 word+0|word+0 word+1|word+1 word+2|word-1 word+1|word-3|word+3
class+0|class-1 class+0|class+0 class+1|class-1 class+0 class+1|class-2 class-1 class+0|class+0 class+1 class+2
class+0 class+1 word+2|class+0 class+1 class+2 word+3|word-1 class+0|word+1 class+0|word-2 word-1 class+0
word-1 class+0 class+1|word-2 class-1 class+0|word-3 class-2 class-1 class+0|class-1 class+0 word+1|class-1 class+0 word+1 word+2
cut+0|cut-1 cut+0|cut+0 cut+1|cut-1 cut+0 cut+1|class+0 cut+0|class+0 cut+0 cut+1|class-1 cut-1 class+0 cut+0
cut+0 cut+1 cut+2 class+0|cut_word+0|cut_word-1|cut_word+1|cut_word-1 class+0|cut_word+1 class+0|cut_word+2 class+0|cut_word-2 class+0
kind+0|kind-1 class+0|kind+1 class+0|kind+0 class+0|kind-1 kind+0 kind+1|sense-1 class+0|class+0 class+1 sense+2|class+0 class+1 class+2 sense+3|class-1 class+0 sense+1|sense-1 class+0 class+1
sense-1 class+0 class+1 sense+2|sense-1 class+0 cut+0|sense-2 class-1 class+0|sense-1 sense+1|sense-2 sense-1 class+0|sense+0 cut+0
kind-1 cut+0 kind+1|kind-2 kind-1 cut+0
rules+0|rules+0 class+0|rules-1 rules+0 rules+1|rules+0 cut+0|rules+0 word-1|rules+0 word+1
"""
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_SEED = np.uint64(0xC2B2AE3D27D4EB4F)
_FACTORS = np.array(
    [0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3], dtype=np.uint64
)


def buckets_of(atoms: Sequence[tuple[int, ...]], *, chinese: bool) -> NDArray[np.int64]:
    """Of each unit the buckets, one for every combination."""
    flat = np.array(atoms, dtype=np.uint64).ravel()
    here = (np.arange(len(atoms) - 2 * EDGE, dtype=np.int64) + EDGE) * len(atoms[0])
    pieces = [flat * factor for factor in _FACTORS]
    groups = []
    for reach, seeds in _combinations(chinese):
        mixed = pieces[0][here[:, None] + reach[0]] + seeds
        for piece, further in zip(pieces[1:], reach[1:], strict=False):
            mixed += piece[here[:, None] + further]
        groups.append(mixed)
    mixed = np.concatenate(groups, axis=1)
    mixed ^= mixed >> np.uint64(29)
    mixed *= _SPREAD
    return (mixed >> np.uint64(64 - BITS)).view(np.int64)


@cache
def _combinations(chinese: bool) -> list[tuple[NDArray[np.int64], NDArray[np.uint64]]]:
    """Those of one part, of two and so on: where each part stands among the atoms, counted from the unit's first, and seeds."""
    names = ATOMS_ZH if chinese else ATOMS_EN
    lines = [
        line.split() for line in (_CHINESE if chinese else _ENGLISH).replace("\n", "|").split("|") if line
    ]
    groups = []
    for parts in range(1, len(_FACTORS) + 1):
        same = [(number, line) for number, line in enumerate(lines, start=1) if len(line) == parts]
        if same:
            reach = [[names.index(one[:-2]) + int(one[-2:]) * len(names) for one in line] for _, line in same]
            seeds = np.array([number for number, _ in same], dtype=np.uint64) * _SEED
            groups.append((np.array(reach, dtype=np.int64).T.copy(), seeds))
    return groups
