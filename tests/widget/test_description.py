"""The OpenAPI description is complete, and what is really answered is what it describes."""

import uuid
from typing import Any

import jsonschema
import pytest
from asgiref.sync import sync_to_async

from apps.conversations.replying import replies
from apps.widget import limits
from tests.conversations.cast import Cast, an_answer
from tests.conversations.files import png
from tests.widget.browser import API, Browser

# Design 9: the call, what it answers, and how it can be refused.
CONTRACT = {
    ("post", "sessions"): (201, {400, 401, 403, 404, 413, 415, 422, 429}),
    ("post", "confirmations/{nonce}"): (200, {400, 401, 403, 404, 413, 415, 422, 429}),
    ("post", "consent"): (200, {400, 401, 403, 413, 415, 422, 429}),
    ("get", "conversations"): (200, {401, 403, 429}),
    ("post", "conversations"): (201, {401, 403, 429}),
    ("post", "conversations/{conversation_id}/messages"): (
        202,
        {400, 401, 403, 404, 409, 413, 415, 422, 429},
    ),
    ("post", "conversations/{conversation_id}/attachments"): (
        201,
        {400, 401, 403, 404, 409, 413, 415, 422, 429},
    ),
    ("get", "conversations/{conversation_id}/messages"): (200, {401, 403, 404, 422, 429}),
    ("get", "conversations/{conversation_id}/events"): (200, {400, 401, 403, 404, 429}),
    ("post", "messages/{message_id}/feedback"): (200, {400, 401, 403, 404, 409, 413, 415, 422, 429}),
    ("post", "messages/{message_id}/stop"): (200, {401, 403, 404, 409, 429}),
    ("post", "conversations/{conversation_id}/handoff/cancel"): (200, {401, 403, 404, 409, 415, 429}),
    ("post", "conversations/{conversation_id}/email"): (200, {400, 401, 403, 404, 409, 413, 415, 422, 429}),
    ("post", "conversations/{conversation_id}/typing"): (200, {401, 403, 404, 415, 429}),
    ("post", "conversations/{conversation_id}/rating"): (200, {400, 401, 403, 404, 409, 413, 415, 422, 429}),
    ("post", "conversations/{conversation_id}/handoff"): (202, {400, 401, 403, 404, 413, 415, 422, 429}),
}


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.conversations.replying.answering.start_reply", lambda reply_id: None)
    limits._local.clear()


async def description() -> dict[str, Any]:
    response = await Browser().get("openapi.json")
    assert response.status_code == 200
    described: dict[str, Any] = response.json()
    return described


async def test_every_call_of_the_contract_is_described_and_no_other(transactional_db: None) -> None:
    described = await description()
    calls = {
        (method, path.removeprefix(API)): item
        for path, methods in described["paths"].items()
        for method, item in methods.items()
    }
    assert set(calls) == set(CONTRACT)
    for call, (answer, refusals) in CONTRACT.items():
        statuses = {int(status) for status in calls[call]["responses"]}
        assert {answer, *refusals, 500, 503} <= statuses, call
        for refusal in refusals:
            schema = calls[call]["responses"][str(refusal)]["content"]["application/json"]["schema"]
            assert schema["$ref"].endswith("/ErrorOut"), call


async def test_only_the_first_call_needs_no_token(transactional_db: None) -> None:
    described = await description()
    for path, methods in described["paths"].items():
        for item in methods.values():
            assert ("security" in item) == (not path.endswith("/sessions"))


async def test_what_is_answered_is_what_is_described(cast: Cast) -> None:
    described = await description()
    browser = Browser()
    told = [("post", "sessions", await browser.begin(cast.shop))]
    conversation = await browser.converse()
    told += await a_conversation(browser, conversation)
    told += await refusals(browser, conversation)
    for method, path, response in told:
        check(described, method, path, response)


async def a_conversation(browser: Browser, conversation: str) -> list[tuple[str, str, Any]]:
    path = f"conversations/{conversation}"
    posted = await browser.post(f"{path}/messages", {"client_msg_id": "m1", "text": "How long?"})
    reply = posted.json()["reply_id"]
    await sync_to_async(settle)(reply)
    taken = await browser.post(f"{path}/attachments", raw=png(), content_type="application/octet-stream")
    sent = {"client_msg_id": "m3", "attachments": [taken.json()["id"]]}
    return [
        ("post", "conversations/{conversation_id}/attachments", taken),
        (
            "post",
            "conversations/{conversation_id}/messages",
            await browser.post(f"{path}/messages", sent),
        ),
        ("post", "consent", await browser.post("consent", {"may_train": True})),
        ("post", "conversations", await browser.post("conversations")),
        ("post", "conversations/{conversation_id}/messages", posted),
        ("get", "conversations/{conversation_id}/messages", await browser.get(f"{path}/messages")),
        ("get", "conversations", await browser.get("conversations")),
        (
            "post",
            "messages/{message_id}/feedback",
            await browser.post(f"messages/{reply}/feedback", {"rating": "up"}),
        ),
        ("post", "messages/{message_id}/stop", await browser.post(f"messages/{reply}/stop")),
        ("post", "conversations/{conversation_id}/handoff", await browser.post(f"{path}/handoff")),
        (
            "post",
            "conversations/{conversation_id}/email",
            await browser.post(f"{path}/email", {"email": "a@example.org"}),
        ),
        ("post", "conversations/{conversation_id}/typing", await browser.post(f"{path}/typing")),
        (
            "post",
            "conversations/{conversation_id}/handoff/cancel",
            await browser.post(f"{path}/handoff/cancel"),
        ),
    ]


async def refusals(browser: Browser, conversation: str) -> list[tuple[str, str, Any]]:
    path = "conversations/{conversation_id}/messages"
    own = path.format(conversation_id=conversation)
    files = "conversations/{conversation_id}/attachments"
    bring = files.format(conversation_id=conversation)
    return [
        ("post", files, await browser.post(bring, raw=b"", content_type="image/png")),
        ("post", files, await browser.post(bring, raw=b"<svg/>", content_type="image/png")),
        ("post", files, await browser.post(bring, raw=b"x", content_type="multipart/form-data")),
        ("post", files, await browser.post(bring, raw=b"x" * 10_500_000, content_type="image/png")),
        ("post", path, await browser.post(own, {"client_msg_id": "m4", "attachments": ["nothing"]})),
        ("post", path, await browser.post(own, {"client_msg_id": "m1", "text": "Another text"})),
        ("post", path, await browser.post(own, {"client_msg_id": "m2", "text": ""})),
        ("post", path, await browser.post(own, raw="{")),
        ("post", path, await browser.post(own, raw="x", content_type="text/plain")),
        ("post", path, await browser.post(own, raw="x" * 70_000)),
        ("get", path, await browser.get(path.format(conversation_id=uuid.uuid4()))),
        ("get", path, await browser.get(own + "?after=x")),
        ("get", "conversations", await Browser().get("conversations")),
    ]


def settle(reply: str) -> None:
    claim = replies.claim(uuid.UUID(reply))
    assert claim is not None
    replies.settle(claim, an_answer())


def check(described: dict[str, Any], method: str, path: str, response: Any) -> None:
    responses = described["paths"][API + path][method]["responses"]
    assert str(response.status_code) in responses, (method, path, response.status_code)
    schema = responses[str(response.status_code)]["content"]["application/json"]["schema"]
    jsonschema.validate(response.json(), {**schema, "components": described["components"]})
