"""Every address of the API × everybody who should not get there: nothing is told, nothing is changed.

The addresses come from the API's own description, so that a new one is walked without anybody thinking of it.
"""

import json
import time
import uuid
from typing import Any
from unittest import mock

import pytest
from asgiref.sync import sync_to_async
from django.db import models
from django.test import override_settings

from apps.actions.models import ActionCall
from apps.conversations import models as rows
from apps.conversations import services
from apps.widget import limits, tokens
from apps.widget.api import api
from tests.conversations.cast import OTHER, SHOP, Cast, say
from tests.dashboard.seeding import attached
from tests.widget.browser import API, Browser, code_of, visitor

BODIES = {
    "conversations/{conversation_id}/messages": {"client_msg_id": "walk", "text": "Let me in"},
    "messages/{message_id}/feedback": {"rating": "up"},
    "conversations/{conversation_id}/email": {"email": "a@example.org"},
    "conversations/{conversation_id}/rating": {"score": 5},
    "confirmations/{nonce}": {"accept": True},
}
ROUTES = [
    (method.upper(), path.removeprefix(API))
    for path, item in api.get_openapi_schema(path_prefix="/api/widget/v1/")["paths"].items()
    for method in item
]
WITH_ID = [(method, path) for method, path in ROUTES if "{" in path]
WITH_TOKEN = [(method, path) for method, path in ROUTES if path != "sessions"]
GARBAGE_IDS = ["0", "null", "..", "%00", "' OR 1=1", "é", "x" * 300, "{}", str(uuid.UUID(int=0))]
TABLES: list[type[models.Model]] = [rows.Conversation, rows.Message, rows.Feedback, rows.Handoff, ActionCall]


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.conversations.replying.answering.start_reply", lambda reply_id: None)
    limits._local.clear()


def test_the_walk_knows_all_addresses_of_the_contract() -> None:
    assert len(WITH_ID) >= 6
    assert {"conversations", "sessions"} <= {path for _, path in ROUTES}


def everything() -> str:
    """All rows as they are."""
    return json.dumps([list(table.objects.order_by("pk").values()) for table in TABLES], default=str)


async def call(browser: Browser, method: str, path: str) -> Any:
    body = next((body for route, body in BODIES.items() if _is_of(path, route)), None)
    return await (browser.get(path) if method == "GET" else browser.post(path, body))


def _is_of(path: str, route: str) -> bool:
    first, last = route.split("/")[0], route.split("/")[-1]
    return path.split("/")[0] == first and (last.startswith("{") or path.split("/")[-1] == last)


@pytest.mark.parametrize("who", ["neighbour", "stranger"])
@pytest.mark.parametrize(("method", "path"), WITH_ID)
async def test_what_is_anothers_is_not_there(cast: Cast, method: str, path: str, who: str) -> None:
    posted = await sync_to_async(say)(cast.conversation)
    before = await sync_to_async(everything)()
    contact = getattr(cast, who)
    origin = SHOP if who == "neighbour" else OTHER
    browser = Browser(token=tokens.issue(contact, origin=origin)[0], origin=origin)
    address = path.format(conversation_id=cast.conversation.pk, message_id=posted.reply.pk, nonce="nonce")
    foreign = await call(browser, method, address)
    missing = await call(
        browser, method, path.format(conversation_id=uuid.uuid4(), message_id=uuid.uuid4(), nonce="n")
    )
    assert (foreign.status_code, code_of(foreign)) == (404, "not_found")
    assert foreign.content == missing.content  # no way to tell what exists
    assert await sync_to_async(everything)() == before


async def test_a_file_that_is_anothers_is_not_there_in_a_message_either(cast: Cast) -> None:
    id = (await sync_to_async(attached)(cast.conversation)).pk
    before = await sync_to_async(everything)()
    for contact, origin in ((cast.neighbour, SHOP), (cast.stranger, OTHER)):
        browser = Browser(token=tokens.issue(contact, origin=origin)[0], origin=origin)
        path = f"conversations/{await browser.converse()}/messages"
        told = [
            await browser.post(path, {"client_msg_id": "walk", "text": "Look", "attachments": [named]})
            for named in (str(id), str(uuid.uuid4()), *GARBAGE_IDS)
        ]
        assert {(one.status_code, code_of(one)) for one in told} == {(404, "no_such_file")}
        assert len({one.content for one in told}) == 1  # no way to tell what exists
        await rows.Conversation.objects.filter(contact=contact).adelete()
    assert await sync_to_async(everything)() == before


@pytest.mark.parametrize("garbage", GARBAGE_IDS)
@pytest.mark.parametrize(("method", "path"), WITH_ID)
async def test_garbage_ids_are_not_there(cast: Cast, method: str, path: str, garbage: str) -> None:
    browser = await visitor(cast.shop)
    response = await call(
        browser, method, path.format(conversation_id=garbage, message_id=garbage, nonce=garbage)
    )
    assert (response.status_code, code_of(response)) == (404, "not_found")


@pytest.mark.parametrize(
    "kind", ["none", "garbage", "expired", "future", "removed", "wrong_origin", "other_scheme"]
)
@pytest.mark.parametrize(("method", "path"), WITH_TOKEN)
async def test_without_a_good_token_nothing_happens(cast: Cast, method: str, path: str, kind: str) -> None:
    posted = await sync_to_async(say)(cast.conversation)
    before = await sync_to_async(everything)()
    browser = await sync_to_async(without_good_token)(cast, kind)
    address = path.format(conversation_id=cast.conversation.pk, message_id=posted.reply.pk, nonce="nonce")
    response = await call(browser, method, address)
    assert response.status_code == (403 if kind == "wrong_origin" else 401)
    code_of(response)
    assert await sync_to_async(everything)() == before


def without_good_token(cast: Cast, kind: str) -> Browser:
    good = tokens.issue(cast.customer, origin=SHOP)[0]
    match kind:
        case "none":
            return Browser()
        case "garbage":
            return Browser(token=good[:-3] + "abc")
        case "expired":
            return Browser(token=issued_at(cast, -3 * 3600))
        case "future":
            return Browser(token=issued_at(cast, 10 * 365 * 24 * 3600, key="somebody else's key"))
        case "removed":
            gone = services.welcome_stranger(cast.shop, locale="en")
            token = tokens.issue(gone, origin=SHOP)[0]
            gone.delete()
            return Browser(token=token)
        case "wrong_origin":
            return Browser(token=good, origin=OTHER)
        case _:
            return Browser(headers={"Authorization": f"Basic {good}"})


def issued_at(cast: Cast, seconds: int, *, key: str | None = None) -> str:
    """A token as this server would have issued it then, or as somebody else would."""
    then = time.time() + seconds
    with (
        mock.patch("time.time", return_value=then),
        override_settings(**({"SECRET_KEY": key} if key else {})),
    ):
        return tokens.issue(cast.customer, origin=SHOP)[0]
