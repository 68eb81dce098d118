"""A conversation's events as its customer's browser reads them (server-sent events).

The stream on the broker names messages; here their rows are read, so that what is private or has changed since is
never shown. While the broker is gone the rows themselves are watched.
"""

import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet

from apps.actions.queries import with_calls
from apps.conversations import queries
from apps.conversations.live import events
from apps.conversations.live.attending import attending
from apps.conversations.live.database import in_database
from apps.conversations.live.events import LOST, QUIET, REFETCH, START, StreamEvent
from apps.conversations.models import Conversation, Message, Site
from apps.conversations.replying import answering
from apps.conversations.wording import say
from apps.widget.limits import stream_of
from apps.widget.markdown import clean
from apps.widget.messages import as_json, shown_citation
from apps.widget.origins import hosts_of

logger = logging.getLogger(__name__)

COMMENT_SECONDS = 15.0
TICK_SECONDS = 5.0  # between two looks for an answer that nobody writes any more
WATCHED_MESSAGES = 30

Frame = tuple[str, Mapping[str, Any]]  # an event's type and data, as the customer gets them


async def frames(conversation: Conversation, *, site: Site, cursor: str | int | None) -> AsyncIterator[bytes]:
    """Bytes of the event stream. It ends only when the database is away: the browser comes back by itself."""
    try:
        with stream_of(conversation.contact_id):
            async with (
                attending(site.pk, conversation.pk),
                aclosing(_frames(conversation, site=site, cursor=cursor)) as stream,
            ):
                async for piece in stream:
                    yield piece
    except (OperationalError, InterfaceError) as error:
        logger.warning("An event stream ends: %s", error)


async def _frames(
    conversation: Conversation, *, site: Site, cursor: str | int | None
) -> AsyncGenerator[bytes, None]:
    view = View(conversation, site=site, after=cursor if isinstance(cursor, int) else 0)
    since_byte = time.monotonic()
    yield b"retry: 2000\n\n"
    await answering.heal(conversation.pk)
    await view.note_open_replies()
    for frame in await view.rows_so_far() if isinstance(cursor, int) else ():
        yield encode(frame, event_id=None)
    start = cursor if isinstance(cursor, str) else START
    async with aclosing(events.read(conversation.pk, cursor=start, quiet=view.patience)) as stream:
        async for event in stream:
            if event.type in (QUIET, LOST) and view.is_waiting:
                await answering.heal(conversation.pk)
            for frame in await view.translate(event):
                yield encode(frame, event_id=event.id)
                since_byte = time.monotonic()
            if time.monotonic() - since_byte >= COMMENT_SECONDS:
                yield b": still here\n\n"
                since_byte = time.monotonic()


def encode(frame: Frame, *, event_id: str | None) -> bytes:
    type, data = frame
    lines = [f"id: {event_id}"] if event_id else []
    lines += [f"event: {type}", f"data: {json.dumps(data, ensure_ascii=False)}"]
    return ("\n".join(lines) + "\n\n").encode()


class View:
    """What one browser has been told, and how the next event looks to it."""

    def __init__(self, conversation: Conversation, *, site: Site, after: int) -> None:
        self.conversation, self.site, self.after = conversation, site, after
        self.hosts = hosts_of(site)
        self.status = conversation.status
        self.seen: dict[UUID, tuple[str, str]] = {}  # state and text of the messages told

    @property
    def is_waiting(self) -> bool:
        """For an answer under way."""
        return any(state == Message.State.GENERATING for state, _ in self.seen.values())

    def patience(self) -> float:
        """Only who waits for an answer is looked after: hundreds of silent chats must not keep a process awake."""
        return TICK_SECONDS if self.is_waiting else COMMENT_SECONDS

    async def note_open_replies(self) -> None:
        """A browser that comes back waits for answers whose beginning it was told before."""
        for row in await in_database(self._open_replies):
            self.seen[row.pk] = (row.state, row.text)

    async def rows_so_far(self) -> list[Frame]:
        """For a client that counts messages: those behind the one it knows."""
        rows = await in_database(self._rows, after=max(0, self.after - WATCHED_MESSAGES))
        told = [(row, self._note(row)) for row in rows]
        return [("message", {"message": face}) for row, face in told if row.seq > self.after]

    async def translate(self, event: StreamEvent) -> list[Frame]:
        match event.type:
            case "quiet":
                return []
            case "lost":
                return await self._changes_in_rows()
            case "message" | "done" | "failed":
                return await self._about_message(event)
            case "token" | "citations":
                return self._about_answer(event)
            case "confirm":
                return await self._about_card(event)
            case _ if event.type != REFETCH and event.seq < self.after:
                return []
            case _:
                self.status = event.data.get("status", self.status)
                return [(event.type, event.data)]

    async def _about_message(self, event: StreamEvent) -> list[Frame]:
        row, face = await in_database(self._look_at, event.data["message_id"])
        if row is None:
            self.seen.pop(UUID(event.data["message_id"]), None)
        told: list[Frame] = []
        if row is not None and (event.type != "message" or event.seq > self.after):
            self._remember(row)
            told = [("done" if event.type == "done" else "message", {"message": face})]
        return [*told, ("failed", self._failure(event, row))] if event.type == "failed" else told

    async def _about_card(self, event: StreamEvent) -> list[Frame]:
        """An action that was proposed, or what became of it."""
        row, face = await in_database(self._look_at, event.data["message_id"])
        if row is None:
            return []
        card = face.get("confirmation")
        return [("confirm", {"message_id": event.data["message_id"], "confirmation": card})]

    def _failure(self, event: StreamEvent, row: Message | None) -> dict[str, Any]:
        code = event.data["code"]
        sentence = row.text if row else say(code, locale=self.conversation.locale)
        return {"message_id": event.data["message_id"], "code": code, "message": sentence}

    def _about_answer(self, event: StreamEvent) -> list[Frame]:
        """Pieces of an answer are of use only until the whole was told."""
        state, _ = self.seen.get(UUID(event.data["message_id"]), (Message.State.GENERATING, ""))
        if state != Message.State.GENERATING or event.seq <= self.after - WATCHED_MESSAGES:
            return []
        if event.type == "token":
            return [("token", {**event.data, "text": clean(event.data["text"], hosts=self.hosts)})]
        citations = [shown_citation(one) for one in event.data["citations"]]
        return [("citations", {**event.data, "citations": citations})]

    async def _changes_in_rows(self) -> list[Frame]:
        """Without a broker: whatever is new in the rows since the last look."""
        status, place, rows = await in_database(self._look)
        changed = [row for row in rows if self.seen.get(row.pk) != (row.state, row.text)]
        frames: list[Frame] = [(self._kind(row), {"message": self._note(row)}) for row in changed]
        if status != self.status:
            self.status = status
            frames.append(("handoff", {"status": status, "position": place}))
        return frames

    def _kind(self, row: Message) -> str:
        was_writing = self.seen.get(row.pk, ("", ""))[0] == Message.State.GENERATING
        return "done" if was_writing and row.state != Message.State.GENERATING else "message"

    def _note(self, row: Message) -> dict[str, Any]:
        self._remember(row)
        return as_json(row, site=self.site)

    def _remember(self, row: Message) -> None:
        self.seen[row.pk] = (row.state, row.text)

    # In the database's threads:

    def _messages(self, *, after: int = 0) -> QuerySet[Message]:
        return with_calls(queries.messages_for_contact(self.conversation, after=after))

    def _look_at(self, message_id: str) -> tuple[Message | None, dict[str, Any]]:
        """The row, and how it looks to the customer."""
        row = queries.message_for_contact(self.conversation, message_id)
        return row, as_json(row, site=self.site) if row else {}

    def _open_replies(self) -> list[Message]:
        return list(self._messages().filter(state=Message.State.GENERATING))

    def _rows(self, *, after: int) -> list[Message]:
        return list(self._messages(after=after))

    def _look(self) -> tuple[str, int | None, list[Message]]:
        now = Conversation.objects.get(pk=self.conversation.pk)
        rows = self._rows(after=max(0, now.last_seq - WATCHED_MESSAGES))
        return now.status, queries.position(now) or None, rows
