"""The agents' desk: the list and its order, the thread, and what a person can do in it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.conversations import changes, queries, services
from apps.conversations.models import Conversation, Message
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk, say

HTMX = {"HX-Request": "true"}


@pytest.fixture
def agent(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["agent"])


def listed(client: Client, desk: Desk, **query: object) -> str:
    return client.get(reverse("conversation_list", args=[desk.site.pk]), query).content.decode()


def address(name: str, desk: Desk, conversation: Conversation) -> str:
    return reverse(name, args=[desk.site.pk, conversation.pk])


def opened(client: Client, desk: Desk, which: str) -> str:
    return client.get(address("thread", desk, desk.conversations[which])).content.decode()


def do(client: Client, name: str, desk: Desk, which: str, **fields: str) -> object:
    return client.post(address(name, desk, desk.conversations[which]), fields, headers=HTMX)


def now(desk: Desk, which: str) -> Conversation:
    return Conversation.objects.get(pk=desk.conversations[which].pk)


def test_whoever_waits_longest_comes_first(agent: Client, desk: Desk) -> None:
    page = listed(agent, desk)
    names = ["Clara Hoffmann", "王小雨", "Tomás Rivera", "林志远"]
    places = [page.index(name) for name in names]
    assert places == sorted(places)
    assert "Sofie Maes" not in page
    assert "Waiting 12 min" in page


def test_a_row_tells_how_much_is_unanswered(agent: Client, desk: Desk) -> None:
    page = listed(agent, desk, view="waiting")
    assert "3 unanswered messages" in page
    assert "1 unanswered message" in listed(agent, desk, view="mine")
    say(desk.conversations["mine"], "agent", "Tomorrow.", author=desk.people["agent"])
    assert "unanswered message" not in listed(agent, desk, view="mine")


@pytest.mark.parametrize(
    ("view", "shown", "hidden"),
    [
        ("waiting", "Clara Hoffmann", "Tomás Rivera"),
        ("mine", "Tomás Rivera", "林志远"),
        ("resolved", "Sofie Maes", "Clara Hoffmann"),
        ("garbage", "Clara Hoffmann", "Sofie Maes"),
    ],
)
def test_tabs_show_their_part(agent: Client, desk: Desk, view: str, shown: str, hidden: str) -> None:
    page = listed(agent, desk, view=view, limit="garbage")
    assert shown in page
    assert hidden not in page


def test_a_conversation_in_which_nobody_wrote_is_not_listed(agent: Client, desk: Desk) -> None:
    silent = desk.conversations["resolved"].contact.conversations.create(site=desk.site)
    assert str(silent.pk) not in listed(agent, desk)


def test_a_long_list_can_be_lengthened(agent: Client, desk: Desk) -> None:
    for _ in range(60):
        contact = desk.conversations["resolved"].contact
        say(Conversation.objects.create(site=desk.site, contact=contact), "contact", "Hello")
    assert "limit=100" in listed(agent, desk)
    assert "Show more" not in listed(agent, desk, limit=100)


@pytest.mark.parametrize("view", ["open", "waiting", "mine", "resolved"])
def test_an_empty_list_tells_what_to_do_next(as_person: LogIn, desk: Desk, view: str) -> None:
    client = as_person(desk.stranger)
    page = client.get(
        reverse("conversation_list", args=[desk.other_site.pk]), {"view": view}
    ).content.decode()
    assert "empty-art" in page
    assert (desk.other_site.key in page) == (view == "open")


def test_the_thread_shows_citations_withheld_sentences_and_the_running_answer(
    agent: Client, desk: Desk
) -> None:
    page = opened(agent, desk, "assistant")
    assert "1 sentence withheld" in page
    assert "A number, date, amount, unit or name in it is not in the passage." in page
    assert "Why this answer" in page
    assert "Return shipping is free within the country." in page  # the cited passage
    assert 'class="writing lines"' in page
    assert "From abroad the parcel costs you 6.90 EUR" in page


def test_the_number_of_those_who_wait_stands_beside_the_menu(agent: Client, desk: Desk) -> None:
    page = agent.get(reverse("waiting", args=[desk.site.pk])).content.decode()
    assert 'data-waiting="2"' in page


def test_an_agent_takes_over_replies_gives_back_and_resolves(agent: Client, desk: Desk) -> None:
    assert 'id="composer"' in do(agent, "take_over", desk, "waiting").content.decode()
    assert now(desk, "waiting").assignee == desk.people["agent"]
    page = do(agent, "reply", desk, "waiting", text="A new shade is on its way.", client_msg_id="a1")
    assert "A new shade is on its way." in page.content.decode()
    do(agent, "reply", desk, "waiting", text="A new shade is on its way.", client_msg_id="a1")
    assert Message.objects.filter(text="A new shade is on its way.").count() == 1
    do(agent, "give_back", desk, "waiting")
    assert now(desk, "waiting").status == Conversation.Status.ASSISTANT
    assert 'id="composer-closed"' in do(agent, "resolve", desk, "waiting").content.decode()
    assert now(desk, "waiting").status == Conversation.Status.RESOLVED


def test_of_two_who_take_over_one_wins_and_the_other_is_told_who(
    agent: Client, as_person: LogIn, desk: Desk
) -> None:
    do(as_person(desk.colleague), "take_over", desk, "waiting")
    answer = do(agent, "take_over", desk, "waiting")
    assert answer.status_code == 409
    assert "子涵 has this conversation now." in answer.content.decode()
    assert now(desk, "waiting").assignee == desk.colleague


def test_one_who_lost_the_conversation_cannot_reply_in_it(agent: Client, desk: Desk) -> None:
    answer = do(agent, "reply", desk, "theirs", text="Hello", client_msg_id="b1")
    assert answer.status_code == 409
    assert not Message.objects.filter(text="Hello").exists()


def test_an_operator_may_take_over_from_a_colleague(as_person: LogIn, desk: Desk) -> None:
    operator = as_person(desk.people["operator"])
    assert "Take over" in opened(operator, desk, "theirs")
    do(operator, "take_over", desk, "theirs")
    assert now(desk, "theirs").assignee == desk.people["operator"]


@pytest.mark.parametrize("text", ["", "   ", "x" * 8_001, "nul\x00"])
def test_a_reply_that_cannot_be_taken_is_told_why(agent: Client, desk: Desk, text: str) -> None:
    answer = do(agent, "reply", desk, "mine", text=text, client_msg_id="c1")
    assert answer.status_code == 422
    assert 'role="alert" id="thread-notice"' in answer.content.decode()


def draft_in(desk: Desk) -> Message:
    return desk.conversations["mine"].messages.get(private=True)


def test_a_late_answer_stands_as_a_draft_and_is_sent_as_it_is(agent: Client, desk: Desk) -> None:
    page = opened(agent, desk, "mine")
    assert "Draft, not sent" in page
    draft = draft_in(desk)
    do(agent, "reply", desk, "mine", text=draft.spoken_text, draft=str(draft.pk))
    sent = Message.objects.get(from_draft=draft)
    assert (sent.sender, sent.private, sent.text) == ("agent", False, draft.spoken_text)
    page = opened(agent, desk, "mine")
    assert "Draft, not sent" not in page
    assert "From a draft" in page


def test_a_draft_is_sent_as_it_was_edited(agent: Client, desk: Desk) -> None:
    draft = draft_in(desk)
    do(agent, "reply", desk, "mine", text="On Thursday.", draft=str(draft.pk))
    assert Message.objects.get(from_draft=draft).text == "On Thursday."


def test_a_draft_is_discarded_and_can_then_no_longer_be_sent(agent: Client, desk: Desk) -> None:
    draft = draft_in(desk)
    page = do(agent, "discard_draft", desk, "mine", draft=str(draft.pk)).content.decode()
    assert "Draft, discarded" in page
    assert "Send as it is" not in page
    assert do(agent, "reply", desk, "mine", text="x", draft=str(draft.pk)).status_code == 409
    assert do(agent, "discard_draft", desk, "mine", draft=str(draft.pk)).status_code == 409


def test_only_whoever_has_the_conversation_discards_its_draft(as_person: LogIn, desk: Desk) -> None:
    answer = do(as_person(desk.colleague), "discard_draft", desk, "mine", draft=str(draft_in(desk).pk))
    assert answer.status_code == 409
    assert draft_in(desk).state == Message.State.DONE


@pytest.mark.parametrize("draft", ["garbage", "00000000-0000-4000-8000-000000000000"])
def test_a_draft_that_is_not_there_cannot_be_sent(agent: Client, desk: Desk, draft: str) -> None:
    assert do(agent, "reply", desk, "mine", text="x", draft=draft).status_code == 404


def test_a_draft_is_never_among_what_the_customer_reads(desk: Desk) -> None:
    assert draft_in(desk) not in queries.messages_for_contact(desk.conversations["mine"])


def test_a_long_thread_begins_with_its_last_part(agent: Client, desk: Desk) -> None:
    for number in range(120):
        say(desk.conversations["mine"], "contact", f"Line {number}.")
    page = opened(agent, desk, "mine")
    assert "Show earlier messages" in page
    assert "Line 5." not in page
    whole = agent.get(address("conversation", desk, desk.conversations["mine"]), {"all": ""}).content.decode()
    assert "Line 5." in whole
    assert "?all" in whole


def test_without_scripts_an_action_leads_back_to_the_page(agent: Client, desk: Desk) -> None:
    answer = agent.post(address("take_over", desk, desk.conversations["waiting"]))
    assert answer.url == address("conversation", desk, desk.conversations["waiting"])


def test_what_a_customer_writes_is_shown_and_not_run(agent: Client, desk: Desk) -> None:
    say(desk.conversations["waiting"], "contact", "<script>alert(1)</script>")
    for page in (opened(agent, desk, "waiting"), listed(agent, desk)):
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_the_third_pane_sums_up_what_was_asked_answered_and_resolved(agent: Client, desk: Desk) -> None:
    conversation = desk.conversations["assistant"]
    member = queries.membership(desk.people["agent"], desk.site.pk)
    say(conversation, "contact", "<b>Where</b> is my lamp?")
    services.resolve(conversation, by=member)
    conversation = now(desk, "assistant")
    changes.reopen(conversation)
    say(conversation, "contact", "Is it coming?")
    say(conversation, "assistant", "I cannot say.", reason="no_evidence", offer_person=True)
    page = agent.get(address("context", desk, conversation)).content.decode()
    assert "Is it coming?" in page
    assert "Not answered" in page
    assert "<b>Where" not in page
    earlier = page.split("Resolved by")[1]
    assert "Mei Lin" in earlier
    assert "How long do I have to return something?" in earlier  # its first question, not its last


def test_an_edited_message_shows_what_it_said_before_as_text(agent: Client, desk: Desk) -> None:
    do(agent, "take_over", desk, "waiting")
    do(agent, "reply", desk, "waiting", text="<b>Mondey</b>", client_msg_id="a")
    message = Message.objects.get(text="<b>Mondey</b>")
    assert "Edited" not in opened(agent, desk, "waiting")
    do(agent, "edit_message", desk, "waiting", message=str(message.pk), text="Monday")
    page = opened(agent, desk, "waiting")
    assert "Edited" in page
    assert "&lt;b&gt;Mondey&lt;/b&gt;" in page
    assert f'id="edit-{message.pk}' in page
    Message.objects.filter(pk=message.pk).update(created_at=timezone.now() - timedelta(hours=2))
    assert f'id="edit-{message.pk}' not in opened(agent, desk, "waiting")
