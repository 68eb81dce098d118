"""Which sentences models picked, against the right ones, by language and source, with intervals.

    python -m tests.benchmarks.picking_quality ROWS.jsonl OUTPUTS.jsonl...

ROWS are rendered held-out rows (their documents were not trained on), OUTPUTS what each model wrote to them
(`model_training.training.generating`, `served_answers`). Right: exactly the right sentences, by number. Refused: none
picked. After the first, each is also held against it: the share of rows that are right, or rightly refused, its
difference with the interval of a paired bootstrap, and how many texts are the same.
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


def against(first: Mapping[str, str], other: Mapping[str, str], *, rows: Sequence[Row]) -> str:
    """The same rows under both, so what is hard for both does not blur the difference."""
    pairs = [(_is_good(row, text=first[row["id"]]), _is_good(row, text=other[row["id"]])) for row in rows]
    gains = [after - before for before, after in pairs]
    rnd, size = random.Random(0), len(gains)
    means = sorted(sum(rnd.choices(gains, k=size)) / size for _ in range(RESAMPLES))
    same = sum(first[row["id"]] == other[row["id"]] for row in rows) / size
    return (
        f"{sum(before for before, _ in pairs) / size:.3f} → {sum(after for _, after in pairs) / size:.3f}, "
        f"{sum(gains) / size:+.4f} ({means[25]:+.4f} … {means[974]:+.4f}) of {size}; the same text: {same:.3f}"
    )


def _is_good(row: Row, *, text: str) -> bool:
    return is_right(row, text=text) if row["kind"] == "answer" else not picked(text)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", type=Path)
    parser.add_argument("outputs", type=Path, nargs="+")
    chosen = parser.parse_args()
    rows, texts = list(read_rows(chosen.rows)), []
    for path in chosen.outputs:
        said = list(read_rows(path))
        texts.append({one["id"]: one["text"] for one in said})
        print(f"{path.name}: ends by itself {interval([one['ended'] for one in said])}")
        for name, group in groups_of(rows):
            print(f"  {name:12}{line(group, outputs=texts[-1])}")
        if len(texts) > 1:
            print(f"  against {chosen.outputs[0].name}: {against(texts[0], texts[-1], rows=rows)}")


if __name__ == "__main__":
    main()
