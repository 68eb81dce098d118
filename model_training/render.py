"""Puts a run's cleaned conversations under the serving prompt: `python -m model_training.render RUN`.

Reads `dataset/train/`, `dataset/validation.jsonl` and `dataset/heldout.jsonl`, writes `dataset/rendered/`, with the count of rows and of what was
left out and why. Runs where `dialogue` runs (the application's environment), not on the GPU host.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from model_training.errors import DataRefused, TrainingError
from model_training.recipes import RENDERED
from model_training.records import read_rows, write_rows
from model_training.rendering import Rendering, render_dpo, render_kto, render_sft


def render(run: Path, *, seed: int = 0) -> dict[str, Rendering]:
    """Kind → its rows; `validation` and `heldout` are rows of kind sft. A kind without a file, or with an empty one, is absent."""
    dataset, rendered = run / "dataset", {}
    sources = {side: dataset / f"{side}.jsonl" for side in ("validation", "heldout")}
    sources |= {kind: dataset / "train" / f"{kind}.jsonl" for kind in ("sft", "dpo", "kto")}
    for kind, path in sources.items():
        rows = list(read_rows(path)) if path.is_file() else []
        if rows:
            rendered[kind] = _rendering(kind, rows=rows, path=path, seed=seed)
            (run / RENDERED).mkdir(parents=True, exist_ok=True)
            write_rows(run / RENDERED / f"{kind}.jsonl", rendered[kind].rows)
    report = {
        kind: {"rows": len(done.rows), "dropped": dict(done.dropped)} for kind, done in rendered.items()
    }
    (run / RENDERED).mkdir(parents=True, exist_ok=True)
    (run / RENDERED / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    return rendered


def _rendering(kind: str, *, rows: Sequence[Mapping[str, Any]], path: Path, seed: int) -> Rendering:
    try:
        if kind in ("sft", "validation", "heldout"):
            return render_sft(rows, seed=seed)
        return (render_dpo if kind == "dpo" else render_kto)(rows)
    except (KeyError, TypeError, AttributeError) as error:
        raise DataRefused(f"{path} has a row of another shape than a conversation ({error!r}).") from error


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m model_training.render", description=__doc__)
    parser.add_argument("run", type=Path, help="the run folder")
    parser.add_argument(
        "--seed", type=int, default=0, help="decides which passages stand beside a question's own"
    )
    chosen = parser.parse_args(arguments)
    try:
        rendered = render(chosen.run, seed=chosen.seed)
    except TrainingError as error:
        sys.stderr.write(f"render: {error}\n")
        return 1
    for kind, done in rendered.items():
        sys.stderr.write(f"render: {kind}: {len(done.rows)} rows\n")
        for reason, count in done.dropped.most_common():
            sys.stderr.write(f"render: {kind}: {count} left out because {reason}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
