"""Checkpoints: `checkpoints/step-NNNNNN`, each whole or not there. The two youngest are kept.

TRL's trainer writes a folder of its own; it becomes a checkpoint when all its files are described by a manifest and
marked as done. What lacks the mark, or is not what its manifest says, is never taken up again.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from model_training import artifacts
from model_training.errors import ArtifactRefused

FOLDER = "checkpoints"
KEPT = 2


def publish(written: Path, *, run: Path, step: int, origin: dict[str, str]) -> Path:
    target = run / FOLDER / f"step-{step:06d}"
    artifacts.publish(written, target=target, origin=origin)
    for older in list(_finished(run))[KEPT:]:
        shutil.rmtree(older)
    return target


def newest(run: Path, *, origin: dict[str, str]) -> Path | None:
    """The last complete checkpoint of this very recipe, base and dataset; None to begin from the beginning."""
    for folder in _finished(run):
        try:
            if artifacts.check(folder, thorough=True) == origin:
                return folder
        except ArtifactRefused:
            continue
    return None


def in_words(run: Path) -> str:
    """What a training that ended badly leaves to go on from."""
    last = next(_finished(run), None)
    if last is None:
        return "No checkpoint was kept: started again, it begins anew."
    return f"The last good checkpoint is that of step {int(last.name.removeprefix('step-')):,}."


def clear_unfinished(run: Path) -> None:
    """What an interrupted training left half written."""
    for folder in (run / FOLDER).glob("*"):
        if folder.is_dir() and not (folder / artifacts.DONE).is_file():
            shutil.rmtree(folder)


def _finished(run: Path) -> Iterator[Path]:
    """Youngest first."""
    found = sorted((run / FOLDER).glob("step-*"), reverse=True)
    yield from (folder for folder in found if (folder / artifacts.DONE).is_file())
