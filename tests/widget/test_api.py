"""The widget's calls, one by one: what they take, what they answer, what they refuse."""

import json
import uuid
from contextlib import ExitStack
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from apps.conversations import services
from apps.conversations.models import Contact, Conversation, Message
from apps.conversations.replying import replies
from apps.widget import edge, limits
from tests.conversations.cast import OTHER, SHOP, Cast, an_answer
from tests.widget.browser import Browser, code_of, visitor


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replies stay open: these tests are about calls."""
    monkeypatch.setattr("apps.conversations.replying.answering.start_reply", lambda reply_id: None)


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    limits._local.clear()


def message(text: Any = "Hello?", id: Any = "m1") -> dict[str, Any]:
    return {"client_msg_id": id, "text": text}


async def test_message_is_taken_in_and_answered_with_its_rows(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    path = f"conversations/{await browser.converse()}/messages"
    first = await browser.post(path, message("  你好？ "))
    again = await browser.post(path, message("  你好？ "))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert first.json()["message"]["text"] == "  你好？ "
    listed = (await browser.get(path)).json()
    assert [one["seq"] for one in listed["messages"]] == [1, 2]
    assert listed["messages"][1]["id"] == first.json()["reply_id"]
    assert listed["status"] == "assistant"
    assert listed["last_event_id"] is None  # the broker is gone in this test
    assert [one["seq"] for one in (await browser.get(path + "?after=1")).json()["messages"]] == [2]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (message(""), 422, "empty"),
        (message(" \n "), 422, "empty"),
        (message("x" * 8001), 422, "too_long"),
        (message("a\x00b"), 422, "bad_text"),
        (message("\ud800"), 422, "bad_text"),
        (message("x" * 100_000), 413, "too_large"),
        (message(id=""), 422, "bad_client_msg_id"),
        (message(id="x" * 65), 422, "bad_client_msg_id"),
        (message(text=7), 422, "invalid"),
        (message(id=None), 422, "invalid"),
        ({}, 422, "invalid"),
        ([], 422, "invalid"),
        ("text", 422, "invalid"),
        (None, 422, "invalid"),
    ],
)
async def test_message_that_cannot_be_taken(cast: Cast, body: Any, status: int, code: str) -> None:
    browser = await visitor(cast.shop)
    path = f"conversations/{await browser.converse()}/messages"
    response = await browser.post(path, raw=json.dumps(body))
    assert (response.status_code, code_of(response)) == (status, code)
    assert not await Message.objects.aexists()


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{", 400, "bad_json"),
        (b"\xff\xfe", 400, "bad_json"),
        (b"[" * 30_000, 400, "bad_json"),
        (b"", 422, "invalid"),
        (b" " * 70_000, 413, "too_large"),
        (b"x" * 2_000_000, 413, "too_large"),
    ],
)
async def test_body_that_cannot_be_read(cast: Cast, raw: bytes, status: int, code: str) -> None:
    browser = await visitor(cast.shop)
    response = await browser.post(f"conversations/{await browser.converse()}/messages", raw=raw)
    assert (response.status_code, code_of(response)) == (status, code)


async def test_only_json_is_taken(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    path = f"conversations/{await browser.converse()}/messages"
    response = await browser.post(path, raw="text=hello", content_type="application/x-www-form-urlencoded")
    assert (response.status_code, code_of(response)) == (415, "json_only")


async def test_other_methods_and_addresses_are_told_in_the_same_form(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    response = await browser.client.delete("/api/widget/v1/conversations", headers=browser._headers({}))
    assert (response.status_code, code_of(response)) == (405, "method_not_allowed")
    assert response["Allow"]
    for path in (
        "nowhere",
        "",
        "conversations/",
        "confirmations/",
    ):
        response = await browser.post(path)
        assert (response.status_code, code_of(response)) == (404, "not_found")


async def test_used_client_msg_id_with_other_text(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    path = f"conversations/{await browser.converse()}/messages"
    await browser.post(path, message("One"))
    response = await browser.post(path, message("Two"))
    assert (response.status_code, code_of(response)) == (409, "client_msg_id_reused")


async def test_sentences_are_in_the_sessions_language(cast: Cast) -> None:
    for locale, sentence in (("zh-hans", "请先输入内容。"), ("en", "Please write something first.")):
        browser = await visitor(cast.shop, locale=locale)
        browser.headers = {"Accept-Language": "fr"}
        response = await browser.post(f"conversations/{await browser.converse()}/messages", message(""))
        assert response.json()["error"]["message"] == sentence


async def test_before_a_session_sentences_are_in_the_browsers_language(cast: Cast) -> None:
    response = await Browser(headers={"Accept-Language": "zh-CN,zh;q=0.9"}).get("conversations")
    assert response.json()["error"]["message"] == "请先建立会话凭证。"


async def test_a_person_is_asked_for_without_broker_and_model(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    conversation = await browser.converse()
    response = await browser.post(f"conversations/{conversation}/handoff", {"reason": "I want a person"})
    told = response.json()
    assert (response.status_code, told["status"], told["position"]) == (202, "waiting", 1)
    assert (told["minutes"], told["is_served"]) == (None, False)  # nothing is promised that nobody knows
    posted = await browser.post(f"conversations/{conversation}/messages", message())
    assert posted.json()["reply_id"] is None


async def test_who_comes_back_while_waiting_reads_what_may_be_expected(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    conversation = f"conversations/{await browser.converse()}"
    assert (await browser.get(f"{conversation}/messages")).json()["wait"] is None
    left = await browser.post(f"{conversation}/email", {"email": "clara@shop.example"})
    page = (await browser.get(f"{conversation}/messages")).json()
    assert page["wait"] == left.json()
    assert (page["wait"]["is_served"], page["wait"]["email"]) == (False, "clara@shop.example")
    assert (await browser.post(f"{conversation}/handoff/cancel")).json()["email"] == ""
    again = await browser.post(f"{conversation}/handoff")
    assert again.json()["email"] == ""  # it was left for another wait


async def test_a_person_is_asked_for_without_a_body(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    path = f"conversations/{await browser.converse()}/handoff"
    assert (await browser.post(path, raw=b"")).status_code == 202


async def test_answer_is_rated_and_the_rating_taken_back(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    reply = await answered(browser)
    path = f"messages/{reply}/feedback"
    given = await browser.post(path, {"rating": "down", "reason": "wrong", "comment": "It is 14 days."})
    assert given.json()["feedback"] == {"rating": "down", "reason": "wrong", "comment": "It is 14 days."}
    taken = await browser.post(path, {"rating": None})
    assert taken.json() == {"feedback": None}
    assert code_of(await browser.post(path, {"rating": "sideways"})) == "invalid"


async def answered(browser: Browser) -> str:
    posted = await browser.post(f"conversations/{await browser.converse()}/messages", message())
    reply: str = posted.json()["reply_id"]

    def settle() -> None:
        claim = replies.claim(uuid.UUID(reply))
        assert claim is not None
        text = "See [here](https://evil.example) <b>now</b>. [1]"
        replies.settle(claim, an_answer(text, trace={"language": "zh"}))

    await sync_to_async(settle)()
    return reply


async def test_answers_are_cleaned_and_cite_their_sources(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    await answered(browser)
    listed = (await browser.get("conversations")).json()["conversations"]
    assert listed[0]["unread"] == 1
    assert listed[0]["last_message"]["text"] == "See here now. [1]"
    assert listed[0]["last_message"]["citations"][0]["title"] == "Returns"
    assert listed[0]["last_message"]["language"] == "zh"  # the question's; the page's is its own
    assert listed[0]["last_message"]["citations"][0]["language"] == "en"
    await browser.get(f"conversations/{listed[0]['id']}/messages")
    assert (await browser.get("conversations")).json()["conversations"][0]["unread"] == 0


async def test_a_reply_that_nobody_writes_is_stopped(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    posted = await browser.post(f"conversations/{await browser.converse()}/messages", message())
    response = await browser.post(f"messages/{posted.json()['reply_id']}/stop")
    assert (response.status_code, response.json()["message"]["state"]) == (200, "stopped")
    response = await browser.post(f"messages/{posted.json()['message']['id']}/stop")
    assert (response.status_code, code_of(response)) == (409, "nothing_to_stop")


async def test_drafts_of_the_assistant_are_not_there_for_customers(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    conversation = await browser.converse()
    posted = await browser.post(f"conversations/{conversation}/messages", message())
    row = await Conversation.objects.aget(pk=conversation)
    await sync_to_async(services.take_over)(row, by=cast.agent)
    listed = (await browser.get(f"conversations/{conversation}/messages")).json()["messages"]
    assert [one["sender"] for one in listed] == ["contact"]
    reply = posted.json()["reply_id"]
    for path in (f"messages/{reply}/stop", f"messages/{reply}/feedback"):
        assert code_of(await browser.post(path, {"rating": "up"})) == "not_found"


@pytest.mark.parametrize("cursor", ["garbage", "1-2-3", "-5"])
async def test_events_with_a_garbage_cursor(cast: Cast, cursor: str) -> None:
    browser = await visitor(cast.shop)
    path = f"conversations/{await browser.converse()}/events"
    response = await browser.get(path, **{"Last-Event-ID": cursor})
    assert (response.status_code, code_of(response)) == (400, "bad_cursor")
    assert code_of(await browser.get(f"{path}?after={cursor}")) == "bad_cursor"


# --- Limits and browsers ------------------------------------------------------------------------------------


async def test_too_many_messages_are_told_when_to_come_back(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    path = f"conversations/{await browser.converse()}/messages"
    taken = 0
    while (response := await browser.post(path, message(id=f"m{taken}"))).status_code == 202:
        taken += 1
        assert taken <= 60  # a minute may have turned in between
    assert taken >= 30
    assert (response.status_code, code_of(response)) == (429, "rate_limited")
    assert 0 < int(response["Retry-After"]) <= 60
    other = await visitor(cast.shop)
    assert (
        await other.post(f"conversations/{await other.converse()}/messages", message())
    ).status_code == 202


async def test_browsers_of_allowed_pages_may_read_answers_and_errors(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    for path in ("conversations", "nowhere"):
        assert (await browser.get(path))["Access-Control-Allow-Origin"] == SHOP
    preflight = await browser.client.options("/api/widget/v1/sessions", headers={"Origin": OTHER})
    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Origin"] == OTHER
    assert "Last-Event-ID" in preflight["Access-Control-Allow-Headers"]


async def test_browsers_of_other_pages_may_not(cast: Cast) -> None:
    response = await Browser(origin="https://evil.example").begin(cast.shop)
    assert "Access-Control-Allow-Origin" not in response
    response = await Browser().client.options(
        "/api/widget/v1/sessions", headers={"Origin": "https://evil.example"}
    )
    assert "Access-Control-Allow-Origin" not in response


async def test_unforeseen_failures_show_no_stack_trace(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = await visitor(cast.shop)

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("apps.conversations.queries.contact_conversations", broken)
    response = await browser.get("conversations")
    assert (response.status_code, code_of(response)) == (500, "server_error")
    assert "secret" not in response.content.decode()


async def test_a_database_that_is_away_is_a_503(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = await visitor(cast.shop)

    def away(*args: object, **kwargs: object) -> None:
        raise edge.OperationalError("database is locked")

    monkeypatch.setattr("apps.conversations.queries.contact_conversations", away)
    response = await browser.get("conversations")
    assert (response.status_code, code_of(response)) == (503, "database_unavailable")
    assert response["Retry-After"]


async def test_chat_that_is_open_in_too_many_tabs_says_so(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    conversation = await browser.converse()
    contact = await Contact.objects.aget(conversations=conversation)
    with ExitStack() as tabs:
        for _ in range(limits.STREAMS_PER_VISITOR):
            tabs.enter_context(limits.stream_of(contact.pk))
        refused = await browser.get(f"conversations/{conversation}/events")
    assert (refused.status_code, code_of(refused)) == (429, "too_many_streams")
    assert int(refused.headers["Retry-After"]) > 0
    again = await browser.get(f"conversations/{conversation}/events")
    assert again.status_code == 200
    assert not limits._streams


async def test_a_wait_is_cancelled_and_the_assistant_answers_again(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    path = f"conversations/{await browser.converse()}"
    await browser.post(f"{path}/handoff")
    cancelled = await browser.post(f"{path}/handoff/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "assistant")
    assert (await browser.post(f"{path}/messages", message())).json()["reply_id"]


async def test_an_address_is_left_and_a_reference_given(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    conversation = await browser.converse()
    left = await browser.post(f"conversations/{conversation}/email", {"email": "clara@example.org"})
    assert left.json()["status"] == "waiting"
    assert left.json()["reference"].replace("-", "").lower() == conversation.replace("-", "")[:10]
    refused = await browser.post(f"conversations/{conversation}/email", {"email": "not an address"})
    assert (refused.status_code, code_of(refused)) == (422, "bad_email")


async def test_contentment_is_asked_for_after_a_resolve_and_once(cast: Cast) -> None:
    browser = await visitor(cast.shop)
    path = f"conversations/{await browser.converse()}"
    early = await browser.post(f"{path}/rating", {"score": 5})
    assert (early.status_code, code_of(early)) == (409, "nothing_to_rate")
    reply = (await browser.post(f"{path}/messages", message())).json()["reply_id"]
    await sync_to_async(answer_and_resolve)(cast, reply)
    assert (await browser.get(f"{path}/messages")).json()["open_parts"] == ["assistant"]
    given = await browser.post(f"{path}/rating", {"score": 4, "comment": "Quick"})
    assert given.json() == {"part": "assistant", "score": 4, "open_parts": []}
    assert (await browser.post(f"{path}/rating", {"score": 1})).status_code == 409
    for score in (0, 6, "x", None):
        assert (await browser.post(f"{path}/rating", {"score": score})).status_code == 422


def answer_and_resolve(cast: Cast, reply: str) -> None:
    claim = replies.claim(uuid.UUID(reply))
    assert claim is not None
    replies.settle(claim, an_answer())
    services.resolve(Conversation.objects.get(pk=claim.conversation_id), by=cast.agent)


@pytest.mark.parametrize("call", ["handoff/cancel", "email", "rating", "typing", "messages"])
async def test_after_a_log_out_the_next_person_at_the_browser_reaches_nothing_of_it(
    cast: Cast, call: str
) -> None:
    """The shop's page forgets the session; whoever comes next is another contact."""
    before = await visitor(cast.shop)
    conversation = await before.converse()
    after = await visitor(cast.shop)
    body = {"email": "a@example.org", "score": 5, "client_msg_id": "m", "text": "x"}
    response = await after.post(f"conversations/{conversation}/{call}", body)
    assert (response.status_code, code_of(response)) == (404, "not_found")
    assert (await after.get("conversations")).json() == {"conversations": []}
