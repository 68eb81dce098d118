"""Fits a linear-chain conditional random field over buckets: the likelihood of all tags of a line together, held in by a
square penalty, climbed by L-BFGS. Tags are outside, beginning, inside; an inside after an outside is impossible.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.optimize import minimize

TAGS = 3
_NEVER = -1e9
_STEP_PENALTY = 0.01
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lines:
    """All units of all lines one after another."""

    buckets: NDArray[np.int64]  # units × combinations
    tags: NDArray[np.int64]
    lengths: Sequence[int]


def fit(lines: Lines, *, count: int, penalty: float, rounds: int) -> tuple[Floats, Floats]:
    """Weights of `count` buckets for each tag, and of each step from tag to tag."""
    likelihood = _Likelihood(lines, count=count, penalty=penalty)
    start = np.zeros(count * TAGS + TAGS * TAGS)
    options = {"maxiter": rounds, "maxcor": 6}
    reached = minimize(likelihood, start, jac=True, method="L-BFGS-B", options=options).x
    return reached[: count * TAGS].reshape(count, TAGS), reached[count * TAGS :].reshape(TAGS, TAGS)


class _Likelihood:
    """What is climbed, negative, and its slope."""

    def __init__(self, lines: Lines, *, count: int, penalty: float) -> None:
        units, wide = lines.buckets.shape
        ends = np.arange(0, units * wide + 1, wide)
        ones = np.ones(units * wide, dtype=np.float32)
        self._of_unit = sparse.csr_matrix((ones, lines.buckets.ravel(), ends), shape=(units, count))
        self._of_bucket = self._of_unit.T.tocsr()
        self._count, self._penalty, self._units = count, penalty, units
        self._rows = _rows_by_time(lines.lengths)
        self._seen = self._of_bucket @ np.eye(TAGS, dtype=np.float32)[lines.tags]
        self._steps = np.zeros((TAGS, TAGS))
        for before, now in zip(self._rows, self._rows[1:], strict=False):
            np.add.at(self._steps, (lines.tags[before[: len(now)]], lines.tags[now]), 1)

    def __call__(self, flat: Floats) -> tuple[float, Floats]:
        weights = flat[: self._count * TAGS].reshape(self._count, TAGS)
        steps = flat[self._count * TAGS :].reshape(TAGS, TAGS)
        scores = (self._of_unit @ weights.astype(np.float32)).astype(np.float64)
        total, of_unit, of_step = _expected(scores, steps=steps, rows=self._rows)
        gold = (weights * self._seen).sum() + (steps * self._steps).sum()
        held = self._penalty * (weights**2).sum() + _STEP_PENALTY * (steps**2).sum()
        slope = self._of_bucket @ of_unit.astype(np.float32) - self._seen + 2 * self._penalty * weights
        slope_of_steps = of_step - self._steps + 2 * _STEP_PENALTY * steps
        return total - gold + held, np.concatenate([slope.ravel(), slope_of_steps.ravel()])


def _rows_by_time(lengths: Sequence[int]) -> list[NDArray[np.int64]]:
    """Of each place in a line the units that stand there, longest lines first."""
    ends = np.cumsum(lengths)
    starts = ends - np.array(lengths)
    order = np.argsort(-np.array(lengths), kind="stable")
    sizes = np.array(lengths)[order]
    return [starts[order][: int((sizes > time).sum())] + time for time in range(max(lengths))]


def _expected(
    scores: Floats, *, steps: Floats, rows: list[NDArray[np.int64]]
) -> tuple[float, Floats, Floats]:
    """The logarithm of all rows of tags together; how often each unit and each step is expected to have each tag.
    Forward and backward sums are scaled at each place, so that none overflows."""
    step = np.exp(steps + np.array([[0, 0, _NEVER], [0, 0, 0], [0, 0, 0]]))
    forward: list[Floats] = []
    emitted: list[Floats] = []
    total = 0.0
    for time, row in enumerate(rows):
        here = scores[row] + (np.array([0, 0, _NEVER]) if time == 0 else 0)
        most = here.max(axis=1, keepdims=True)
        emitted.append(np.exp(here - most))
        reached = emitted[-1] if time == 0 else (forward[-1][: len(row)] @ step) * emitted[-1]
        size = reached.sum(axis=1, keepdims=True)
        forward.append(reached / size)
        total += float((most + np.log(size)).sum())
    of_unit, of_step = np.zeros_like(scores), np.zeros((TAGS, TAGS))
    backward = np.ones((len(rows[-1]), TAGS))
    for time in range(len(rows) - 1, -1, -1):
        row = rows[time]
        backward = np.vstack([backward, np.ones((len(row) - len(backward), TAGS))])
        both = forward[time] * backward
        of_unit[row] = both / both.sum(axis=1, keepdims=True)
        if time:
            onward = emitted[time] * backward
            pairs = forward[time - 1][: len(row), :, None] * step[None] * onward[:, None, :]
            of_step += (pairs / pairs.sum(axis=(1, 2), keepdims=True)).sum(axis=0)
            backward = onward @ step.T
            backward /= backward.sum(axis=1, keepdims=True)
    return total, of_unit, of_step
