"""One connection to the broker per process hands live events to any number of readers.

A reader subscribes to a channel and gets a queue. What arrives there is news, not truth: whoever lost the thread
(the broker went away, the reader was too slow) reads on from the stream itself.
"""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum, auto
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings

from apps.conversations.live.broker import GONE, async_client, circuit

logger = logging.getLogger(__name__)

QUEUE_LENGTH = 500
RECONNECT_SECONDS = 1.0
IDLE_SECONDS = 5.0
CONFIRM_SECONDS = 2.0


class Notice(Enum):
    LOST = auto()  # the broker is gone
    CATCH_UP = auto()  # something may have been missed: read on from the stream


Queue = asyncio.Queue["bytes | Notice"]


class Channel:
    def __init__(self) -> None:
        self.queues: set[Queue] = set()
        self.confirmed = asyncio.Event()

    def hand_out(self, item: "bytes | Notice") -> None:
        for queue in self.queues:
            _put(queue, item)


class Hub:
    def __init__(self) -> None:
        self.is_up = False
        self._channels: dict[bytes, Channel] = {}
        self._pubsub: Any = None
        self._tried = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    @asynccontextmanager
    async def subscribed(self, name: bytes) -> AsyncIterator[Queue]:
        """When this is entered and the hub is up, nothing published from now on is missed."""
        queue: Queue = asyncio.Queue(QUEUE_LENGTH)
        channel = self._channels.setdefault(name, Channel())
        channel.queues.add(queue)
        try:
            await self._tried.wait()
            await self._ask("subscribe", name)
            await self._confirmation(channel)
            yield queue
        finally:
            channel.queues.discard(queue)
            if not channel.queues and self._channels.get(name) is channel:
                del self._channels[name]
                await self._ask("unsubscribe", name)

    async def _confirmation(self, channel: Channel) -> None:
        """Unconfirmed, the reader still reads the stream, and is told to catch up with each reconnection."""
        if self.is_up:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CONFIRM_SECONDS):
                    await channel.confirmed.wait()

    async def _ask(self, verb: str, name: bytes) -> None:
        if self.is_up:
            # The listener notices too, and subscribes to everything again. While a connection is being taken down the
            # client trips over what is missing already.
            with contextlib.suppress(*GONE, AttributeError):
                await getattr(self._pubsub, verb)(name)

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except GONE as error:
                logger.warning("No live events from the broker: %s", error)
            self._lose()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        async with async_client().pubsub() as pubsub:
            # A channel of its own: a connection without any could not be listened to.
            await pubsub.subscribe(f"hub:{uuid.uuid4()}", *self._channels)
            self._pubsub, self.is_up = pubsub, True
            circuit.close()
            self._tried.set()
            for channel in self._channels.values():
                channel.hand_out(Notice.CATCH_UP)
            while True:
                await self._take(await pubsub.get_message(timeout=IDLE_SECONDS))

    async def _take(self, message: dict[str, Any] | None) -> None:
        if message is None:
            await self._pubsub.ping()
            return
        channel = self._channels.get(message["channel"] or b"")
        if channel is None:
            return
        if message["type"] == "subscribe":
            channel.confirmed.set()
        elif message["type"] == "message":
            channel.hand_out(message["data"])

    def _lose(self) -> None:
        self._pubsub, self.is_up = None, False
        self._tried.set()
        for channel in self._channels.values():
            channel.confirmed.clear()
            channel.hand_out(Notice.LOST)


def _put(queue: Queue, item: "bytes | Notice") -> None:
    try:
        queue.put_nowait(item)
    except asyncio.QueueFull:
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(Notice.CATCH_UP)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Hub]] = WeakKeyDictionary()


def hub() -> Hub:
    """This event loop's hub."""
    hubs = _hubs.setdefault(asyncio.get_running_loop(), {})
    if settings.REDIS_URL not in hubs:
        hubs[settings.REDIS_URL] = Hub()
    return hubs[settings.REDIS_URL]
