"""Answers as they are written: to their end, stopped, lost, one after the other."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from apps.conversations import services
from apps.conversations.live.database import in_database
from apps.conversations.models import Conversation, Message, Site
from apps.conversations.replying import answering, readiness, replies
from apps.conversations.replying import strictness as checking
from dialogue import Answer
from dialogue.testing import ScriptedModel
from tests.conversations.cast import FACTS, Cast, say, teach, texts_seen_by_contact

pytestmark = pytest.mark.timeout(60)


class FakeServing:
    """A model server with one scripted model."""

    def __init__(self, chat: ScriptedModel) -> None:
        self.chat = chat
        self.is_down = False

    def went_down(self) -> None:
        self.is_down = True


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> FakeServing:
    served = FakeServing(ScriptedModel(replies=["[1]"]))
    monkeypatch.setattr(answering, "model_of", lambda site, **_: served)
    return served


@pytest.fixture
def learned(cast: Cast) -> Cast:
    teach(cast.shop, FACTS)
    return cast


async def until(condition: Callable[[], Any], *, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await in_database(condition):  # noqa: ASYNC110 - rows change in other threads
            await asyncio.sleep(0.02)


def state_of(reply: Message | None) -> str:
    assert reply is not None
    return Message.objects.get(pk=reply.pk).state


async def test_a_question_is_answered_and_cited(learned: Cast, serving: FakeServing) -> None:
    posted = await sync_to_async(say)(learned.conversation, "Within how many days can I return any item?")
    await answering.run_reply(posted.reply.pk)
    reply = await Message.objects.aget(pk=posted.reply.pk)
    assert (reply.state, reply.decision) == ("done", "answer")
    assert "30 days" in reply.text
    assert [one.title async for one in reply.citations.all()] == ["Returns"]
    assert reply.trace["passages"]


async def test_a_judge_that_is_not_served_costs_no_answer(learned: Cast, serving: FakeServing) -> None:
    await Site.objects.filter(pk=learned.shop.pk).aupdate(asks_judge=True)
    readiness.judge_model().is_down = True
    posted = await sync_to_async(say)(learned.conversation, "Within how many days can I return any item?")
    await answering.run_reply(posted.reply.pk)
    reply = await Message.objects.aget(pk=posted.reply.pk)
    assert (reply.state, reply.decision) == ("done", "answer")
    assert (reply.trace["check"]["judge"], reply.trace["check"]["absent"]) == ("", "not_served")


async def test_a_judge_that_gave_no_verdict_is_left_alone_until_it_answers(learned: Cast) -> None:
    site = Site(asks_judge=True)
    assert checking.check_of(site).judge is not None  # until it is known better
    traced = {"check": {"absent": "slow"}}
    checking.note_judge(Answer(decision="answer", text="", reason="supported", trace=traced))
    assert checking.check_of(site).absent == "not_served"


async def test_without_a_model_passages_are_quoted_and_that_is_said(
    learned: Cast, serving: FakeServing
) -> None:
    serving.is_down = True
    posted = await sync_to_async(say)(learned.conversation, "Within how many days can I return any item?")
    await answering.run_reply(posted.reply.pk)
    reply = await Message.objects.aget(pk=posted.reply.pk)
    assert "30 days" in reply.text
    assert reply.notice == "model_unavailable"


async def test_a_model_that_fails_an_answer_is_left_alone(learned: Cast, serving: FakeServing) -> None:
    serving.chat.replies = [OSError("gone")]
    posted = await sync_to_async(say)(learned.conversation, "Within how many days can I return any item?")
    await answering.run_reply(posted.reply.pk)
    assert serving.is_down
    assert (await Message.objects.aget(pk=posted.reply.pk)).state == "done"


async def test_started_reply_outlives_whoever_started_it(learned: Cast, serving: FakeServing) -> None:
    async def request() -> Message:
        posted = await sync_to_async(say)(learned.conversation, "Within how many days can I return any item?")
        answering.start_reply(posted.reply.pk)
        return posted.reply

    reply = await asyncio.create_task(request())
    await until(lambda: state_of(reply) == "done")


async def test_messages_sent_while_an_answer_is_written_are_answered_in_order(
    learned: Cast, serving: FakeServing
) -> None:
    serving.chat.pause = 0.05
    questions = [
        "Within how many days can I return any item?",
        "What does delivery cost?",
        "How long does delivery take?",
    ]
    for question in questions:
        posted = await sync_to_async(say)(learned.conversation, question)
        answering.start_reply(posted.reply.pk)
    await until(lambda: not Message.objects.filter(state="generating").exists())
    rows = [row async for row in Message.objects.order_by("seq")]
    assert [row.sender for row in rows] == ["contact", "assistant"] * 3
    settled = [row.settled_at for row in rows if row.sender == "assistant"]
    assert settled == sorted(settled)
    assert [row.attempt for row in rows if row.sender == "assistant"] == [1, 1, 1]


async def test_stop_ends_an_answer_at_once_and_closes_the_models_stream(
    learned: Cast, serving: FakeServing
) -> None:
    serving.chat.pause = 0.5
    serving.chat.replies = ["[1] " * 50]
    posted = await sync_to_async(say)(learned.conversation, "Within how many days can I return any item?")
    answering.start_reply(posted.reply.pk)
    await until(lambda: bool(serving.chat.prompts))
    await sync_to_async(services.stop_reply)(posted.reply)
    answering.halt(posted.reply.pk)
    await until(lambda: state_of(posted.reply) == "stopped")
    assert serving.chat.closed == 1


async def test_an_agent_takes_over_in_the_middle_of_an_answer(learned: Cast, serving: FakeServing) -> None:
    serving.chat.pause = 0.2
    posted = await sync_to_async(say)(learned.conversation, "Within how many days can I return any item?")
    answering.start_reply(posted.reply.pk)
    await until(lambda: bool(serving.chat.prompts))
    await sync_to_async(services.take_over)(learned.conversation, by=learned.agent)
    await until(lambda: state_of(posted.reply) == "done")
    reply = await Message.objects.aget(pk=posted.reply.pk)
    assert reply.private
    assert "30 days" in reply.text
    assert await sync_to_async(texts_seen_by_contact)(learned.conversation) == [
        "Within how many days can I return any item?"
    ]


@pytest.mark.parametrize(
    ("wish", "questions"),
    [
        ("A person please", ("Within how many days can I return any item?", "OK, thank you", "yes")),
        ("转人工", ("签收后几天内可以退货？", "好的", "谢谢")),
    ],
)
async def test_after_a_give_back_the_old_wish_hands_nobody_over_again(
    learned: Cast, serving: FakeServing, wish: str, questions: tuple[str, ...]
) -> None:
    """It stands in the history that the assistant reads; other products of this kind go round in circles here."""
    posted = await sync_to_async(say)(learned.conversation, wish)
    await answering.run_reply(posted.reply.pk)
    conversation = await Conversation.objects.aget(pk=learned.conversation.pk)
    assert conversation.status == "waiting"
    await sync_to_async(services.take_over)(conversation, by=learned.agent)
    await sync_to_async(services.give_back)(conversation, by=learned.agent)
    for question in questions:
        posted = await sync_to_async(say)(conversation, question)
        await answering.run_reply(posted.reply.pk)
        assert (await Message.objects.aget(pk=posted.reply.pk)).state == "done"
        await conversation.arefresh_from_db(fields=["status"])
        assert conversation.status == "assistant", question


async def test_a_process_that_is_asked_to_end_lets_its_reply_go(learned: Cast, serving: FakeServing) -> None:
    serving.chat.pause = 0.5
    posted = await sync_to_async(say)(learned.conversation, "Within how many days can I return any item?")
    task = asyncio.create_task(answering.run_reply(posted.reply.pk))
    await until(lambda: bool(serving.chat.prompts))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await in_database(replies.lost_in, learned.conversation.pk) == [posted.reply.pk]
    serving.chat.pause = 0
    await answering.heal(learned.conversation.pk)
    await until(lambda: state_of(posted.reply) == "done")


async def test_an_unforeseen_failure_is_retried_once_and_then_handed_over(
    learned: Cast, serving: FakeServing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*args: object, **kwargs: object) -> Any:
        raise RuntimeError("unforeseen")
        yield

    monkeypatch.setattr(answering, "answer", broken)
    posted = await sync_to_async(say)(learned.conversation, "Within how many days can I return any item?")
    await answering.run_reply(posted.reply.pk)
    reply = await Message.objects.aget(pk=posted.reply.pk)
    assert (reply.state, reply.reason, reply.attempt) == ("failed", "reply_lost", 2)


async def test_nothing_of_another_site_is_found(learned: Cast, serving: FakeServing) -> None:
    theirs = await sync_to_async(services.start_conversation)(learned.stranger)
    posted = await sync_to_async(say)(theirs, "Within how many days can I return any item?")
    await answering.run_reply(posted.reply.pk)
    reply = await Message.objects.aget(pk=posted.reply.pk)
    assert "30 days" not in reply.text
    assert reply.reason == "no_evidence"
