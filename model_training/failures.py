"""Why a step of a run ended, for whoever looks at its folder: `failure.json`, a code and a sentence."""

import json
import sys
from pathlib import Path

from model_training.errors import TrainingError

FAILURE = "failure.json"


def note_failure(run: Path, *, error: TrainingError) -> None:
    """On a full disk not even this can be written: then it is said, and the exit code tells the rest."""
    row = {"code": getattr(error, "code", "refused"), "sentence": str(error)}
    try:
        (run / FAILURE).write_text(
            json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8", errors="replace"
        )
    except OSError as unwritten:
        sys.stderr.write(f"{error} ({unwritten})\n")


def forget_failure(run: Path) -> None:
    (run / FAILURE).unlink(missing_ok=True)
