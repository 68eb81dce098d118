"""`python -m model_training.clean SNAPSHOT.jsonl FOLDER`: conversations in, what a model may learn from out."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from model_training.cleaning.difficulty import BaseModel
from model_training.cleaning.pipeline import clean
from model_training.cleaning.settings import read_settings
from model_training.errors import Cancelled, TrainingError
from model_training.failures import forget_failure, note_failure
from model_training.progress import Progress
from retrieval import HomeEmbeddings


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m model_training.clean", description=__doc__)
    parser.add_argument("snapshot", type=Path, help="conversation records, one a line (.jsonl or .jsonl.gz)")
    parser.add_argument("folder", type=Path, help="where the cleaned rows and the report go")
    parser.add_argument("--settings", type=Path, help="a TOML file; what it leaves out has its default")
    parser.add_argument(
        "--run", type=Path, help="the run folder: progress.json goes there, CANCEL is looked for"
    )
    parser.add_argument(
        "--base", type=Path, help="a model folder; rows are ordered by how hard they are for it"
    )
    parser.add_argument(
        "--python", type=Path, help="Python of the environment with torch, for --base (the project's)"
    )
    chosen = parser.parse_args(arguments)
    if chosen.run:
        forget_failure(chosen.run)
    try:
        report = clean(
            chosen.snapshot,
            target=chosen.folder,
            embedder=HomeEmbeddings(),
            settings=read_settings(chosen.settings),
            base=BaseModel(folder=chosen.base, python=chosen.python) if chosen.base else None,
            progress=Progress(chosen.run),
        )
    except Cancelled as cancelled:
        sys.stderr.write(f"{cancelled}\n")
        return 3
    except TrainingError as error:
        if chosen.run:
            note_failure(chosen.run, error=error)
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(report["rows"]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
