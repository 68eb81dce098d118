"""Which sentences models picked, against the right ones, by language and source, with intervals.

    python -m tests.benchmarks.picking_quality ROWS.jsonl OUTPUTS.jsonl...

ROWS are rendered held-out rows (their documents were not trained on), OUTPUTS what each model wrote to them
(`model_training.training.generating`). Right: exactly the right sentences, by number. Refused: none picked.
"""

import argparse
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from model_training.preferences import is_right, picked
from model_training.records import read_rows

Row = Mapping[str, Any]
RESAMPLES = 1_000


def interval(values: Sequence[bool]) -> str:
    """The mean, and where 95 of 100 samples of the rows have it."""
    if not values:
        return "-"
    rnd, size = random.Random(0), len(values)
    means = sorted(sum(rnd.choices(values, k=size)) / size for _ in range(RESAMPLES))
    return f"{sum(values) / size:.3f} ({means[25]:.3f}-{means[974]:.3f}) of {size}"


def groups_of(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    yield "all", list(rows)
    for field in ("language", "source"):
        for value in sorted({row[field] for row in rows}):
            yield value, [row for row in rows if row[field] == value]


def line(rows: Sequence[Row], *, outputs: Mapping[str, str]) -> str:
    answerable = [row for row in rows if row["kind"] == "answer"]
    others = [row for row in rows if row["kind"] != "answer"]
    figures = {
        "right": [is_right(row, text=outputs[row["id"]]) for row in answerable],
        "refused wrongly": [not picked(outputs[row["id"]]) for row in answerable],
        "refused rightly": [not picked(outputs[row["id"]]) for row in others],
    }
    return " | ".join(f"{name} {interval(values)}" for name, values in figures.items())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", type=Path)
    parser.add_argument("outputs", type=Path, nargs="+")
    chosen = parser.parse_args()
    rows = list(read_rows(chosen.rows))
    for path in chosen.outputs:
        said = list(read_rows(path))
        print(f"{path.name}: ends by itself {interval([one['ended'] for one in said])}")
        for name, group in groups_of(rows):
            print(f"  {name:12}{line(group, outputs={one['id']: one['text'] for one in said})}")


if __name__ == "__main__":
    main()
