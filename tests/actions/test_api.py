"""Programs use the same actions through the same gate."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from apps.actions.models import ActionCall
from apps.conversations import services
from apps.conversations.models import Conversation
from apps.integrations import tokens
from apps.integrations.models import Scope
from tests.actions.cast import register
from tests.actions.service import Orders
from tests.api.program import Program
from tests.conversations.cast import Cast


def program_of(site: Any) -> Program:
    return Program(tokens.make_token(site, name="Robot", scopes=tuple(Scope.values))[1])


@pytest.fixture
def office(cast: Cast, orders: Orders) -> Conversation:
    register(cast.shop, address=orders.address)
    ann = services.recognize(cast.shop, user_id="ann", locale="en")
    return services.start_conversation(ann)


async def test_a_program_looks_up_proposes_and_passes_the_word_on(
    office: Conversation, cast: Cast, orders: Orders
) -> None:
    robot = await sync_to_async(program_of)(cast.shop)
    path = f"/api/v1/actions/{office.pk}"
    asked = {"name": "order_status", "arguments": {"order": "MW20418833"}}
    told = await robot.post(f"{path}/calls", asked, headers={"Idempotency-Key": "a"})
    again = await robot.post(f"{path}/calls", asked, headers={"Idempotency-Key": "a"})
    assert (told.status_code, told.json()["state"], told.json()["nonce"]) == (201, "done", None)
    assert told.json() == again.json()
    assert len(orders.heard) == 1
    cancel = {"name": "cancel_order", "arguments": {"order": "MW20418833"}}
    early = await robot.post(f"{path}/calls", cancel)
    assert (early.status_code, early.json()["error"]["code"]) == (409, "take_over_first")
    await robot.post(f"/api/v1/conversations/{office.pk}/take")
    card = (await robot.post(f"{path}/calls", cancel)).json()
    assert (card["state"], orders.cancelled) == ("proposed", set())
    done = [
        (await robot.post(f"{path}/confirmations/{card['nonce']}", {"accept": True})).json()["state"]
        for _ in range(2)
    ]
    assert done == ["done", "done"]
    assert (len(orders.heard), orders.cancelled) == (2, {"MW20418833"})
    listed = (await robot.get(f"{path}/calls")).json()["calls"]
    assert [one["state"] for one in listed] == ["done", "done"]


async def test_another_sites_program_finds_neither_conversation_nor_card(
    office: Conversation, cast: Cast, orders: Orders
) -> None:
    await sync_to_async(services.take_over)(office, by=cast.agent)
    robot = await sync_to_async(program_of)(cast.other)
    path = f"/api/v1/actions/{office.pk}"
    asked = await robot.post(f"{path}/calls", {"name": "order_status", "arguments": {"order": "MW20418833"}})
    word = await robot.post(f"{path}/confirmations/x", {"accept": True})
    assert (asked.status_code, word.status_code) == (404, 404)
    assert (orders.heard, await ActionCall.objects.acount()) == ([], 0)


async def test_a_card_of_another_conversation_is_not_there(
    office: Conversation, cast: Cast, orders: Orders
) -> None:
    robot = await sync_to_async(program_of)(cast.shop)
    await robot.post(f"/api/v1/conversations/{office.pk}/take")
    cancel = {"name": "cancel_order", "arguments": {"order": "MW20418833"}}
    card = (await robot.post(f"/api/v1/actions/{office.pk}/calls", cancel)).json()
    other = f"/api/v1/actions/{cast.conversation.pk}/confirmations/{card['nonce']}"
    assert (await robot.post(other, {"accept": True})).status_code == 404
    assert orders.heard == []


@pytest.mark.parametrize(
    "arguments", [{}, {"order": "12"}, {"order": "MW20418833", "customer": "bob"}, {"order": "\x00"}]
)
async def test_what_does_not_fit_is_refused(
    office: Conversation, cast: Cast, orders: Orders, arguments: dict[str, str]
) -> None:
    robot = await sync_to_async(program_of)(cast.shop)
    answer = await robot.post(
        f"/api/v1/actions/{office.pk}/calls", {"name": "order_status", "arguments": arguments}
    )
    assert (answer.status_code, orders.heard) == (422, [])
