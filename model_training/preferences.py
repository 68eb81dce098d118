"""A model's own mistakes as rows to train on: `python -m model_training.preferences ROWS OUTPUTS TARGET`.

ROWS are rendered rows with the right answer, OUTPUTS what the model wrote to them (`training.generating`, or any server:
{"id", "text"} a line). Where it picked other sentences than the right ones, DPO learns the right answer against its own;
KTO learns its right answers as liked and its wrong ones as not. Writes TARGET/dpo.jsonl and TARGET/kto.jsonl. Knows no
torch.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from model_training.records import read_rows, write_rows

Row = Mapping[str, Any]


def picked(text: str) -> frozenset[str]:
    """The numbers of the sentences that an answer picks; none of them where it says that there are none."""
    return frozenset(re.findall(r"\[(\d{1,3})\]", text))


def is_right(row: Row, *, text: str) -> bool:
    return picked(text) == picked(row["completion"][-1]["content"])


def dpo_rows(rows: Iterable[Row], *, outputs: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for row, text in _answered(rows, outputs=outputs):
        if not is_right(row, text=text):
            yield _about(row) | {"chosen": row["completion"], "rejected": _said(text)}


def kto_rows(rows: Iterable[Row], *, outputs: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """As many right answers as wrong ones; where the model gave too few of its own, the rows' right answers."""
    answered = list(_answered(rows, outputs=outputs))
    wrong = [(row, text) for row, text in answered if not is_right(row, text=text)]
    right = [(row, text) for row, text in answered if is_right(row, text=text)]
    for row, text in wrong:
        yield _about(row) | {"completion": _said(text), "label": False}
    for row, text in right[: len(wrong)]:
        yield _about(row) | {"completion": _said(text), "label": True}
    for row, _ in wrong[: max(0, len(wrong) - len(right))]:
        yield _about(row) | {"completion": row["completion"], "label": True}


def _answered(rows: Iterable[Row], *, outputs: Mapping[str, str]) -> Iterator[tuple[Row, str]]:
    for row in rows:
        if text := outputs.get(row["id"], "").strip():
            yield row, text


def _about(row: Row) -> dict[str, Any]:
    return {name: row.get(name) for name in ("id", "prompt", "language")}


def _said(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m model_training.preferences", description=__doc__)
    parser.add_argument("rows", type=Path, help="rendered rows (RUN/dataset/rendered/sft.jsonl)")
    parser.add_argument("outputs", type=Path, help="what the model wrote to them")
    parser.add_argument("target", type=Path, help="a run's dataset/rendered")
    chosen = parser.parse_args(arguments)
    rows = list(read_rows(chosen.rows))
    outputs = {row["id"]: row["text"] for row in read_rows(chosen.outputs)}
    chosen.target.mkdir(parents=True, exist_ok=True)
    counts = {
        kind: write_rows(chosen.target / f"{kind}.jsonl", make(rows, outputs=outputs))
        for kind, make in (("dpo", dpo_rows), ("kto", kto_rows))
    }
    told = ", ".join(f"{count:,} rows of {kind}" for kind, count in counts.items())
    sys.stderr.write(f"preferences: {told}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
