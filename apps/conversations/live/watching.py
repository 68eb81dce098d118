"""Who comes and goes at a site, told to those pages that show the conversation.

One follower in each process hears of everybody at a site (`attending`); a page is told of the conversations that it shows.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable
from contextlib import aclosing, asynccontextmanager
from uuid import UUID
from weakref import WeakKeyDictionary

from apps.conversations.live.attending import Attendance, Change, Everybody, follow
from apps.conversations.live.stopping import stop

logger = logging.getLogger(__name__)

MOST_WAITING = 100  # changes; whoever is slower than that is told everything anew

ByConversation = dict[str, dict[str, Attendance]]  # then by the token of the page


class Watcher:
    """One page: the conversations that it shows, and what it is still to be told of them."""

    def __init__(self, *, shown: Iterable[str] = ()) -> None:
        self.shown = frozenset(shown)
        self._room: _Room | None = None
        self._news: asyncio.Queue[Everybody | Change | None] = asyncio.Queue(MOST_WAITING)

    def show(self, shown: Collection[str]) -> None:
        if self.shown == shown:
            return
        self.shown = frozenset(shown)
        if self._room is not None:
            self._room.tell_everybody(self)

    async def watch(self, site_id: UUID) -> AsyncGenerator[Everybody | Change, None]:
        """First everybody, then who comes and goes; everybody again when something else is shown, or may have been missed."""
        async with _room_of(site_id) as room, room.watched_by(self):
            self._room = room
            while (news := await self._news.get()) is not None:
                yield news

    def tell(self, news: Everybody | Change | None) -> None:
        if self._news.full():
            while not self._news.empty():
                self._news.get_nowait()
            news = self._room.among(self.shown) if news and self._room else news
        self._news.put_nowait(news)


class _Room:
    """Everybody at one site."""

    def __init__(self, site_id: UUID) -> None:
        self.visits = 0
        self._watchers: set[Watcher] = set()
        self._has_looked = False
        self._there: ByConversation | None = None  # None while that is not known
        self.following = asyncio.create_task(self._follow(site_id))
        self.following.add_done_callback(self._end)

    @asynccontextmanager
    async def watched_by(self, watcher: Watcher) -> AsyncIterator[None]:
        self._watchers.add(watcher)
        self.tell_everybody(watcher)
        try:
            yield
        finally:
            self._watchers.discard(watcher)

    def tell_everybody(self, watcher: Watcher) -> None:
        if self._has_looked:  # else it is told with all others
            watcher.tell(self.among(watcher.shown))

    def among(self, shown: Collection[str]) -> Everybody:
        if self._there is None:
            return Everybody(None)
        pages = (page for one in shown for page in self._there.get(one, {}).values())
        return Everybody(tuple(pages))

    async def _follow(self, site_id: UUID) -> None:
        async with aclosing(follow(site_id)) as told:
            async for news in told:
                self._take(news)

    def _take(self, news: Everybody | Change) -> None:
        self._has_looked = True
        if isinstance(news, Everybody):
            self._there = None if news.entries is None else _by_conversation(news.entries)
            for watcher in self._watchers:
                self.tell_everybody(watcher)
        elif self._there is not None:
            _note(self._there, news)
            for watcher in self._watchers:
                if news.entry.conversation_id in watcher.shown:
                    watcher.tell(news)

    def _end(self, task: "asyncio.Task[None]") -> None:
        """It fell silent: so do the pages' streams, and the next one finds a new room."""
        if not task.cancelled() and (error := task.exception()):
            logger.error("Nobody follows who comes and goes any more", exc_info=error)
        for watcher in self._watchers:
            watcher.tell(None)


def _by_conversation(entries: Iterable[Attendance]) -> ByConversation:
    there: ByConversation = {}
    for entry in entries:
        there.setdefault(entry.conversation_id, {})[entry.token] = entry
    return there


def _note(there: ByConversation, change: Change) -> None:
    pages = there.setdefault(change.entry.conversation_id, {})
    if change.is_here:
        pages[change.entry.token] = change.entry
    else:
        pages.pop(change.entry.token, None)
    if not pages:
        del there[change.entry.conversation_id]


_rooms: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[UUID, _Room]] = WeakKeyDictionary()


@asynccontextmanager
async def _room_of(site_id: UUID) -> AsyncIterator[_Room]:
    """This event loop's; closed when the last one leaves."""
    rooms = _rooms.setdefault(asyncio.get_running_loop(), {})
    room = rooms.get(site_id)
    if room is None or room.following.done():
        room = rooms[site_id] = _Room(site_id)
    room.visits += 1
    try:
        yield room
    finally:
        room.visits -= 1
        if not room.visits:
            if rooms.get(site_id) is room:
                del rooms[site_id]
            await stop([room.following])
