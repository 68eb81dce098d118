"""The stream behind an open page: what changed, the answer under way, and going on without the broker."""

import asyncio
import html
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from django.urls import reverse
from pytest_django import Settings

from apps.conversations import services
from apps.conversations.live import attending, broker, events, watching
from apps.conversations.live.showing import tell_shown
from apps.conversations.models import Conversation, Member
from apps.dashboard.desk import live
from apps.dashboard.desk.live import LivePage
from apps.widget import streaming
from tests.dashboard.seeding import Desk, open_desk

PATIENCE = 20.0


@pytest.fixture
def desk(transactional_db: None, bells: list[object]) -> Desk:
    return open_desk()


@pytest.fixture
def with_broker(broker_url: str, settings: Settings) -> None:
    settings.REDIS_URL = broker_url
    broker.circuit.close()


def page_of(desk: Desk, *, which: str = "", name: str = "") -> LivePage:
    member = Member.objects.select_related("site", "user").get(site=desk.site, user=desk.people["agent"])
    return LivePage(member, conversation=desk.conversations.get(which), name=name)


async def told(
    lines: AsyncIterator[str],
    wanted: str,
    *,
    about: str = "",
    meanwhile: Callable[[], Awaitable[Any]] | None = None,
) -> dict[str, Any]:
    """The data of the next event of this kind, about this conversation if one is named.

    What is done meanwhile is done anew until somebody heard it.
    """
    async with asyncio.timeout(PATIENCE):
        reading = asyncio.ensure_future(_next(lines, wanted, about=about))
        while not reading.done():
            if meanwhile is not None:
                await meanwhile()
            await asyncio.wait([reading], timeout=0.3)
        return reading.result()


async def _next(lines: AsyncIterator[str], wanted: str, *, about: str) -> dict[str, Any]:
    async for line in lines:
        kind, _, data = line.partition("\n")
        if kind == f"event: {wanted}":
            found: dict[str, Any] = json.loads(data.removeprefix("data: "))
            if about in ("", found.get("conversation_id")):
                return found
    raise AssertionError(f"The stream ended without {wanted}.")


@pytest.mark.services
async def test_a_page_hears_what_changed_at_its_site(desk: Desk, with_broker: None) -> None:
    waiting = desk.conversations["waiting"]
    member = await Member.objects.select_related("site", "user").aget(user=desk.colleague)
    async with aclosing((await sync_to_async(page_of)(desk)).lines()) as lines:

        async def change() -> None:
            await sync_to_async(services.take_over)(waiting, by=member)
            await sync_to_async(services.give_back)(waiting, by=member)

        # Others who wait are told their new place too; whichever comes first is chance.
        heard = await told(lines, "changed", about=str(waiting.pk), meanwhile=change)
    assert heard["status"] in ("agent", "assistant")


@pytest.mark.services
async def test_an_answer_under_way_is_told_whole_with_every_sentence(desk: Desk, with_broker: None) -> None:
    conversation = desk.conversations["assistant"]
    reply = await conversation.messages.aget(state="generating")
    sentences = ["It costs 6.90 EUR. [1]", " We deduct it. [1]"]

    async def write() -> None:
        for index, text in enumerate(sentences):
            data = {"message_id": str(reply.pk), "index": index, "text": text, "citations": [1]}
            await events.emit(conversation.pk, "token", data, seq=reply.seq)

    async with aclosing((await sync_to_async(page_of)(desk, which="assistant")).lines()) as lines:
        await told(lines, "writing", meanwhile=write)
        second = await told(lines, "writing")
    assert second == {"message_id": str(reply.pk), "text": "It costs 6.90 EUR. [1] We deduct it. [1]"}


async def who(lines: AsyncIterator[str], news: str) -> Any:
    """Who `came` or `went`, or `everybody`: the next such word of who is here."""
    while news not in (heard := await told(lines, "presence")):
        pass
    return heard[news]


@pytest.mark.services
async def test_a_page_sees_who_else_looks_and_whether_the_customer_is_here(
    desk: Desk, with_broker: None
) -> None:
    waiting = desk.conversations["waiting"]
    colleague = await Member.objects.select_related("site", "user").aget(user=desk.colleague)
    async with aclosing((await sync_to_async(page_of)(desk, which="waiting")).lines()) as lines:
        assert await who(lines, "everybody") == []  # oneself is nobody else
        async with aclosing(LivePage(colleague, conversation=waiting).lines()) as theirs:
            await anext(theirs)
            came = await who(lines, "came")
            assert (came["conversation_id"], came["name"], came["initials"]) == (
                str(waiting.pk),
                "子涵",
                "子涵",
            )
            async with aclosing(streaming.frames(waiting, site=desk.site, cursor=None)) as chat:
                await anext(chat)
                assert (await who(lines, "came"))["is_customer"]
                async with aclosing((await sync_to_async(page_of)(desk, which="waiting")).lines()) as later:
                    everybody = await who(later, "everybody")
                    assert {one["is_customer"] for one in everybody} == {True, False}
            assert (await who(lines, "went"))["is_customer"]
        assert await who(lines, "went") == came


async def sees(lines: AsyncIterator[str], *conversations: Conversation) -> None:
    """Somebody in each of these, and in no other."""
    wanted = {str(one.pk) for one in conversations}
    while {one["conversation_id"] for one in await who(lines, "everybody")} != wanted:
        pass


@pytest.mark.services
async def test_a_page_is_told_who_looks_at_what_it_shows_and_at_nothing_else(
    desk: Desk, with_broker: None
) -> None:
    mine, waiting, new = (desk.conversations[name] for name in ("mine", "waiting", "assistant"))
    page = await sync_to_async(page_of)(desk, which="mine", name="a:page")
    async with aclosing(page.lines()) as lines, attending.attending(desk.site.pk, waiting.pk):
        assert await who(lines, "everybody") == []
        await sync_to_async(tell_shown)("a:page", [waiting.pk])
        await sees(lines, waiting)
        async with attending.attending(desk.site.pk, new.pk), attending.attending(desk.site.pk, mine.pk):
            assert (await who(lines, "came"))["conversation_id"] == str(mine.pk)
            await sync_to_async(tell_shown)("a:page", [new.pk])
            await sees(lines, new, mine)


@pytest.mark.services
async def test_what_a_list_showed_before_its_page_listens_is_known(desk: Desk, with_broker: None) -> None:
    waiting = desk.conversations["waiting"]
    client = AsyncClient()
    await client.aforce_login(desk.people["agent"])
    address = reverse("conversation_list", args=[desk.site.pk])
    await client.get(address, {"page": "lantern-and-loom"})
    member = await Member.objects.aget(site=desk.site, user=desk.people["agent"])
    page = await sync_to_async(page_of)(desk, name=f"{member.pk}:lantern-and-loom")
    async with attending.attending(desk.site.pk, waiting.pk), aclosing(page.lines()) as lines:
        await sees(lines, waiting)


@pytest.mark.services
async def test_a_page_that_is_slow_is_told_everybody_anew(
    desk: Desk, with_broker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MOST_WAITING", 2)
    site, shown = desk.site.pk, desk.conversations["waiting"].pk
    watcher, other = watching.Watcher(shown=[str(shown)]), watching.Watcher(shown=[str(shown)])
    async with aclosing(watcher.watch(site)) as slow, aclosing(other.watch(site)) as quick:
        assert await anext(slow) == await anext(quick) == attending.Everybody(())
        for name in "abcd":
            async with attending.attending(site, shown, user=1, name=name):
                await comes_or_goes(quick, name, is_here=True)
            await comes_or_goes(quick, name, is_here=False)
        async with asyncio.timeout(PATIENCE):
            while await anext(slow) != attending.Everybody(()):
                pass


async def comes_or_goes(news: AsyncIterator[Any], name: str, *, is_here: bool) -> None:
    async with asyncio.timeout(PATIENCE):
        async for one in news:
            if isinstance(one, attending.Change) and (one.entry.name, one.is_here) == (name, is_here):
                return


@pytest.mark.services
async def test_who_was_lost_with_a_process_is_gone_and_who_was_forgotten_is_back(
    desk: Desk, with_broker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attending, "RENEWED_EVERY", 0.05)
    waiting, key = desk.conversations["waiting"], f"present:{{{desk.site.pk}}}"
    killed = json.dumps([str(waiting.pk), 7, "Kim", "t"], separators=(",", ":"))
    async with broker.async_broker() as client:
        await client.zadd(key, {killed: time.time() + 3600})
    async with (
        attending.attending(desk.site.pk, waiting.pk),
        aclosing((await sync_to_async(page_of)(desk, which="waiting")).lines()) as lines,
    ):
        assert len(await who(lines, "everybody")) == 2
        async with broker.async_broker() as client:
            await client.zadd(key, {killed: time.time() - 1})
        assert (await who(lines, "went"))["name"] == "Kim"
        async with broker.async_broker() as client:
            await client.delete(key)
        (here,) = await who(lines, "everybody")
        assert here["is_customer"]


@pytest.mark.services
async def test_who_leaves_while_all_are_renewed_is_not_put_back(
    with_broker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, keeper = uuid4(), attending.Keeper()
    stays, goes = (attending.Attendance(str(uuid4()), None, "", token) for token in "ab")
    for entry in (stays, goes):
        await keeper.come(site, entry)
    send = keeper._send

    async def send_late(*args: Any, **kwargs: Any) -> None:
        await keeper.go(site, goes)
        await send(*args, **kwargs)

    monkeypatch.setattr(keeper, "_send", send_late)
    await keeper._renew_at(site)
    assert await attending._everybody(site) == attending.Everybody((stays,))
    await keeper.go(site, stays)


async def test_who_leaves_while_the_broker_is_slow_to_hear_of_them_is_not_kept(
    settings: Settings,
) -> None:
    broker.circuit.close()
    heard = asyncio.Event()

    async def attend() -> None:
        async with attending.attending(uuid4(), uuid4()):
            raise AssertionError("nobody was told yet")

    async with await asyncio.start_server(lambda *_: heard.set(), "127.0.0.1", 0) as mute:
        settings.REDIS_URL = f"redis://127.0.0.1:{mute.sockets[0].getsockname()[1]}/0"
        coming = asyncio.create_task(attend())
        await heard.wait()
        coming.cancel()
        await asyncio.wait([coming])
    broker.circuit.close()
    assert attending._keeper()._entries == {}  # whom it would renew for as long as the process lives


async def test_without_the_broker_nobody_is_said_to_be_here(desk: Desk) -> None:
    async with aclosing((await sync_to_async(page_of)(desk, which="mine")).lines()) as lines:
        assert await told(lines, "presence") == {"everybody": None}


async def test_only_a_page_with_a_list_is_told_who_looks_at_what(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a broker a page hears at once that it is not known."""
    monkeypatch.setattr(live, "POLL_SECONDS", 0.1)
    client = AsyncClient()
    await client.aforce_login(desk.people["agent"])
    for name, is_told in (("conversations", True), ("phrases", False)):
        page = (await client.get(reverse(name, args=[desk.site.pk]))).content.decode()
        (address,) = re.findall(r'data-events="(.*?)"', page)
        heard = ""
        async for line in (await client.get(html.unescape(address))).streaming_content:
            heard += line.decode()
            if heard.count("event: changed") == 2 and (not is_told or "event: presence" in heard):
                break
        assert ("event: presence" in heard) == is_told


async def test_without_the_broker_the_page_is_told_to_look_every_few_seconds(desk: Desk) -> None:
    async with aclosing((await sync_to_async(page_of)(desk)).lines()) as lines:
        assert await told(lines, "changed") == {}
        assert await told(lines, "changed") == {}


async def test_a_page_that_closes_leaves_nothing_running(desk: Desk) -> None:
    before = len(asyncio.all_tasks())
    async with aclosing((await sync_to_async(page_of)(desk, which="mine")).lines()) as lines:
        await anext(lines)
    hubs = 1  # the hub of this loop stays
    assert len(asyncio.all_tasks()) <= before + hubs


@pytest.mark.services
async def test_one_who_is_no_longer_a_member_is_cut_off(
    desk: Desk, with_broker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "QUIET_SECONDS", 0.2)
    page = await sync_to_async(page_of)(desk)
    await Member.objects.filter(pk=page.member.pk).adelete()
    async with asyncio.timeout(PATIENCE):
        assert [line async for line in page.lines() if line.startswith("event: changed")] == []


async def test_the_stream_is_served_as_one(desk: Desk) -> None:
    client = AsyncClient()
    await client.aforce_login(desk.people["agent"])
    answer = await client.get(reverse("events", args=[desk.site.pk]))
    assert answer["Content-Type"] == "text/event-stream"
    assert answer["Cache-Control"] == "no-store"
    async for line in answer.streaming_content:
        assert line == b"retry: 2000\n\n"
        break
