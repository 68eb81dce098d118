"""How far a step has come, for whoever watches its run folder, and whether somebody wants it to stop.

`progress.json` is replaced whole, so that a reader never sees half of it. A file named `CANCEL` ends the step at its
next `tell`. Knows nothing of the steps.
"""

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

from model_training.errors import Cancelled

PROGRESS = "progress.json"
CANCEL = "CANCEL"
_SECONDS_BETWEEN = 0.5


class Progress:
    """`tell` is cheap enough to be called for every row."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._step = ""
        self._total = 0
        self._next = 0.0

    def begin(self, step: str, *, total: int, sentence: str = "") -> None:
        self._step, self._total, self._next = step, total, 0.0
        self.tell(0, sentence=sentence)

    def tell(self, done: int, *, sentence: str = "") -> None:
        """Raises `Cancelled`."""
        now = time.monotonic()
        if self._folder is None or now < self._next:
            return
        self._next = now + _SECONDS_BETWEEN
        if (self._folder / CANCEL).exists():
            raise Cancelled(f"Cancelled while at {self._step}, {done:,} of {self._total:,} done.")
        write_progress(self._folder, step=self._step, done=done, total=self._total, sentence=sentence)


def write_progress(folder: Path, *, step: str, done: int, total: int, sentence: str) -> None:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    row = {"step": step, "done": done, "total": total, "sentence": sentence, "at": at}
    draft = folder / f"{PROGRESS}.{os.getpid()}"
    draft.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    draft.replace(folder / PROGRESS)
