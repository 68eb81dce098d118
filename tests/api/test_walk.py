"""Every address of the API × everybody who should not get there: nothing is told, nothing is changed.

The addresses come from the API's own description, so that a new one is walked without anybody thinking of it.
"""

import json
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import models

from apps.api import openai, rest
from apps.conversations import models as rows
from apps.integrations.models import Scope
from apps.knowledge import models as knowledge
from tests.api.conftest import Served, token_for
from tests.api.program import Program
from tests.conversations.cast import Cast, say

V1 = "/api/v1/"
BODIES: dict[str, dict[str, Any]] = {
    "/messages": {"json": {"text": "Let me in", "sender": "contact"}},
    "/handoff": {"json": {}},
    "/calls": {"json": {"name": "cancel_order"}},
    "/nonce": {"json": {"accept": True}},
    "/file": {"files": {"file": ("returns.md", b"# Hello\n\nThere.")}},
    "v1/documents": {"files": {"file": ("hello.md", b"# Hello\n\nThere.")}},
    "/search": {"json": {"question": "Returns?"}},
    "/completions": {"json": {"model": "seekdesk", "messages": [{"role": "user", "content": "Hi"}]}},
    "v1/conversations": {"json": {}},
}
SCOPES = {
    ("GET", "conversations"): Scope.CONVERSATIONS_READ,
    ("POST", "conversations"): Scope.CONVERSATIONS_WRITE,
    ("GET", "contacts"): Scope.CONTACTS_READ,
    ("GET", "documents"): Scope.KNOWLEDGE_READ,
    ("GET", "jobs"): Scope.KNOWLEDGE_READ,
    ("POST", "search"): Scope.KNOWLEDGE_READ,
    ("POST", "documents"): Scope.KNOWLEDGE_WRITE,
    ("DELETE", "documents"): Scope.KNOWLEDGE_WRITE,
    ("GET", "actions"): Scope.ACTIONS_WRITE,
    ("POST", "actions"): Scope.ACTIONS_WRITE,
    ("POST", "chat"): Scope.ANSWERS_WRITE,
    ("GET", "models"): Scope.ANSWERS_WRITE,
}
ROUTES = [
    (method.upper(), path)
    for prefix, api in ((V1, rest.api), ("/v1/", openai.api))
    for path, item in api.get_openapi_schema(path_prefix=prefix)["paths"].items()
    for method in item
]
WITH_ID = [(method, path) for method, path in ROUTES if "_id}" in path]
GARBAGE_IDS = ["0", "null", "%00", "' OR 1=1", "é", "x" * 300, "{}", str(uuid.UUID(int=0))]
TABLES: list[type[models.Model]] = [
    rows.Conversation,
    rows.Message,
    rows.Handoff,
    rows.Contact,
    knowledge.Document,
    knowledge.IndexJob,
]


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch, served: Served) -> None:
    monkeypatch.setattr("apps.conversations.replying.answering.start_reply", lambda reply_id: None)


def test_the_walk_knows_all_addresses() -> None:
    assert len(WITH_ID) >= 12
    assert {f"{V1}search", "/v1/chat/completions"} <= {path for _, path in ROUTES}


def everything() -> str:
    return json.dumps([list(table.objects.order_by("pk").values()) for table in TABLES], default=str)


async def call(program: Program, method: str, path: str) -> Any:
    options = next((body for end, body in BODIES.items() if path.endswith(end)), {})
    return await program.call(method, path, **(options if method == "POST" else {}))


def ids_of(cast: Cast) -> dict[str, Any]:
    document = knowledge.Document.objects.filter(knowledge_base=cast.shop.knowledge_base).first()
    job = knowledge.IndexJob.objects.filter(knowledge_base=cast.shop.knowledge_base).first()
    assert document is not None
    assert job is not None
    return {
        "conversation_id": cast.conversation.pk,
        "contact_id": cast.customer.pk,
        "document_id": document.pk,
        "job_id": job.pk,
        "model": uuid.uuid4(),
        "nonce": "nonce",
    }


async def test_what_is_another_sites_is_not_there(other_program: Program, learned: Cast) -> None:
    await sync_to_async(say)(learned.conversation)
    before = await sync_to_async(everything)()
    own = await sync_to_async(ids_of)(learned)
    nowhere = {**dict.fromkeys(own, uuid.uuid4()), "nonce": "nonce"}
    for method, path in WITH_ID:
        foreign = await call(other_program, method, path.format(**own))
        missing = await call(other_program, method, path.format(**nowhere))
        assert (foreign.status_code, foreign.json()["error"]["code"]) == (404, "not_found"), path
        assert foreign.content == missing.content  # no way to tell what exists
    assert await sync_to_async(everything)() == before


async def test_lists_and_searches_tell_nothing_of_other_sites(other_program: Program, learned: Cast) -> None:
    for path in ("conversations", "contacts", "documents"):
        told = (await other_program.get(V1 + path)).json()[path]
        assert [one["id"] for one in told] == ([str(learned.stranger.pk)] if path == "contacts" else [])
    found = await other_program.post(f"{V1}search", {"question": "Within how many days can I return?"})
    assert found.json() == {"passages": []}


async def test_garbage_ids_are_not_there(shop_program: Program) -> None:
    for method, path in WITH_ID:
        for garbage in GARBAGE_IDS:
            ids = dict.fromkeys(("conversation_id", "contact_id", "document_id", "job_id"), garbage)
            response = await call(shop_program, method, path.format(**ids, nonce="nonce"))
            assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found"), path


async def test_without_a_good_token_nothing_happens(learned: Cast) -> None:
    before, own = await sync_to_async(everything)(), await sync_to_async(ids_of)(learned)
    good = await sync_to_async(token_for)(learned.shop)
    strangers = [
        Program(),
        Program("sdt_"),
        Program(good[:-1]),
        Program(good + "x" * 100),
        Program(learned.shop.key),
        Program(headers={"Authorization": f"Basic {good}"}),
    ]
    for method, path in ROUTES:
        for stranger in strangers:
            response = await call(stranger, method, path.format(**own))
            assert response.status_code in (401, 429), path
    assert await sync_to_async(everything)() == before


async def test_each_address_needs_its_own_scope_and_no_other(learned: Cast) -> None:
    before, own = await sync_to_async(everything)(), await sync_to_async(ids_of)(learned)
    for method, path in ROUTES:
        needed = SCOPES[method, path.removeprefix(V1).removeprefix("/v1/").split("/")[0]]
        others = [scope.value for scope in Scope if scope is not needed]
        lacking = Program(await sync_to_async(token_for)(learned.shop, *others))
        response = await call(lacking, method, path.format(**own))
        assert (response.status_code, response.json()["error"]["code"]) == (403, "scope_missing"), path
        assert needed.value in response.json()["error"]["message"]
    assert await sync_to_async(everything)() == before
    for method, path in ROUTES:
        needed = SCOPES[method, path.removeprefix(V1).removeprefix("/v1/").split("/")[0]]
        able = Program(await sync_to_async(token_for)(learned.shop, needed.value))
        assert (await call(able, method, path.format(**own))).status_code not in (401, 403), path
