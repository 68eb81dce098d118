"""What the open pages of a site's people show. Whichever process made a list says what stands in it, and the one that
holds the page's event stream hears of it: on a channel of the page's own, and for a moment under a key, since a list may
be there before the stream listens.

A page that is not heard of is told nothing that it did not ask for: with the broker gone nobody is said to be here anyway.
"""

from collections.abc import AsyncGenerator, Iterable
from contextlib import suppress
from uuid import UUID

from apps.conversations.live.broker import BrokerGone, async_broker, broker
from apps.conversations.live.hub import Notice, hub

KEPT_SECONDS = 120

Shown = frozenset[str]  # ids of conversations


def tell_shown(page: str, ids: Iterable[UUID]) -> None:
    """From now on the page shows these."""
    shown = " ".join(map(str, ids))
    with suppress(BrokerGone), broker() as client:
        pipeline = client.pipeline(transaction=False)
        pipeline.set(_key(page), shown, ex=KEPT_SECONDS)
        pipeline.publish(_key(page), shown)
        pipeline.execute()


async def shown_on(page: str) -> AsyncGenerator[Shown, None]:
    """Now, and whenever that changes."""
    async with hub().subscribed(_key(page).encode()) as queue:
        item: bytes | Notice = Notice.CATCH_UP
        while True:
            told = item if isinstance(item, bytes) else await _kept(page)
            if told is not None:
                yield frozenset(told.decode().split())
            item = await queue.get()


async def _kept(page: str) -> bytes | None:
    try:
        async with async_broker() as client:
            kept: bytes | None = await client.get(_key(page))
    except BrokerGone:
        return None
    return kept


def _key(page: str) -> str:
    """Of what is kept, and of the channel."""
    return f"shown:{{{page}}}"
