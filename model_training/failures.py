"""Why a step of a run ended, for whoever looks at its folder: `failure.json`, a code and a sentence."""

import json
from pathlib import Path

from model_training.errors import TrainingError

FAILURE = "failure.json"


def note_failure(run: Path, *, error: TrainingError) -> None:
    row = {"code": getattr(error, "code", "refused"), "sentence": str(error)}
    (run / FAILURE).write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8", errors="replace")


def forget_failure(run: Path) -> None:
    (run / FAILURE).unlink(missing_ok=True)
