"""Who looks at a conversation right now: people of its site, and whether its customer is there.

Each open event stream is an entry among the site's on the broker, good for a minute and renewed by the process that holds the
stream. Coming and going is announced on a channel of the site's. None of it is a row or an event to be kept: with the
broker gone it is not known who is there.
"""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import astuple, dataclass
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from apps.conversations.live.broker import BrokerGone, async_broker
from apps.conversations.live.hub import Notice, hub

GOOD_FOR = 60.0  # seconds that an entry outlives its process
RENEWED_EVERY = 20.0
LOOK_AGAIN = b"look again"  # the broker had forgotten some of them


@dataclass(frozen=True, slots=True)
class Attendance:
    """One open page. `user` None: the customer's own."""

    conversation_id: str
    user: int | None
    name: str
    token: str  # tells two pages of one person apart


@dataclass(frozen=True, slots=True)
class Everybody:
    """Whoever is there; None while that is not known."""

    entries: tuple[Attendance, ...] | None


@dataclass(frozen=True, slots=True)
class Change:
    entry: Attendance
    is_here: bool


@asynccontextmanager
async def attending(
    site_id: UUID, conversation_id: UUID, *, user: int | None = None, name: str = ""
) -> AsyncIterator[None]:
    """There for as long as this is entered. Never raises because the broker is gone."""
    entry = Attendance(str(conversation_id), user, name, uuid.uuid4().hex[:12])
    keeper = _keeper()
    try:  # whoever leaves while the broker is slow to hear that they came must not stay either
        await keeper.come(site_id, entry)
        yield
    finally:
        await keeper.go(site_id, entry)


async def follow(site_id: UUID) -> AsyncGenerator[Everybody | Change, None]:
    """First everybody, then who comes and goes; everybody again whenever something may have been missed."""
    async with hub().subscribed(_key(site_id).encode()) as queue:
        news: Everybody | Change = await _everybody(site_id)
        is_known = True
        while True:
            was_known, is_known = is_known, news != Everybody(None)
            if is_known or was_known:  # that it is not known is said once
                yield news
            news = await _read(await queue.get(), site_id=site_id)


async def _read(item: "bytes | Notice", *, site_id: UUID) -> Everybody | Change:
    if item is Notice.LOST:
        return Everybody(None)
    if isinstance(item, Notice) or item == LOOK_AGAIN:
        return await _everybody(site_id)
    is_here, *entry = json.loads(item)
    return Change(Attendance(*entry), is_here)


async def _everybody(site_id: UUID) -> Everybody:
    try:
        async with async_broker() as client:
            packed = await client.zrangebyscore(_key(site_id), time.time(), "+inf")
    except BrokerGone:
        return Everybody(None)
    return Everybody(tuple(Attendance(*json.loads(one)) for one in packed))


def _key(site_id: UUID) -> str:
    """Of the entries, and of the channel."""
    return f"present:{{{site_id}}}"


def _packed(entry: Attendance) -> str:
    return json.dumps(astuple(entry), ensure_ascii=False, separators=(",", ":"))


def _told(entry: Attendance, *, is_here: bool) -> str:
    return json.dumps([is_here, *astuple(entry)], ensure_ascii=False, separators=(",", ":"))


class Keeper:
    """The entries of this event loop's streams, renewed while there are any."""

    def __init__(self) -> None:
        self._entries: dict[UUID, set[Attendance]] = {}
        self._renewing: asyncio.Task[None] | None = None

    async def come(self, site_id: UUID, entry: Attendance) -> None:
        self._entries.setdefault(site_id, set()).add(entry)
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew())
        await self._send(site_id, [entry], news=_told(entry, is_here=True))

    async def go(self, site_id: UUID, entry: Attendance) -> None:
        here = self._entries[site_id]
        here.discard(entry)
        if not here:
            del self._entries[site_id]
        if not self._entries and self._renewing is not None:
            self._renewing.cancel()
            self._renewing = None
        with suppress(BrokerGone):
            await _remove(site_id, [_packed(entry)], told=[_told(entry, is_here=False)])

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEWED_EVERY)
            for site_id in list(self._entries):
                await self._renew_at(site_id)

    async def _renew_at(self, site_id: UUID) -> None:
        renewed = frozenset(self._entries.get(site_id, ()))
        if not renewed:
            return
        await self._send(site_id, renewed, news="")
        # Whoever went while that was on its way may have been put back by it, and nobody would renew or remove them.
        gone = renewed - self._entries.get(site_id, set())
        with suppress(BrokerGone):
            if gone:
                await _remove(site_id, map(_packed, gone), told=[_told(one, is_here=False) for one in gone])
            await _drop_lost(site_id)

    async def _send(self, site_id: UUID, entries: Iterable[Attendance], *, news: str) -> None:
        """Without news, pages are told to look again if the broker did not know of all of them."""
        key, until = _key(site_id), time.time() + GOOD_FOR
        with suppress(BrokerGone):
            async with async_broker() as client:
                pipeline = client.pipeline(transaction=False)
                pipeline.zadd(key, {_packed(entry): until for entry in entries})
                pipeline.expire(key, int(2 * GOOD_FOR))
                if news:
                    pipeline.publish(key, news)
                added, *_rest = await pipeline.execute()
                if added and not news:
                    await client.publish(key, LOOK_AGAIN)


async def _drop_lost(site_id: UUID) -> None:
    """Of processes that were killed: nobody else would say that they went."""
    async with async_broker() as client:
        lost: list[bytes] = await client.zrangebyscore(_key(site_id), "-inf", time.time())
    if lost:
        gone = [Attendance(*json.loads(one)) for one in lost]
        await _remove(site_id, lost, told=[_told(entry, is_here=False) for entry in gone])


async def _remove(site_id: UUID, packed: Iterable[Any], *, told: Iterable[str]) -> None:
    async with async_broker() as client:
        pipeline = client.pipeline(transaction=False)
        pipeline.zrem(_key(site_id), *packed)
        for news in told:
            pipeline.publish(_key(site_id), news)
        await pipeline.execute()


_keepers: WeakKeyDictionary[asyncio.AbstractEventLoop, Keeper] = WeakKeyDictionary()


def _keeper() -> Keeper:
    """This event loop's."""
    return _keepers.setdefault(asyncio.get_running_loop(), Keeper())
