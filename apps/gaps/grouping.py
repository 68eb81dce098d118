"""Which group a question belongs to: the one whose centre is nearest, if it is near enough, else a new one.

Knows vectors only. A question that has its place keeps it, so that groups are the same whenever they are looked at;
what is wrong in them people merge and split. How near is near enough was measured (docs/knowledge.md).
"""

from collections.abc import Sequence

import numpy as np

from retrieval.embedding import Array

NEAR_ENOUGH = 0.55  # cosine between a question and a group's centre, for the home embedder


class Centres:
    """What questions gather around, and what moves as they come. A centre is its place here."""

    def __init__(self, sums: Sequence[Array] = (), *, dimensions: int) -> None:
        self._sums = np.zeros((max(64, 2 * len(sums)), dimensions), dtype=np.float32)
        self._units = np.zeros_like(self._sums)
        self.count = 0
        for vector in sums:
            self._append(vector)

    def nearest(self, vector: Array) -> tuple[int, float]:
        """Place and cosine; (-1, 0.0) when there is none."""
        if not self.count:
            return -1, 0.0
        cosines = self._units[: self.count] @ unit(vector)
        best = int(cosines.argmax())
        return best, float(cosines[best])

    def place(self, vector: Array, *, near_enough: float = NEAR_ENOUGH) -> int:
        """Takes the question in and says where; `count` has grown when it is alone there."""
        best, cosine = self.nearest(vector)
        if best < 0 or cosine < near_enough:
            return self._append(unit(vector))
        self._sums[best] += unit(vector)
        self._units[best] = unit(self._sums[best])
        return best

    @property
    def sums(self) -> Array:
        return self._sums[: self.count]

    def _append(self, vector: Array) -> int:
        if self.count == len(self._sums):
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)])
            self._units = np.concatenate([self._units, np.zeros_like(self._units)])
        self._sums[self.count], self._units[self.count] = vector, unit(vector)
        self.count += 1
        return self.count - 1


def unit(vector: Array) -> Array:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)


def stored(vector: Array) -> bytes:
    return np.asarray(vector, dtype="<f4").tobytes()


def loaded(content: bytes | memoryview) -> Array:
    return np.frombuffer(bytes(content), dtype="<f4")


def loaded_rows(content: bytes | memoryview, *, dimensions: int) -> Array:
    return loaded(content).reshape(-1, dimensions)
