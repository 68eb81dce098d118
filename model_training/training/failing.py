"""What went wrong in a training → a code and a sentence that a person can act on."""

import errno

import torch

from model_training.errors import TrainingError, TrainingFailed

_NO_MEMORY = ("out of memory", "can't allocate memory", "cannot allocate memory")


def failure_of(error: BaseException) -> TrainingFailed:
    """The same failure with its sentence; what is foreseen nowhere keeps its own words."""
    if isinstance(error, TrainingFailed):
        return error
    if isinstance(error, TrainingError):
        return TrainingFailed(str(error), code="refused")
    if _is_disk_full(error):
        return TrainingFailed(
            "The disk is full. Make room, then start the training again: it goes on from its last checkpoint.",
            code="disk_full",
        )
    if _is_out_of_memory(error):
        return TrainingFailed(
            "The memory did not suffice. Make optim.rows_at_once or data.longest smaller, or switch on "
            "optim.gradient_checkpointing, then start again: it goes on from its last checkpoint.",
            code="out_of_memory",
        )
    return TrainingFailed(f"The training stopped: {type(error).__name__}: {error}")


def _is_disk_full(error: BaseException) -> bool:
    """Also where a library wraps the system's error in one of its own."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or "no space left on device" in str(error).lower()


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _NO_MEMORY)
