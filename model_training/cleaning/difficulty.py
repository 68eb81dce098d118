"""Rows in buckets from easy to hard, by how surprised the base model is at their replies.

The model speaks in a process of its own, in the environment that has torch. Without a model nothing is ordered, and the
report says so.
"""

import os
import select
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_training.environment import model_python
from model_training.errors import TrainingError
from model_training.records import read_rows

_ROOT = Path(__file__).parents[2]  # where `model_training` can be imported from
_TURNS_BEFORE = 4  # messages before a reply that the model sees
_LOOK_EVERY = 0.5  # seconds, so that a wish to end is heard while the model thinks


class DifficultyFailed(TrainingError):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseModel:
    folder: Path
    python: Path | None = None  # of the environment that has torch; None: the project's


def measure(rows: Path, *, model: BaseModel, tell: Callable[[int], None]) -> dict[str, float]:
    """`rows` as `perplexity` reads them → id → perplexity. What `tell` raises ends the model at once."""
    if not is_there(model.folder):
        raise DifficultyFailed(f"{model.folder} is no model folder (no config.json in it).")
    out = rows.with_suffix(".perplexity")
    command = _command(rows, out, model)
    with (
        rows.with_suffix(".log").open("w+", encoding="utf-8") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, cwd=_ROOT) as process,  # noqa: S603 - our own arguments
    ):
        try:
            _follow(process, tell=tell)
        except BaseException:  # a cancel above all: the model must not go on alone
            process.kill()
            raise
        if process.wait():
            log.seek(0)
            raise DifficultyFailed(
                f"The base model in {model.folder} could not judge the rows: {_last_line(log.read())}"
            )
    return {row["id"]: row["perplexity"] for row in read_rows(out)}


def is_there(folder: Path) -> bool:
    return (folder / "config.json").is_file()


def _command(rows: Path, out: Path, model: BaseModel) -> list[str]:
    files = (rows.resolve(), out.resolve(), model.folder.resolve())
    python = model.python or model_python()
    return [str(python), "-m", "model_training.cleaning.perplexity", *map(str, files)]


def _follow(process: "subprocess.Popen[bytes]", *, tell: Callable[[int], None]) -> None:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    done = 0
    while process.poll() is None:
        if select.select([process.stdout], [], [], _LOOK_EVERY)[0]:
            told = os.read(process.stdout.fileno(), 4096).split()
            if not told:
                return
            done = int(told[-1])
        tell(done)


def row_to_measure(row: Mapping[str, Any]) -> dict[str, Any]:
    """An SFT row's last reply that is to be learnt, with a little of what stands before it."""
    messages = row["messages"]
    last = max(place for place, message in enumerate(messages) if message["learn"])
    shown = messages[max(0, last - _TURNS_BEFORE) : last + 1]
    return {"id": row["id"], "messages": [{"role": m["role"], "content": m["content"]} for m in shown]}


def buckets_of(perplexities: Sequence[float], *, buckets: int) -> list[int]:
    """1 (easy) to `buckets` (hard), equally many rows in each; rows alike are told apart by their order."""
    order = sorted(range(len(perplexities)), key=lambda place: (perplexities[place], place))
    found = [0] * len(perplexities)
    for rank, place in enumerate(order):
        found[place] = rank * buckets // len(order) + 1
    return found


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it said nothing")
