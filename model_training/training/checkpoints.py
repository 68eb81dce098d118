"""Checkpoints: `checkpoints/step-NNNNNN`, each whole or not there. The two youngest are kept.

TRL's trainer writes a folder of its own; it becomes a checkpoint when all its files are described by a manifest and
marked as done. What lacks the mark, or is not what its manifest says, is never taken up again.
Beside them stand `metrics.jsonl` and `best`: they tell of the same course, and begin anew with it.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from model_training import artifacts
from model_training.errors import ArtifactRefused

FOLDER = "checkpoints"
METRICS = "metrics.jsonl"
BEST = "best"
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


def clear_what_is_not_gone_on_from(run: Path, *, resumed: Path | None) -> None:
    """A later step of another recipe would count as younger than all that is to come, its loss as the best so far."""
    beyond = [one for one in (run / FOLDER).glob("step-*") if resumed is None or one.name > resumed.name]
    for folder in beyond:
        shutil.rmtree(folder)
    if beyond:
        names = ", ".join(sorted(one.name for one in beyond))
        sys.stderr.write(f"train: cleared what this recipe, base and dataset cannot go on from: {names}\n")
    if resumed is None:
        _begin_anew(run)


def _begin_anew(run: Path) -> None:
    if (run / METRICS).exists() and (run / METRICS).stat().st_size:
        sys.stderr.write("train: it begins at step 1; what an earlier training told and kept is cleared\n")
    if (run / METRICS).exists():
        (run / METRICS).write_text("")
    shutil.rmtree(run / BEST, ignore_errors=True)


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
