"""Says whether a run's challenger may be deployed: `python -m model_training.gate RUN`.

Reads `evaluation/comparison.json`, writes `gate.json`. Exit codes: 0 passed, 1 refused or failed, 2 usage.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from model_training.errors import TrainingError
from model_training.failures import note_failure
from model_training.gating import judge_run


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m model_training.gate", description=__doc__)
    parser.add_argument("run", type=Path, help="the run folder")
    chosen = parser.parse_args(arguments)
    if not chosen.run.is_dir():
        sys.stderr.write(f"gate: There is no folder {chosen.run}.\n")
        return 1
    try:
        verdict = judge_run(chosen.run)
    except TrainingError as error:
        note_failure(chosen.run, error=error)
        sys.stderr.write(f"gate: {error}\n")
        return 1
    if verdict["passed"]:
        sys.stderr.write(f"gate: {verdict['challenger_model']} passed.\n")
        return 0
    sys.stderr.write("gate: " + " ".join(verdict["reasons"]) + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
