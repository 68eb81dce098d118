"""The shipped cross-encoders, for every knowledge base; CROSS_ENCODER=0 does without them."""

from collections.abc import Sequence
from functools import partial

from django.conf import settings

from retrieval import Reader, home_cross_encoder
from retrieval.cross_encoder import Task


def cross_encoder(task: Task) -> Reader | None:
    """Loaded when it first reads: not every process does."""
    return partial(_read, task) if settings.CROSS_ENCODER else None


def _read(task: Task, asked: str, texts: Sequence[str], /, *, waits: bool = True) -> list[float]:
    return home_cross_encoder(task)(asked, texts, waits=waits)
