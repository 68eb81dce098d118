"""The list of conversations as many pages show it: made for the first that asks, and handed to the others.

When something happens at a site, all its open pages ask for their lists in the same moment, and most of them for the
same one. A list is kept by the site's last event, so that whoever has heard of an event finds it in the list, and for two
seconds at most, because times in it move on by themselves. While the broker is gone nothing is kept.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from uuid import UUID

from apps.conversations.live import events

KEPT_SECONDS = 2.0
MOST_KEPT = 200  # lists of some ten kilobytes


@dataclass(frozen=True, slots=True)
class Listed:
    content: str  # as it is shown
    ids: tuple[UUID, ...] = ()  # of the conversations in it


@dataclass
class _Kept:
    listed: Listed = field(default_factory=lambda: Listed(""))
    made_at: float = -KEPT_SECONDS
    after: tuple[int, int] = (0, 0)  # the event that was the site's last when it was made
    making: threading.Lock = field(default_factory=threading.Lock)

    def is_good(self, *, after: tuple[int, int]) -> bool:
        return self.after >= after and time.monotonic() - self.made_at < KEPT_SECONDS


_kept: OrderedDict[Hashable, _Kept] = OrderedDict()
_lock = threading.Lock()


def shared(site_id: UUID, *asked: Hashable, make: Callable[[], Listed]) -> Listed:
    """`asked` says all that the list depends on, besides the site's rows. While it is made, others wait for it."""
    after = events.last_at_site(site_id)
    if after is None:
        return make()
    kept = _place((site_id, *asked))
    with kept.making:
        if not kept.is_good(after=after):
            kept.listed, kept.after, kept.made_at = make(), after, time.monotonic()
        return kept.listed


def _place(key: Hashable) -> _Kept:
    with _lock:
        kept = _kept.setdefault(key, _Kept())
        _kept.move_to_end(key)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
        return kept
