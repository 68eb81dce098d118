"""Counts calls by key and minute: in the broker, which all web processes share; in this process while it is gone."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from apps.conversations.live.broker import BrokerGone, broker

WINDOW = 60  # seconds
KEPT_COUNTERS = 10_000

counted_here: OrderedDict[str, int] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Limit:
    name: str
    per_minute: int


def is_over(*wanted: tuple[Limit, object]) -> bool:
    """Counts one call against each limit; whether it was one too many for any of them."""
    counts = count([f"{limit.name}:{subject}" for limit, subject in wanted])
    return any(number > limit.per_minute for (limit, _), number in zip(wanted, counts, strict=True))


def count(names: Sequence[str]) -> list[int]:
    """One call more under each name; how many it were in this minute."""
    window = int(time.time() // WINDOW)
    keys = [f"limit:{name}:{window}" for name in names]
    try:
        return _count_together(keys)
    except BrokerGone:
        return [_count_here(key) for key in keys]


def seconds_left() -> int:
    """Until the minute that is counted is over."""
    return WINDOW - int(time.time() % WINDOW)


def _count_together(keys: list[str]) -> list[int]:
    with broker() as client:
        pipeline = client.pipeline(transaction=False)
        for key in keys:
            pipeline.incr(key)
            pipeline.expire(key, 2 * WINDOW)
        return [int(number) for number in pipeline.execute()[::2]]


def _count_here(key: str) -> int:
    counted_here[key] = counted_here.get(key, 0) + 1
    counted_here.move_to_end(key)
    while len(counted_here) > KEPT_COUNTERS:
        counted_here.popitem(last=False)
    return counted_here[key]
