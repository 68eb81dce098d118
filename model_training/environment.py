"""Where the model environment is: the interpreter that has torch."""

import importlib.util
import sys
from pathlib import Path

from model_training.errors import TrainingFailed

MODEL_PYTHON = Path(__file__).parent.parent / ".venv-model" / "bin" / "python"


def model_python() -> Path:
    """This very interpreter where it can train, else the project's model environment."""
    if importlib.util.find_spec("torch") and importlib.util.find_spec("peft"):
        return Path(sys.executable)
    if not MODEL_PYTHON.is_file():
        raise TrainingFailed(f"There is no model environment: {MODEL_PYTHON} is missing.", code="refused")
    return MODEL_PYTHON
