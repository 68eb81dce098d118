"""What happens in a conversation, told live: one stream of events per conversation and one per site.

A stream is a list on the broker (kept for a day, a few thousand events) plus a channel that announces each entry.
The rows are the truth. An event about a message carries its id only, and whoever shows it reads the row: so
nothing private can be in a stream. Only checked sentences of an answer under way travel as text.

When the broker is gone nothing here raises: `publish` returns None and `read` says LOST about every second, upon
which its reader looks at the rows itself, and REFETCH once when the broker is back.
"""

import asyncio
import json
import re
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apps.conversations.live.broker import BrokerGone, async_broker, broker
from apps.conversations.live.hub import Hub, Notice, Queue, hub

KEPT_EVENTS = 5_000
KEPT_SECONDS = 24 * 3600
QUIET_SECONDS = 15.0
LOST_SECONDS = 1.0
PAGE = 500

LOST = "lost"  # the broker is gone: look at the rows
QUIET = "quiet"  # nothing happened for a while
REFETCH = "refetch"  # events may have been missed: read the rows

START = "0-0"
CURSOR = re.compile(r"(\d{1,20})-(\d{1,20})")
WITHDRAWN = "withdrawn"

# A fence says which attempt may still speak for a reply; whoever it does not name is not heard. It stands on the
# broker, beside the stream, so that not even a sentence already on its way gets past it.
APPEND = """
if ARGV[1] ~= '' then
  local holder = redis.call('GET', KEYS[2])
  if holder and holder ~= ARGV[1] then return false end
end
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'type', ARGV[4], 'seq', ARGV[5], 'data', ARGV[6])
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('PUBLISH', KEYS[1], id .. ' ' .. ARGV[4] .. ' ' .. ARGV[5] .. ' ' .. ARGV[6])
return id
"""


@dataclass(frozen=True, slots=True)
class StreamEvent:
    type: str
    id: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    seq: int = 0  # of the message that it is about, or the conversation's last when it happened


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks for a reply: its attempt. Heard only while the fence names it, or names nobody."""

    reply_id: UUID
    attempt: int


class BadCursor(ValueError):
    """Neither an event's id nor the number of a message."""


# --- Telling -----------------------------------------------------------------------------------------------

_gathering = threading.local()
Command = tuple[Any, ...]


@contextmanager
def together() -> Iterator[None]:
    """What this thread tells inside goes to the broker in one go, at the end, and in this order."""
    if getattr(_gathering, "commands", None) is not None:
        yield
        return
    commands: list[Command] = []
    _gathering.commands = commands
    try:
        yield
    finally:
        _gathering.commands = None
        _send_all(commands)


def _send_all(commands: Sequence[Command]) -> None:
    if not commands:
        return
    try:
        with broker() as client:
            pipeline = client.pipeline(transaction=False)
            for command in commands:
                pipeline.execute_command(*command)
            pipeline.execute()
    except BrokerGone:
        return


def _send(*command: Any) -> Any:
    """The broker's answer; None when it is gone, or will be asked later."""
    gathered: list[Command] | None = getattr(_gathering, "commands", None)
    if gathered is not None:
        gathered.append(command)
        return None
    try:
        with broker() as client:
            return client.execute_command(*command)
    except BrokerGone:
        return None


def publish(
    conversation_id: UUID, type: str, data: Mapping[str, Any], *, seq: int = 0, speaker: Speaker | None = None
) -> str | None:
    """The event's id, or None when it was not heard: the broker is gone, or the speaker is fenced off."""
    keys, arguments = _entry(_stream(conversation_id), type=type, data=data, seq=seq, speaker=speaker)
    return _text(_send("EVAL", APPEND, len(keys), *keys, *arguments))


async def emit(
    conversation_id: UUID, type: str, data: Mapping[str, Any], *, seq: int = 0, speaker: Speaker | None = None
) -> str | None:
    """`publish` for async code."""
    keys, arguments = _entry(_stream(conversation_id), type=type, data=data, seq=seq, speaker=speaker)
    try:
        async with async_broker() as client:
            return _text(await client.eval(APPEND, len(keys), *keys, *arguments))
    except BrokerGone:
        return None


def publish_site(site_id: UUID, type: str, data: Mapping[str, Any]) -> str | None:
    """A small notice for the people of a site: what changed, never its content."""
    keys, arguments = _entry(_site_stream(site_id), type=type, data=data, seq=0, speaker=None)
    return _text(_send("EVAL", APPEND, len(keys), *keys, *arguments))


def name_speaker(conversation_id: UUID, speaker: Speaker) -> None:
    _fence(conversation_id, speaker.reply_id, str(speaker.attempt))


def silence(conversation_id: UUID, reply_id: UUID) -> None:
    """From now on nothing more of this reply gets into the stream."""
    _fence(conversation_id, reply_id, WITHDRAWN)


def forget(conversation_ids: Sequence[UUID]) -> None:
    """What was told live is gone. Without a broker it goes by itself, within `KEPT_SECONDS`."""
    try:
        with broker() as client:
            for start in range(0, len(conversation_ids), PAGE):
                client.delete(*(_stream(one) for one in conversation_ids[start : start + PAGE]))
    except BrokerGone:
        return


def _fence(conversation_id: UUID, reply_id: UUID, holder: str) -> None:
    # Where the broker is gone nobody is listening either; the rows refuse what comes late.
    _send("SET", _fence_key(_stream(conversation_id), reply_id), holder, "EX", KEPT_SECONDS)


def _entry(
    stream: str, *, type: str, data: Mapping[str, Any], seq: int, speaker: Speaker | None
) -> tuple[list[str], list[str | int]]:
    fence = _fence_key(stream, speaker.reply_id if speaker else "none")
    holder = str(speaker.attempt) if speaker else ""
    content = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return [stream, fence], [holder, KEPT_EVENTS, KEPT_SECONDS, type, seq, content]


def _stream(conversation_id: UUID) -> str:
    return f"events:{{{conversation_id}}}"  # braces: a cluster keeps a stream and its fences together


def _site_stream(site_id: UUID) -> str:
    return f"site:{{{site_id}}}"


def _fence_key(stream: str, reply_id: "UUID | str") -> str:
    return f"{stream}:fence:{reply_id}"


def _text(value: Any) -> str | None:
    return value.decode() if isinstance(value, bytes) else None


# --- Listening ---------------------------------------------------------------------------------------------


def parse_cursor(text: str) -> str | int:
    """An event's id as it is, or the number of a message."""
    if CURSOR.fullmatch(text):
        return text
    if text.isascii() and text.isdecimal() and len(text) <= 10:
        return int(text)
    raise BadCursor(text)


async def latest_id(conversation_id: UUID) -> str | None:
    """The id to go on from without a gap; None when the broker is gone."""
    try:
        return (await _span(_stream(conversation_id)))[1]
    except BrokerGone:
        return None


def last_at_site(site_id: UUID) -> tuple[int, int] | None:
    """How far the notices of a site are, to be compared; None when the broker is gone."""
    try:
        with broker() as client:
            last = client.xrevrange(_site_stream(site_id), count=1)
    except BrokerGone:
        return None
    return _order(last[0][0].decode() if last else START)


async def id_before(conversation_id: UUID, *, seq: int) -> str | None:
    """Where to go on from to hear all of a message: the last event about what came before it."""
    try:
        async with async_broker() as client:
            latest_first = await client.xrevrange(_stream(conversation_id), count=PAGE)
    except BrokerGone:
        return None
    earlier = (entry_id.decode() for entry_id, fields in latest_first if int(fields[b"seq"]) < seq)
    return next(earlier, START)


def usual_quiet() -> float:
    return QUIET_SECONDS


def read(
    conversation_id: UUID, *, cursor: str = START, quiet: Callable[[], float] = usual_quiet
) -> AsyncGenerator[StreamEvent, None]:
    """Events after the cursor, then live, without end. Between them LOST, QUIET and REFETCH (see above).

    `quiet`: after how many seconds without an event QUIET is said; asked for anew after each.
    """
    return _read(_stream(conversation_id), cursor=cursor, quiet=quiet)


def read_site(
    site_id: UUID, *, cursor: str = "", quiet: Callable[[], float] = usual_quiet
) -> AsyncGenerator[StreamEvent, None]:
    """Notices of a site; from now on when there is no cursor."""
    return _read(_site_stream(site_id), cursor=cursor, quiet=quiet)


async def _read(stream: str, *, cursor: str, quiet: Callable[[], float]) -> AsyncGenerator[StreamEvent, None]:
    desk = hub()
    async with desk.subscribed(stream.encode()) as queue:
        reader = _Reader(stream, desk=desk, queue=queue, cursor=cursor, quiet=quiet)
        async with aclosing(reader.events()) as events:
            async for event in events:
                yield event


class _Reader:
    def __init__(
        self, stream: str, *, desk: Hub, queue: Queue, cursor: str, quiet: Callable[[], float]
    ) -> None:
        self.stream, self.desk, self.queue = stream, desk, queue
        self.cursor, self.quiet = cursor, quiet

    async def events(self) -> AsyncGenerator[StreamEvent, None]:
        was_lost = False
        while True:
            try:
                if not self.desk.is_up:
                    raise BrokerGone
                async for event in self._catch_up(was_lost=was_lost):
                    yield event
                was_lost = False
                async for event in self._live():
                    yield event
            except BrokerGone:
                was_lost = True
                yield StreamEvent(LOST)
                await asyncio.sleep(LOST_SECONDS)

    async def _catch_up(self, *, was_lost: bool) -> AsyncGenerator[StreamEvent, None]:
        first, last = await _span(self.stream)
        known = self.cursor == START or _order(first) <= _order(self.cursor or last) <= _order(last)
        if not known or not self.cursor:
            self.cursor = last
        if not known or was_lost:
            yield StreamEvent(REFETCH, self.cursor)
        while page := await _page(self.stream, after=self.cursor):
            for event in page:
                self.cursor = event.id or self.cursor
                yield event

    async def _live(self) -> AsyncGenerator[StreamEvent, None]:
        """Until something may have been missed; raises BrokerGone."""
        while True:
            try:
                async with asyncio.timeout(self.quiet()):
                    item = await self.queue.get()
            except TimeoutError:
                yield StreamEvent(QUIET)
                continue
            if item is Notice.CATCH_UP:
                return
            if isinstance(item, Notice):
                raise BrokerGone
            event = _announced(item)
            if _order(event.id or START) > _order(self.cursor):
                self.cursor = event.id or self.cursor
                yield event


async def _span(stream: str) -> tuple[str, str]:
    """The ids of the first and the last entry; START twice for an empty stream."""
    async with async_broker() as client:
        first = await client.xrange(stream, count=1)
        last = await client.xrevrange(stream, count=1)
    return (first[0][0].decode(), last[0][0].decode()) if first and last else (START, START)


async def _page(stream: str, *, after: str) -> list[StreamEvent]:
    async with async_broker() as client:
        entries = await client.xrange(stream, min=f"({after}", count=PAGE)
    return [
        StreamEvent(
            type=fields[b"type"].decode(),
            id=entry_id.decode(),
            data=json.loads(fields[b"data"]),
            seq=int(fields[b"seq"]),
        )
        for entry_id, fields in entries
    ]


def _announced(item: bytes) -> StreamEvent:
    entry_id, type, seq, data = item.decode().split(" ", 3)
    return StreamEvent(type=type, id=entry_id, data=json.loads(data), seq=int(seq))


def _order(event_id: str) -> tuple[int, int]:
    milliseconds, _, number = event_id.partition("-")
    return int(milliseconds), int(number)
