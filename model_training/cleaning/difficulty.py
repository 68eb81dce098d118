"""Rows in buckets from easy to hard, by how surprised the base model is at their replies.

The model speaks in a process of its own, in the environment that has torch. Without a model nothing is ordered, and the
report says so.
"""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_training.errors import TrainingError

_ROOT = Path(__file__).parents[2]  # where `model_training` can be imported from
_TURNS_BEFORE = 4  # messages before a reply that the model sees


class DifficultyFailed(TrainingError):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseModel:
    folder: Path
    python: Path  # of the environment that has torch


def measure(rows: Path, *, model: BaseModel, tell: Callable[[int], None]) -> dict[str, float]:
    """`rows` as `perplexity` reads them → id → perplexity. Raises `DifficultyFailed`."""
    rows = rows.resolve()
    out = rows.with_suffix(".perplexity")
    command = [
        str(model.python),
        "-m",
        "model_training.cleaning.perplexity",
        str(rows),
        str(out),
        str(model.folder.resolve()),
    ]
    with (
        rows.with_suffix(".log").open("w+", encoding="utf-8") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=_ROOT) as process,  # noqa: S603 - our own arguments
    ):
        try:
            for line in process.stdout or ():
                tell(int(line))
        except BaseException:  # a cancel above all: the model must not go on alone
            process.kill()
            raise
        if process.wait():
            log.seek(0)
            raise DifficultyFailed(
                f"The base model in {model.folder} could not judge the rows: {_last_line(log.read())}"
            )
    with out.open(encoding="utf-8") as file:
        return {row["id"]: row["perplexity"] for row in map(json.loads, file)}


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
