"""How often somebody may call: counted per minute in the broker, in this process while the broker is gone."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from apps.conversations.live import counting
from apps.conversations.live.counting import Limit
from apps.widget.refusals import Refused

SESSIONS_PER_ADDRESS = Limit("sessions-address", 300)
CONVERSATIONS_PER_VISITOR = Limit("conversations-visitor", 30)
MESSAGES_PER_VISITOR = Limit("messages-visitor", 30)
MESSAGES_PER_ADDRESS = Limit("messages-address", 600)
MESSAGES_PER_SITE = Limit("messages-site", 3_000)
FILES_PER_ADDRESS = Limit("files-address", 60)  # whoever makes up new visitors brings no more
CALLS_PER_VISITOR = Limit("calls-visitor", 600)

STREAMS_PER_VISITOR = 20  # open at once in this process: that many tabs
STREAM_RETRY = 10  # seconds

_local = counting.counted_here
_streams: Counter[object] = Counter()


def check_streams(visitor: object) -> None:
    if _streams[visitor] >= STREAMS_PER_VISITOR:
        raise Refused("too_many_streams", retry_after=STREAM_RETRY)


@contextmanager
def stream_of(visitor: object) -> Iterator[None]:
    """Counts an event stream for as long as it is open."""
    _streams[visitor] += 1
    try:
        yield
    finally:
        _streams[visitor] -= 1
        if not _streams[visitor]:
            del _streams[visitor]


def check(*wanted: tuple[Limit, object]) -> None:
    """Counts one call against each limit; raises Refused with the seconds to wait."""
    if counting.is_over(*wanted):
        raise Refused("rate_limited", retry_after=counting.seconds_left())
