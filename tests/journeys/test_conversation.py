"""A customer's conversation through HTTP, with real processes, some of which die on the way."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.journeys.desk import Customer, Desk, Web, until

pytestmark = [pytest.mark.services, pytest.mark.timeout(240, func_only=True)]

QUESTION = "Within how many days can I return any item?"
Arrives = Callable[[Web], Customer]


async def test_question_is_answered_with_its_source(desk: Desk, web: Web, customer: Arrives) -> None:
    desk.start_model("ok")
    someone = customer(web)
    await someone.begin()
    async with someone.listening():
        posted = await someone.say(QUESTION, id="m1")
        await until(someone.settled, what="an answer")
    (answer,) = someone.settled()
    assert answer["id"] == posted["reply_id"]
    assert "30 days" in answer["text"]
    assert answer["citations"][0]["title"] == "Returns"
    shown = someone.sentences[answer["id"]]
    assert "".join(shown[index] for index in sorted(shown)) == answer["text"]
    assert [type for type, _ in someone.heard][-1] == "done"
    (told,) = [data["citations"] for type, data in someone.heard if type == "citations"]
    assert told == answer["citations"]
    assert (answer["language"], told[0]["language"]) == ("en", "en")


async def test_model_that_is_down_means_quoting_and_saying_so(
    desk: Desk, web: Web, customer: Arrives
) -> None:
    desk.stop_model()
    someone = customer(web)
    await someone.begin()
    async with someone.listening():
        await someone.say(QUESTION, id="m1")
        await until(someone.settled, what="an answer", seconds=20)
    (answer,) = someone.settled()
    assert answer["notice"] == "model_unavailable"
    assert "30 days" in answer["text"]


@pytest.mark.parametrize("mode", ["silent", "think"])
async def test_model_that_misbehaves_leads_to_an_answer_all_the_same(
    desk: Desk, web: Web, customer: Arrives, mode: str
) -> None:
    desk.start_model(mode)
    someone = customer(web)
    await someone.begin()
    async with someone.listening():
        await someone.say(QUESTION, id="m1")
        await until(someone.settled, what="an answer", seconds=30)
    (answer,) = someone.settled()
    assert "30 days" in answer["text"]
    assert "<think>" not in json.dumps(someone.heard)


async def test_killed_web_process_costs_nothing(desk: Desk, doomed: Web, web: Web, customer: Arrives) -> None:
    desk.start_model("slow")
    someone = customer(doomed)
    await someone.begin()
    posted = await someone.say(QUESTION, id="m1")
    await asyncio.sleep(0.5)
    doomed.kill()
    someone.web = web  # where the restarted one would be
    desk.start_model("ok")
    async with someone.listening():
        again = await someone.say(QUESTION, id="m1")  # the client never heard back, and asks again
        await until(someone.settled, what="the answer from another process")
    assert again == posted
    assert [(row["seq"], row["sender"], row["state"]) for row in await someone.rows()] == [
        (1, "contact", "sent"),
        (2, "assistant", "done"),
    ]


async def test_worker_finishes_what_a_killed_web_process_left(
    desk: Desk, doomed: Web, customer: Arrives
) -> None:
    desk.start_model("slow")
    someone = customer(doomed)
    await someone.begin()
    posted = await someone.say(QUESTION, id="m1")
    await asyncio.sleep(0.5)
    doomed.kill()
    desk.start_model("ok")
    worker = desk.start_worker()
    # Nobody looks at the conversation meanwhile: only the sweeper can do it.
    await until(lambda: desk.state_of(posted["reply_id"]) == "done", what="the sweep", seconds=150)
    worker.terminate()
    worker.wait(timeout=30)


async def test_web_process_that_is_asked_to_end_hands_its_answers_over(
    desk: Desk, doomed: Web, web: Web, customer: Arrives
) -> None:
    desk.start_model("slow")
    someone = customer(doomed)
    await someone.begin()
    async with someone.listening():
        await someone.say(QUESTION, id="m1")
        await asyncio.sleep(0.5)
        someone.web = web
        await asyncio.to_thread(doomed.stop)
        desk.start_model("ok")
        await until(someone.settled, what="the answer from the other process")
    assert [row["state"] for row in await someone.rows()] == ["sent", "done"]


async def test_any_web_process_serves_any_stream(desk: Desk, web: Web, customer: Arrives) -> None:
    desk.start_model("ok")
    writer = customer(web)
    await writer.begin()
    other = desk.start_web()
    reader = Customer(other, writer.key, writer.token, writer.conversation)
    async with reader.listening():
        await writer.say(QUESTION, id="m1")
        await until(reader.settled, what="the answer in the other process")
    other.stop()


async def test_broker_that_is_gone_costs_no_message(desk: Desk, web: Web, customer: Arrives) -> None:
    desk.start_model("ok")
    someone = customer(web)
    await someone.begin()
    async with someone.listening():
        await someone.say(QUESTION, id="m1")
        await until(lambda: len(someone.settled()) == 1, what="an answer")
        desk.stop_broker()
        await someone.say("What does delivery cost?", id="m2")
        await until(lambda: len(someone.settled()) == 2, what="an answer without a broker")
        handed = await someone.post(f"conversations/{someone.conversation}/handoff")
        assert handed.json()["status"] == "waiting"
        desk.start_broker()
        await until(lambda: ("refetch", {}) in someone.heard, what="the word that the broker is back")
        await someone.say("Hello?", id="m3")
        await until(
            lambda: len([m for m in someone.messages.values() if m["sender"] == "contact"]) == 3, what="m3"
        )
    assert [row["seq"] for row in await someone.rows()] == [1, 2, 3, 4, 5]


async def test_stopped_answer_stays_stopped(desk: Desk, web: Web, customer: Arrives) -> None:
    desk.start_model("slow")
    someone = customer(web)
    await someone.begin()
    async with someone.listening():
        posted = await someone.say(QUESTION, id="m1")
        stopped = await someone.post(f"messages/{posted['reply_id']}/stop")
        assert stopped.json()["message"]["state"] == "stopped"
        await until(someone.settled, what="the stop in the stream")
    assert [row["state"] for row in await someone.rows()] == ["sent", "stopped"]


async def test_message_is_answered_while_its_customer_is_away(
    desk: Desk, web: Web, customer: Arrives
) -> None:
    desk.start_model("ok")
    someone = customer(web)
    await someone.begin()
    await someone.say(QUESTION, id="m1")

    async def answered() -> list[dict[str, Any]]:
        return [row for row in await someone.rows() if row["state"] == "done"]

    for _ in range(200):
        if await answered():
            break
        await asyncio.sleep(0.1)
    assert await answered()


async def test_garbage_cursor_and_missing_origin_are_told(web: Web, customer: Arrives) -> None:
    someone = customer(web)
    await someone.begin()
    async with someone.client() as client:
        response = await client.get(
            f"conversations/{someone.conversation}/events", headers={"Last-Event-ID": "garbage"}
        )
        assert (response.status_code, response.json()["error"]["code"]) == (400, "bad_cursor")
    async with httpx.AsyncClient() as nobody:
        response = await nobody.post(f"{web.url}/api/widget/v1/sessions", json={"site_key": someone.key})
    assert (response.status_code, response.json()["error"]["code"]) == (403, "origin_required")
