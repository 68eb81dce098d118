"""Agents put right what they wrote; what it said before is kept, and the customer's chat shows the new words."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.conversations import queries, services
from apps.conversations.desk import editing, finding, noting
from apps.conversations.errors import BadInput, NotPossibleNow
from apps.conversations.live import events
from apps.conversations.models import Edit, Message
from apps.widget.messages import as_json
from tests.conversations.cast import Cast, say


@pytest.fixture
def reply(cast: Cast) -> Message:
    say(cast.conversation, "When does it come?")
    services.take_over(cast.conversation, by=cast.agent)
    return services.reply_as_agent(
        cast.conversation, by=cast.agent, text="On Mondey, via parcelsnail.", client_msg_id="a"
    )


def test_the_new_words_take_the_place_of_the_old_which_are_kept(
    cast: Cast, reply: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(events, "publish", lambda *args, **others: told.append((args, others)))
    editing.edit(reply, by=cast.agent, text="On Monday.")
    editing.edit(reply, by=cast.agent, text="On Tuesday.")
    editing.edit(reply, by=cast.agent, text="On Tuesday.")  # nothing changed
    reply.refresh_from_db()
    assert [one.text for one in Edit.objects.all()] == ["On Mondey, via parcelsnail.", "On Monday."]
    assert [args[1] for args, _ in told] == ["done", "done"]
    (row,) = [row for row in queries.messages_for_contact(cast.conversation) if row.sender == "agent"]
    face = as_json(row, site=cast.shop)
    assert (face["text"], face["edited"], face["seq"]) == ("On Tuesday.", True, reply.seq)
    assert "Mondey" not in str(face)
    assert finding.found_in(cast.agent, "tuesday").exists()
    assert not finding.found_in(cast.agent, "parcelsnail").exists()


def test_a_note_is_put_right_by_its_writer_whoever_has_the_conversation(cast: Cast, reply: Message) -> None:
    note = noting.add_note(cast.conversation, by=cast.second_agent, text="VIP", client_msg_id="n")
    assert editing.edit(note, by=cast.second_agent, text="No VIP").text == "No VIP"
    with pytest.raises(NotPossibleNow):
        editing.edit(note, by=cast.agent, text="Mine now")


@pytest.mark.parametrize("why", ["colleague", "customer", "given back", "resolved", "old", "card"])
def test_only_ones_own_words_of_now_are_changed(cast: Cast, reply: Message, why: str) -> None:
    by, message = cast.agent, reply
    match why:
        case "colleague":
            by = cast.operator
        case "customer":
            message = cast.conversation.messages.get(sender="contact")
        case "given back":
            services.give_back(cast.conversation, by=cast.agent)
        case "resolved":
            services.resolve(cast.conversation, by=cast.agent)
            say(cast.conversation, "Once more")
            services.take_over(cast.conversation, by=cast.agent)
        case "old":
            Message.objects.update(created_at=timezone.now() - timedelta(hours=2))
        case "card":
            Message.objects.filter(pk=reply.pk).update(reason="proposed")
    with pytest.raises(NotPossibleNow):
        editing.edit(message, by=by, text="Changed")
    assert not Message.objects.filter(text="Changed").exists()


def test_a_stranger_finds_nothing_to_change_and_nothing_is_no_text(cast: Cast, reply: Message) -> None:
    with pytest.raises(Message.DoesNotExist):
        editing.edit(reply, by=cast.foreign_agent, text="Changed")
    with pytest.raises(BadInput):
        editing.edit(reply, by=cast.agent, text=" ")
