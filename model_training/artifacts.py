"""Model folders that are either whole or refused.

A folder is written beside its place, described by `manifest.json` (size and sha256 of each file), moved into
place in one step, and marked with `DONE` last. Whatever lacks the mark, or is not what its manifest says, is
refused unopened. Knows nothing of what the files mean.
"""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from model_training.errors import ArtifactRefused

MANIFEST = "manifest.json"
DONE = "DONE"
_BLOCK = 1024 * 1024


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy_and_hash(source: IO[bytes], *, target: IO[bytes], digest: "hashlib._Hash") -> None:
    while block := source.read(_BLOCK):
        target.write(block)
        digest.update(block)


def publish(draft: Path, *, target: Path, origin: Mapping[str, str]) -> None:
    """Moves a finished draft folder to `target`; `origin` says what it was made from."""
    files = {
        path.relative_to(draft).as_posix(): {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
        for path in sorted(draft.rglob("*"))
        if path.is_file()
    }
    manifest = {"origin": dict(origin), "files": files}
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
    for path in draft.rglob("*"):
        _sync(path)
    _sync(draft)
    if target.exists():
        shutil.rmtree(target)
    os.replace(draft, target)
    _sync(target.parent)
    (target / DONE).write_text("")
    _sync(target / DONE)
    _sync(target)


def check(folder: Path, *, thorough: bool = False) -> dict[str, str]:
    """The origin of a whole folder. Compares sizes; `thorough` compares hashes too (seconds per gigabyte)."""
    manifest = _read_manifest(folder)
    for name, expected in manifest["files"].items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != expected["bytes"]:
            raise ArtifactRefused(f"{path} is missing or has another size than its manifest says.")
        if thorough and sha256_of(path) != expected["sha256"]:
            raise ArtifactRefused(f"{path} is not the file that its manifest names (sha256 differs).")
    return dict(manifest["origin"])


def check_base(folder: Path) -> None:
    """Before a base model is opened: one of ours must be, byte for byte, what its manifest says.

    What an operator brought has no manifest of ours. There is nothing to hold it to, and that is told.
    """
    if _is_described(folder):
        check(folder, thorough=True)
    else:
        sys.stderr.write(f"{folder} has no manifest of ours: its files are taken as they were brought.\n")


def _is_described(folder: Path) -> bool:
    """Also where the description is spoilt; another program's `manifest.json` is none."""
    if (folder / DONE).is_file():
        return True
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    except ValueError:
        return True
    return isinstance(manifest, dict) and {"origin", "files"} <= manifest.keys()


def fingerprint(folder: Path) -> str:
    """Names what is in a folder, whatever the folder is called: its manifest's sha256; "" where it has none."""
    manifest = folder / MANIFEST
    return sha256_of(manifest) if manifest.is_file() else ""


def _read_manifest(folder: Path) -> dict[str, Any]:
    if not (folder / DONE).is_file():
        raise ArtifactRefused(f"{folder} was never finished (no {DONE} file in it).")
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        return {"origin": dict(manifest["origin"]), "files": dict(manifest["files"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactRefused(f"{folder / MANIFEST} cannot be read: {error!r}.") from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
