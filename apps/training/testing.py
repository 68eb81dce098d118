"""For the tests of any room: steps of a run that need no model and take no time, as processes like the real ones.

`steps_stood_in(train={"seconds": 60}, gate={"passed": False})` replaces the commands of the steps, all of them or those
that are `only` named; `apps.training.stand_in` says what the orders mean.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

from apps.training import running
from apps.training.models import TrainingRun


@contextlib.contextmanager
def steps_stood_in(*, only: tuple[str, ...] = (), **orders: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The orders that are yielded may be changed while runs go on."""
    real, before = running.command, os.environ.get("STAND_IN")

    def command(step: running.Step, run: TrainingRun) -> list[str]:
        os.environ["STAND_IN"] = json.dumps(orders)
        if only and step.name not in only:
            return real(step, run)
        return [sys.executable, "-m", "apps.training.stand_in", step.name, str(run.folder)]

    running.command = command
    try:
        yield orders
    finally:
        running.command = real
        os.environ.pop("STAND_IN", None)
        if before is not None:
            os.environ["STAND_IN"] = before
