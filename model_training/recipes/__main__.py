"""Prints a config.toml to start from: `python -m model_training.recipes PROFILE [--name NAME] > RUN/config.toml`."""

import argparse
import sys
from collections.abc import Sequence

from model_training.errors import TrainingError
from model_training.recipes.config import draft
from model_training.recipes.validation import KINDS


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m model_training.recipes", description=__doc__)
    parser.add_argument("profile", help="a profile's name, for example home")
    parser.add_argument("--name", default="run-1", help="the run's name")
    parser.add_argument("--base", default="", help="the base model's folder, if not the profile's")
    parser.add_argument("--kind", default="sft", choices=KINDS)
    chosen = parser.parse_args(arguments)
    try:
        sys.stdout.write(draft(name=chosen.name, profile=chosen.profile, base=chosen.base, kind=chosen.kind))
    except TrainingError as error:
        sys.stderr.write(f"recipes: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
