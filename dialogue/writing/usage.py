"""Tokens that a model read and wrote, as it counted them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Usage = dict[str, int]
COUNTED = ("input_tokens", "output_tokens")


def usage_of(message: Any) -> Usage:
    """Of a message or a chunk of one; empty where the server did not count."""
    used = getattr(message, "usage_metadata", None)
    return {name: int(used[name]) for name in COUNTED} if used else {}


def added_up(usages: Iterable[Mapping[str, int]]) -> Usage:
    total: Counter[str] = Counter()
    for usage in usages:
        total.update(usage)
    return dict(total)
