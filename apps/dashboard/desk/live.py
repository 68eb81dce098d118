"""One stream of events for one open page: what changed at the site, who looks at what, and the answer that is being written.

The page fetches what changed itself, from rows, through the same doors as always. Only checked sentences of an answer
under way travel here, and only to a page that has its conversation open.
"""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import aclosing
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_safe

from apps.conversations import queries
from apps.conversations.live import events
from apps.conversations.live.attending import Attendance, Change, Everybody, attending
from apps.conversations.live.database import in_database, let_go
from apps.conversations.live.showing import shown_on
from apps.conversations.live.stopping import stop
from apps.conversations.live.watching import Watcher
from apps.conversations.models import Conversation, Member, Message
from apps.dashboard.access import for_members_async
from apps.dashboard.templatetags.dashboard import initials

logger = logging.getLogger(__name__)

END = ""
POLL_SECONDS = 3.0  # between two looks at the rows while the broker is gone
PAGE_NAME = re.compile(r"[\w-]{8,40}", re.ASCII)
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@require_safe
@for_members_async()
async def stream(request: HttpRequest, member: Member) -> StreamingHttpResponse:
    conversation = await sync_to_async(asked_for)(request, member)
    # The request's own thread would hold its database connection for as long as the page is open.
    await sync_to_async(let_go)()
    page = LivePage(
        member,
        conversation=conversation,
        shows_others="others" in request.GET,
        name=page_name(request, member),
    )
    content = page.lines()
    return StreamingHttpResponse(content, content_type="text/event-stream", headers=HEADERS)


def page_name(request: HttpRequest, member: Member) -> str:
    """Of an open page, for its list and its stream to find one another; a member has only pages of their own."""
    given = request.GET.get("page", "")
    return f"{member.pk}:{given}" if PAGE_NAME.fullmatch(given) else ""


def asked_for(request: HttpRequest, member: Member) -> Conversation | None:
    """The conversation that the page has open, if any. One that the member cannot reach is not there."""
    given = request.GET.get("conversation")
    if not given:
        return None
    try:
        return queries.conversation_for(member, UUID(given))
    except (ValueError, Conversation.DoesNotExist):
        raise Http404 from None


class LivePage:
    def __init__(
        self,
        member: Member,
        *,
        conversation: Conversation | None,
        shows_others: bool = True,
        name: str = "",
    ) -> None:
        self.member = member
        self.conversation = conversation
        self.shows_others = shows_others  # who looks at what, beside a list
        self.name = name
        self.watcher = Watcher(shown=self._with_open([]))
        self.queue: asyncio.Queue[str] = asyncio.Queue(200)

    async def lines(self) -> AsyncIterator[str]:
        """Until the browser goes, or the person may no longer read here."""
        tasks = [asyncio.create_task(work) for work in self._works()]
        for task in tasks:
            task.add_done_callback(self._end)
        try:
            yield "retry: 2000\n\n"
            while line := await self.queue.get():
                yield line
        finally:
            await stop(tasks)

    def _end(self, task: "asyncio.Task[None]") -> None:
        """One of them fell silent: the stream ends, and the browser opens another."""
        if not task.cancelled() and (error := task.exception()):
            logger.error("A dashboard's stream broke off", exc_info=error)
        if self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(END)

    def _works(self) -> list[Coroutine[Any, Any, None]]:
        works = [self._follow_site()]
        if self.shows_others:
            works += [self._follow_others()]
        if self.shows_others and self.name:
            works += [self._follow_list()]
        if self.conversation:
            works += [self._follow_answer(self.conversation), self._be_here(self.conversation)]
        return works

    async def _follow_site(self) -> None:
        clock = asyncio.get_running_loop().time
        looked = 0.0
        async with aclosing(events.read_site(self.member.site_id)) as notices:
            async for notice in notices:
                if notice.type == events.QUIET:
                    await self.queue.put(": quiet\n\n" if await self._may_read() else END)
                elif notice.type == "typing":
                    if notice.data.get("user") != self.member.user_id:
                        await self._tell("typing", notice.data)
                elif notice.type != events.LOST:
                    await self._tell("changed", notice.data)
                elif clock() - looked >= POLL_SECONDS:
                    looked = clock()
                    await self._tell("changed", {})

    async def _be_here(self, conversation: Conversation) -> None:
        """Colleagues see who looks at it, for as long as the page is open and in view."""
        who = self.member.user
        async with attending(conversation.site_id, conversation.pk, user=who.pk, name=who.display_name):
            await asyncio.Event().wait()

    async def _follow_others(self) -> None:
        async with aclosing(self.watcher.watch(self.member.site_id)) as told:
            async for news in told:
                match news:
                    case Everybody(entries):
                        faces = None if entries is None else [face_of(one) for one in self._others(entries)]
                        await self._tell("presence", {"everybody": faces})
                    case Change(entry, is_here):
                        for one in self._others([entry]):
                            await self._tell("presence", {"came" if is_here else "went": face_of(one)})

    async def _follow_list(self) -> None:
        """Which conversations stand in the page's list, and so whose visitors it is told of."""
        async with aclosing(shown_on(self.name)) as told:
            async for shown in told:
                self.watcher.show(self._with_open(shown))

    def _with_open(self, shown: Iterable[str]) -> frozenset[str]:
        return frozenset([*shown, str(self.conversation.pk)] if self.conversation else shown)

    def _others(self, entries: Iterable[Attendance]) -> list[Attendance]:
        return [one for one in entries if one.user != self.member.user_id]

    async def _follow_answer(self, conversation: Conversation) -> None:
        """Tells the whole text so far with each sentence, so that a page may miss any of them."""
        written: dict[str, dict[int, str]] = {}
        cursor = await self._where_to_begin(conversation)
        async with aclosing(events.read(conversation.pk, cursor=cursor)) as happened:
            async for event in happened:
                reply = str(event.data.get("message_id", ""))
                if event.type == "token":
                    written.setdefault(reply, {})[int(event.data["index"])] = str(event.data["text"])
                    text = "".join(part for _, part in sorted(written[reply].items()))
                    await self._tell("writing", {"message_id": reply, "text": text})
                elif event.type in ("done", "failed", "message"):
                    written.pop(reply, None)  # settled, or begun anew

    async def _where_to_begin(self, conversation: Conversation) -> str:
        """From the start while an answer is being written, for its first sentences; else from now on."""
        under_way = await in_database(is_being_answered, conversation)
        return events.START if under_way else await events.latest_id(conversation.pk) or events.START

    async def _may_read(self) -> bool:
        return await in_database(is_still_member, self.member)

    async def _tell(self, type: str, data: Any) -> None:
        await self.queue.put(f"event: {type}\ndata: {json.dumps(dict(data), ensure_ascii=False)}\n\n")


def face_of(one: Attendance) -> dict[str, Any]:
    return {
        "conversation_id": one.conversation_id,
        "token": one.token,
        "is_customer": one.user is None,
        "name": one.name,
        "initials": initials(one.name) if one.name else "",
    }


def is_being_answered(conversation: Conversation) -> bool:
    rows = conversation.messages.filter(state=Message.State.GENERATING, private=False)
    return bool(rows.exists())


def is_still_member(member: Member) -> bool:
    rows = Member.objects.filter(pk=member.pk, role=member.role, user__is_active=True)
    return bool(rows.exists())
