"""Files of fitted numbers, each held against a hash in the JSON file beside it: what is not as it was made is not opened.

A file that was cut short or exchanged would find other names, or none, and nobody would notice.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MADE_BY = "python -m tests.benchmarks.names_fit"


class DamagedTagger(Exception):
    """A file is not the one that was made, or nothing says which one that is."""


def write_sealed(file: Path, arrays: Mapping[str, NDArray[np.generic] | np.generic]) -> None:
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type] # numpy's stubs take the first name for its switch
    told = {"sha256": _hash_of(file), "made_by": MADE_BY}
    _seal_of(file).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def read_sealed(file: Path) -> dict[str, NDArray[Any]]:
    """Raises `DamagedTagger`."""
    try:
        kept = json.loads(_seal_of(file).read_text(encoding="utf-8"))["sha256"]
        is_whole = _hash_of(file) == kept
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedTagger(f"{file.name} cannot be held against {_seal_of(file).name}: {error!r}") from error
    if not is_whole:
        raise DamagedTagger(f"{file.name} is not the file that {_seal_of(file).name} describes.")
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def _seal_of(file: Path) -> Path:
    return file.with_suffix(".json")


def _hash_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
