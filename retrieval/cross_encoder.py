"""A cross-encoder on the CPU: it reads two texts together, and says how likely one answers, or supports, the other.

The embedder compares two texts by vectors that it made of each alone; that cannot tell "free over 50" from "free under
50". This reads them as one. It is the home embedder's own network, its first layers trained on for pairs
(`model_training.cross_encoding`), and takes some 0.2 milliseconds for each token.
"""

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import Literal, get_args

import numpy as np

from retrieval.chunks import Reader
from retrieval.cleaning import clean_text
from retrieval.errors import IndexUnavailable
from retrieval.networks import FITTED, Network, pieces
from retrieval.tokens import simplified

LONGEST_ASKED, LONGEST_READ = 300, 700  # characters
LONGEST = 256  # tokens of both, as it was trained
PATIENCE = 0.1  # seconds that one waits for its turn
REST = 3.0  # how often the time of a reading, after which some had gone without, nobody reads then
FOLDER = FITTED / "cross_encoder"
_PARTED = " | "

_loading = threading.Lock()


Task = Literal["answers", "supports"]
TASKS: tuple[Task, ...] = get_args(Task)
BEFORE: dict[Task, str] = {"answers": "query: ", "supports": "passage: "}  # a text, as the embedder learnt it


class CrossEncoder:
    """Reads one pair after the other; may be asked from several threads, and then has them wait or go without."""

    def __init__(self, network: Network) -> None:
        """`network` gives the logits of the tasks, in their order."""
        self.version = network.version
        self._network, self._pieces, self._pace = network, pieces(), Pace()

    def read(self, task: Task, asked: str, texts: Sequence[str], /, *, waits: bool = True) -> list[float]:
        """How likely each text answers, or supports, what is asked. Raises IndexUnavailable where it has too much to do."""
        with self._pace.turn(waits=waits):
            return [self._read(task, asked, text) for text in texts]

    def _read(self, task: Task, asked: str, text: str) -> float:
        tokens = self._pieces.of(BEFORE[task] + paired(asked, text), longest=LONGEST)
        logit = self._network.of(tokens)[TASKS.index(task)]
        return float(1 / (1 + np.exp(-np.clip(logit, -30, 30))))


class Pace:
    """One reads at a time. Who waits too long goes without; and then the next ones leave the processor to others for a while.

    Under a crowd of customers reading so takes a part of one core at most, and answers come without it, as fast as before.
    """

    def __init__(self, *, patience: float = PATIENCE, rest: float = REST) -> None:
        self._patience, self._rest = patience, rest
        self._free = threading.Lock()
        self._not_before = 0.0
        self._is_crowded = False

    @contextlib.contextmanager
    def turn(self, *, waits: bool = True) -> Iterator[None]:
        """Raises IndexUnavailable where it does not come in time: at once, for who does not wait."""
        patience = self._patience if waits else 0.0
        if time.monotonic() < self._not_before or not self._free.acquire(timeout=patience):
            self._is_crowded |= waits
            raise IndexUnavailable("The cross-encoder has too much to do.")
        started = time.monotonic()
        try:
            yield
        finally:
            ended = time.monotonic()
            self._not_before = ended + self._rest * (ended - started) if self._is_crowded else 0.0
            self._is_crowded = False
            self._free.release()


def paired(asked: str, text: str) -> str:
    """What is read: Chinese simplified, as it learnt to. Training pairs them by this too."""
    return simplified(clean_text(asked)[:LONGEST_ASKED] + _PARTED + clean_text(text)[:LONGEST_READ])


def placed(text: str, *, under: str, before: str = "") -> str:
    """A sentence as it is read: what it stands under, the sentence before it, itself."""
    told = f"{before} {text}" if before else text
    return f"{under}{_PARTED}{told}" if under else told


def home_cross_encoder(task: Task) -> Reader:
    """The shipped one, loaded once a process at its first use. Raises IndexUnavailable where it cannot be had."""
    with _loading:
        return partial(_loaded().read, task)


@cache
def _loaded() -> CrossEncoder:
    return CrossEncoder(Network(FOLDER))
