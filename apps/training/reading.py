"""What lies in a run folder, for whoever shows it. Files may be missing, half written, or of another version: what
cannot be read is not there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = dict[str, Any]
LOG_BYTES = 16_000
POINTS = 400  # of a curve: more are no more than a screen has


def read_object(path: Path) -> Row:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def read_lines(path: Path) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                row = _row_of(line)
                if row is not None:
                    yield row
    except OSError:
        return


def _row_of(line: str) -> Row | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def end_of_log(folder: Path) -> str:
    try:
        with (folder / "log.txt").open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - LOG_BYTES))
            return file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


def curve(folder: Path, *, name: str) -> list[tuple[float, float]]:
    """(step, value) of a metric, thinned to what a screen shows."""
    points = [
        (float(row["step"]), float(row[name]))
        for row in read_lines(folder / "metrics.jsonl")
        if isinstance(row.get("step"), int | float) and isinstance(row.get(name), int | float)
    ]
    every = max(1, len(points) // POINTS)
    return points if every == 1 else [*points[::every], points[-1]]


def last_metrics(folder: Path) -> Row:
    last: Row = {}
    for row in read_lines(folder / "metrics.jsonl"):
        last |= row
    return last
