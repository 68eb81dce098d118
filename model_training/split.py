"""`python -m model_training.split CLEANED SNAPSHOT.jsonl DATASET`: what is trained on, watched and held out."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from model_training.errors import TrainingError
from model_training.splitting import SHARE, split


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m model_training.split", description=__doc__)
    parser.add_argument("cleaned", type=Path, help="the folder that `clean` wrote")
    parser.add_argument("snapshot", type=Path, help="what was cleaned; its hash goes into the manifest")
    parser.add_argument(
        "dataset", type=Path, help="where train/, validation.jsonl, heldout.jsonl and manifest.json go"
    )
    parser.add_argument("--share", type=_share, default=SHARE, help="of the conversations to hold out (0.1)")
    chosen = parser.parse_args(arguments)
    try:
        manifest = split(chosen.cleaned, snapshot=chosen.snapshot, target=chosen.dataset, share=chosen.share)
    except TrainingError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps({name: file["rows"] for name, file in manifest["files"].items()}) + "\n")
    return 0


def _share(text: str) -> float:
    share = float(text)
    if not 0 < share <= 0.5:
        raise argparse.ArgumentTypeError("must lie above 0 and not above 0.5")
    return share


if __name__ == "__main__":
    sys.exit(main())
