"""A draft of the assistant's when an agent wishes for one: for colleagues only, with its citations, sent or not."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from apps.conversations import services
from apps.conversations.desk import drafting
from apps.conversations.errors import NotPossibleNow
from apps.conversations.models import Conversation
from apps.conversations.replying import answering
from dialogue import Event, Finished, Turn
from tests.conversations.cast import Cast, an_answer, say, texts_seen_by_contact


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Turn]:
    turns: list[Turn] = []

    async def answer_for(site: Any, *, turn: Turn, **more: Any) -> AsyncIterator[Event]:
        turns.append(turn)
        yield Finished(answer=an_answer("Within 30 days. [1]"))

    monkeypatch.setattr(answering, "answer_for", answer_for)
    return turns


def test_a_draft_answers_the_last_question_and_is_sent_as_edited(cast: Cast, asked: list[Turn]) -> None:
    say(cast.conversation, "How long can I return things?")
    services.take_over(cast.conversation, by=cast.agent)
    conversation = Conversation.objects.select_related("site").get(pk=cast.conversation.pk)
    draft = async_to_sync(drafting.draft)(conversation, by=cast.agent)
    assert asked[0].question == "How long can I return things?"
    assert (draft.private, draft.state, draft.citations.get().title) == (True, "done", "Returns")
    assert "Within 30 days. [1]" not in texts_seen_by_contact(conversation)
    sent = services.send_draft(draft, by=cast.agent, text="30 days, Clara.")
    assert sent.from_draft == draft


def test_only_who_has_the_conversation_is_given_one_and_only_to_a_question(
    cast: Cast, asked: list[Turn]
) -> None:
    conversation = services.take_over(cast.conversation, by=cast.agent)
    with pytest.raises(NotPossibleNow):
        async_to_sync(drafting.draft)(conversation, by=cast.agent)
    say(conversation, "Hello?")
    with pytest.raises(NotPossibleNow):
        async_to_sync(drafting.draft)(conversation, by=cast.second_agent)
    with pytest.raises(Conversation.DoesNotExist):
        async_to_sync(drafting.draft)(conversation, by=cast.foreign_agent)
    assert asked == []
