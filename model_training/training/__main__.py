"""The process that trains: `python -m model_training.training RUN`, started by `model_training.train`."""

import ctypes
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from model_training.errors import Cancelled
from model_training.failures import note_failure
from model_training.training.course import train
from model_training.training.failing import failure_of

OK, FAILED, CANCELLED = 0, 1, 3
SUPERVISOR = "SEEKDESK_TRAINING_SUPERVISOR"  # the id of `model_training.train`, where a launcher is between
_PR_SET_PDEATHSIG = 1
_SECONDS_BETWEEN_LOOKS = 0.5


def main(arguments: Sequence[str]) -> int:
    run = Path(arguments[0])
    _end_with_parent()
    try:
        train(run)
    except Cancelled as cancelled:
        sys.stderr.write(f"train: {cancelled}\n")
        return CANCELLED
    except (
        BaseException
    ) as error:  # the edge of this process: the sentence for its owner, the rest for the log
        traceback.print_exc()
        note_failure(run, error=failure_of(error))
        return FAILED
    return OK


def _end_with_parent() -> None:
    """A training whose supervisor was killed must not go on unseen. Linux only; elsewhere it is merely not so."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if supervisor := os.environ.get(SUPERVISOR):
            threading.Thread(target=_end_with, args=(supervisor,), daemon=True).start()


def _end_with(supervisor: str) -> None:
    """On several GPUs a launcher stands between the two: those that train end by themselves."""
    while Path("/proc", supervisor).exists():
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
