"""The shipped cross-encoders, for every knowledge base; CROSS_ENCODER=0 does without them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from django.conf import settings

from retrieval import home_cross_encoder

Reads = Callable[[str, Sequence[str]], list[float]]


def cross_encoder(task: Literal["answers", "supports"]) -> Reads | None:
    """Loaded when it first reads: not every process does."""
    return partial(_read, task) if settings.CROSS_ENCODER else None


def _read(task: Literal["answers", "supports"], asked: str, texts: Sequence[str]) -> list[float]:
    return home_cross_encoder(task)(asked, texts)
