"""Programs do at a site what people do at the desk: read, answer, take, hand over, resolve; once each, and at their own site only."""

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from apps.audit.kinds import Kind
from apps.audit.models import Entry
from apps.conversations import services
from apps.conversations.desk.noting import add_note
from apps.conversations.models import Contact, Conversation, Message
from apps.conversations.replying import answering
from apps.integrations import tokens
from apps.integrations.models import AccessToken, Receipt
from tests.api.conftest import Served, token_for
from tests.api.program import Program
from tests.conversations.cast import Cast, say

V1 = "/api/v1/"


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Replies that were begun; nobody writes them here."""
    rung: list[Any] = []
    monkeypatch.setattr(answering, "start_reply", rung.append)
    return rung


def code_of(response: Any) -> tuple[int, str]:
    error = response.json()["error"]
    assert set(error) == {"code", "message"}
    assert error["message"]
    return response.status_code, error["code"]


async def test_a_program_serves_a_customer_from_the_first_word_to_the_end(
    shop_program: Program, started: list[Any]
) -> None:
    begun = await shop_program.post(
        f"{V1}conversations", {"contact": {"external_id": "c-7", "name": "Kim"}, "locale": "en"}
    )
    assert begun.status_code == 201
    path = f"{V1}conversations/{begun.json()['id']}"
    asked = await shop_program.post(f"{path}/messages", {"sender": "contact", "text": "How long? <b>"})
    assert asked.status_code == 201
    assert [str(one) for one in started] == [asked.json()["reply_id"]]
    waiting = (await shop_program.post(f"{path}/handoff", {"comment": "It is urgent"})).json()
    assert (waiting["status"], waiting["handoff"]["comment"]) == ("waiting", "It is urgent")
    taken = (await shop_program.post(f"{path}/take")).json()
    assert (taken["status"], taken["assignee"]) == ("agent", {"name": "Robot"})
    answered = await shop_program.post(f"{path}/messages", {"text": "Thirty days."})
    assert (answered.json()["message"]["sender"], answered.json()["message"]["name"]) == ("agent", "Robot")
    note = await shop_program.post(f"{path}/messages", {"text": "Was in a hurry", "private": True})
    assert note.json()["message"]["private"]
    assert (await shop_program.post(f"{path}/resolve")).json()["status"] == "resolved"
    told = (await shop_program.get(f"{path}/messages")).json()
    assert [one["text"] for one in told["messages"] if one["text"]] == ["How long? <b>", "Thirty days."]
    all_of_it = (await shop_program.get(f"{path}/messages", params={"include_private": True})).json()
    assert "Was in a hurry" in [one["text"] for one in all_of_it["messages"]]
    contact = (await shop_program.get(f"{V1}contacts/{taken['contact_id']}")).json()
    assert (contact["external_id"], contact["verified"], contact["name"]) == ("c-7", True, "Kim")


async def test_what_was_taken_can_be_given_back(shop_program: Program, learned: Cast) -> None:
    path = f"{V1}conversations/{learned.conversation.pk}"
    await shop_program.post(f"{path}/take")
    assert (await shop_program.post(f"{path}/give-back")).json()["status"] == "assistant"
    assert code_of(await shop_program.post(f"{path}/messages", {"text": "Hello"})) == (409, "not_with_you")


async def test_a_colleagues_conversation_stays_theirs(shop_program: Program, learned: Cast) -> None:
    await sync_to_async(services.take_over)(learned.conversation, by=learned.agent)
    path = f"{V1}conversations/{learned.conversation.pk}"
    for what in ("take", "resolve", "give-back"):
        assert code_of(await shop_program.post(f"{path}/{what}")) == (409, "with_another_agent")


async def test_pages_hold_every_row_once(shop_program: Program, learned: Cast) -> None:
    def many() -> None:
        for _ in range(6):
            services.start_conversation(learned.customer)

    await sync_to_async(many)()
    seen: list[str] = []
    cursor = ""
    for _ in range(4):
        page = (await shop_program.get(f"{V1}conversations", params={"limit": 2, "cursor": cursor})).json()
        seen += [one["id"] for one in page["conversations"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert len(seen) == len(set(seen)) == 7


async def test_messages_come_in_pages_too(shop_program: Program, learned: Cast) -> None:
    for n in range(5):
        await sync_to_async(services.take_over)(learned.conversation, by=learned.agent)
        await sync_to_async(say)(learned.conversation, f"{n}")
    path = f"{V1}conversations/{learned.conversation.pk}/messages"
    first = (await shop_program.get(path, params={"limit": 3})).json()
    rest = (await shop_program.get(path, params={"limit": 3, "after": first["next_after"]})).json()
    assert [one["text"] for one in [*first["messages"], *rest["messages"]]] == ["0", "1", "2", "3", "4"]
    assert rest["next_after"] is None


async def test_lists_are_narrowed(shop_program: Program, learned: Cast) -> None:
    await sync_to_async(services.request_handoff)(learned.conversation)
    await sync_to_async(services.start_conversation)(learned.neighbour)
    waiting = (await shop_program.get(f"{V1}conversations", params={"status": "waiting"})).json()
    assert [one["id"] for one in waiting["conversations"]] == [str(learned.conversation.pk)]
    theirs = await shop_program.get(f"{V1}conversations", params={"contact_id": str(learned.neighbour.pk)})
    assert len(theirs.json()["conversations"]) == 1
    await sync_to_async(services.recognize)(learned.shop, user_id="c-7", locale="en")
    found = (await shop_program.get(f"{V1}contacts", params={"external_id": "c-7"})).json()
    assert [one["external_id"] for one in found["contacts"]] == ["c-7"]


# --- Once ---------------------------------------------------------------------------------------------------


async def test_the_same_request_again_is_done_once(
    shop_program: Program, learned: Cast, started: list[Any]
) -> None:
    path = f"{V1}conversations/{learned.conversation.pk}/messages"
    key = {"Idempotency-Key": "k-1"}
    body = {"sender": "contact", "text": "How long?"}
    first = await shop_program.post(path, body, headers=key)
    second = await shop_program.post(path, body, headers=key)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert len(started) == 1
    assert await Message.objects.filter(sender="contact").acount() == 1
    other = await shop_program.post(path, {**body, "text": "Another"}, headers=key)
    assert code_of(other) == (409, "idempotency_key_reused")
    begun = [
        await shop_program.post(f"{V1}conversations", {}, headers={"Idempotency-Key": "k-2"}) for _ in "ab"
    ]
    assert begun[0].json()["id"] == begun[1].json()["id"]


async def test_a_lost_receipt_doubles_no_message(shop_program: Program, learned: Cast) -> None:
    path = f"{V1}conversations/{learned.conversation.pk}/messages"
    body, key = {"sender": "contact", "text": "How long?"}, {"Idempotency-Key": "k"}
    first = await shop_program.post(path, body, headers=key)
    await Receipt.objects.all().adelete()
    second = await shop_program.post(path, body, headers=key)
    assert first.json()["message"]["id"] == second.json()["message"]["id"]


async def test_a_refused_request_may_be_tried_again(shop_program: Program, learned: Cast) -> None:
    path, key = f"{V1}conversations/{learned.conversation.pk}", {"Idempotency-Key": "k"}
    assert code_of(await shop_program.post(f"{path}/messages", {"text": "Hi"}, headers=key)) == (
        409,
        "not_with_you",
    )
    await shop_program.post(f"{path}/take")
    assert (await shop_program.post(f"{path}/messages", {"text": "Hi"}, headers=key)).status_code == 201
    bad = {"Idempotency-Key": "k" * 65}
    assert code_of(await shop_program.post(f"{path}/take", headers=bad)) == (422, "bad_idempotency_key")


# --- Scopes, rights, the log --------------------------------------------------------------------------------


async def test_a_revoked_token_opens_nothing_and_its_conversations_go_back(learned: Cast) -> None:
    program = Program(await sync_to_async(token_for)(learned.shop))
    path = f"{V1}conversations/{learned.conversation.pk}"
    await program.post(f"{path}/take")
    await sync_to_async(lambda: tokens.revoke(AccessToken.objects.get(), by=learned.operator))()
    assert code_of(await program.get(path)) == (401, "token_invalid")
    assert (await Conversation.objects.aget(pk=learned.conversation.pk)).status == "assistant"


async def test_what_a_program_changed_stands_in_the_log(shop_program: Program, learned: Cast) -> None:
    path = f"{V1}conversations/{learned.conversation.pk}"
    await shop_program.post(f"{path}/take")
    await shop_program.get(path)
    await shop_program.post(f"{path}/messages", {"text": "Hello"})
    told = [(one.kind, one.who, one.detail) async for one in Entry.objects.exclude(kind=Kind.TOKEN_MADE)]
    assert told == [(Kind.TOKEN_USED, "Robot", "take")]  # what it says stands in the thread, under its name


async def test_contacts_can_only_be_of_ones_own_site(shop_program: Program, learned: Cast) -> None:
    foreign = await shop_program.post(f"{V1}conversations", {"contact_id": str(learned.stranger.pk)})
    absent = await shop_program.post(f"{V1}conversations", {"contact_id": str(uuid.uuid4())})
    assert code_of(foreign) == code_of(absent) == (404, "not_found")
    assert foreign.content == absent.content
    assert not await Conversation.objects.filter(contact=learned.stranger).aexists()
    before = await Contact.objects.acount()
    bad = await shop_program.post(f"{V1}conversations", {"contact": {"name": "a\x00"}})
    assert code_of(bad) == (422, "bad_text")
    assert await Contact.objects.acount() == before


async def test_bad_requests_are_told_apart(shop_program: Program, learned: Cast) -> None:
    path = f"{V1}conversations/{learned.conversation.pk}/messages"
    assert code_of(await shop_program.get(f"{V1}conversations", params={"cursor": "x"})) == (
        400,
        "bad_cursor",
    )
    assert code_of(await shop_program.get(f"{V1}conversations", params={"limit": 101})) == (422, "invalid")
    assert code_of(await shop_program.post(path, {"text": " ", "sender": "contact"})) == (422, "empty")
    assert code_of(await shop_program.post(path, {"text": "x", "sender": "contact", "private": True})) == (
        400,
        "unsupported",
    )
    form = await shop_program.call("POST", path, files={"file": b"x"})
    assert code_of(form) == (415, "json_only")
    broken = {"Content-Type": "application/json"}
    assert code_of(await shop_program.call("POST", path, content=b"{", headers=broken)) == (400, "bad_json")
    assert code_of(await shop_program.call("PATCH", path)) == (405, "method_not_allowed")
    assert code_of(await shop_program.get(f"{V1}nothing")) == (404, "not_found")


async def test_refusals_speak_the_callers_language(learned: Cast, served: Served) -> None:
    response = await Program().get(f"{V1}conversations", headers={"Accept-Language": "zh-CN"})
    assert code_of(response) == (401, "token_missing")
    assert response.headers["WWW-Authenticate"] == "Bearer"


async def test_notes_of_people_are_not_told_unasked(shop_program: Program, learned: Cast) -> None:
    await sync_to_async(add_note)(
        learned.conversation, by=learned.agent, text="Between us", client_msg_id="n"
    )
    response = await shop_program.get(f"{V1}conversations/{learned.conversation.pk}/messages")
    assert "Between us" not in response.text
