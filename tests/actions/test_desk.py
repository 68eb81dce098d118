"""Agents: what was done stands in the conversation, and they use the same actions through the same gate."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.urls import reverse

from apps.actions.models import Action, ActionCall
from apps.conversations import services
from apps.conversations.models import Conversation
from tests.actions.cast import ask, confirm, customer, register, rows
from tests.actions.service import Orders
from tests.conversations.cast import Cast


@pytest.fixture
def office(cast: Cast, orders: Orders) -> Conversation:
    """Ann's conversation, with the agent."""
    register(cast.shop, address=orders.address)
    ann = services.recognize(cast.shop, user_id="ann", locale="en")
    conversation = services.start_conversation(ann)
    services.take_over(conversation, by=cast.agent)
    return conversation


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, conversation: Conversation, action: str, **arguments: str) -> Any:
    form = {"action": action} | {f"{action}.{name}": value for name, value in arguments.items()}
    path = reverse("act", args=[conversation.site_id, conversation.pk])
    return client.post(path, form, headers={"HX-Request": "true"})


def test_an_agent_looks_an_order_up_for_the_customer(
    office: Conversation, cast: Cast, orders: Orders
) -> None:
    shown = act(client_of(cast.agent.user), office, "order_status", order="MW20418833").content.decode()
    assert "Order MW20418833 is shipped: parcel PX-77." in shown
    assert orders.bodies[0]["customer"] == {"id": "ann"}
    assert not office.messages.exists()  # told to the agent alone


def test_an_agent_proposes_and_the_customer_confirms(
    office: Conversation, cast: Cast, orders: Orders
) -> None:
    answer = act(client_of(cast.agent.user), office, "cancel_order", order="MW20418833")
    assert answer.status_code == 200
    assert orders.heard == []

    async def as_ann() -> dict[str, Any]:
        ann = await customer(cast.shop, "ann")
        (message,) = await rows(ann, str(office.pk))
        assert message["sender"] == "agent"
        return dict((await confirm(ann, message["confirmation"]["nonce"])).json()["confirmation"])

    assert async_to_sync(as_ann)()["state"] == "done"
    assert orders.cancelled == {"MW20418833"}


@pytest.mark.parametrize(
    ("action", "order", "status"),
    [("cancel_order", "12345", 422), ("order_status", "", 422), ("drop_table", "MW20418833", 422)],
)
def test_what_does_not_fit_is_refused(
    office: Conversation, cast: Cast, orders: Orders, action: str, order: str, status: int
) -> None:
    assert act(client_of(cast.agent.user), office, action, order=order).status_code == status
    assert (orders.heard, ActionCall.objects.count()) == ([], 0)


def test_only_whoever_has_the_conversation_proposes_in_it(
    office: Conversation, cast: Cast, orders: Orders
) -> None:
    answer = act(client_of(cast.second_agent.user), office, "cancel_order", order="MW20418833")
    assert (answer.status_code, ActionCall.objects.count()) == (409, 0)


def test_for_a_customer_who_has_not_logged_in_nothing_is_done(cast: Cast, orders: Orders) -> None:
    register(cast.shop, address=orders.address)
    answer = act(client_of(cast.agent.user), cast.conversation, "order_status", order="MW20418833")
    assert answer.status_code == 409
    assert "The customer has not logged in" in answer.content.decode()
    assert orders.heard == []


def test_a_stranger_finds_neither_conversation_nor_action(
    office: Conversation, cast: Cast, orders: Orders
) -> None:
    answer = act(client_of(cast.foreign_agent.user), office, "order_status", order="MW20418833")
    assert (answer.status_code, orders.heard) == (404, [])


def test_the_thread_and_the_pane_tell_what_was_done(cast: Cast, orders: Orders) -> None:
    register(cast.shop, address=orders.address)

    async def as_ann() -> str:
        ann = await customer(cast.shop, "ann", locale="en")
        id = await ann.converse()
        card = (await ask(ann, id, "Please cancel my order MW20418833"))["confirmation"]
        await confirm(ann, card["nonce"])
        return id

    id = async_to_sync(as_ann)()
    page = client_of(cast.agent.user).get(reverse("conversation", args=[cast.shop.pk, id])).content.decode()
    assert page.count("Cancel an order") >= 2
    assert "Order MW20418833 is cancelled; you get €49.90 back." in page
    assert "Proposed an action to the customer" in page


# --- The registry -------------------------------------------------------------------------------------------


def form(**changed: str) -> dict[str, str]:
    schema = '{"type": "object", "properties": {"order": {"type": "string", "pattern": "A\\\\d{4}"}}, "required": ["order"]}'
    return {
        "name": "send_invoice",
        "title_en": "Send the invoice",
        "title_zh": "开发票",
        "risk": "low",
        "intent": "",
        "words": "invoice, 发票",
        "address": "https://shop.example/invoice",
        "schema": schema,
        "told_en": "The invoice for {order} is on its way.",
        "told_zh": "",
    } | changed


def test_an_operator_adds_changes_and_switches_off_an_action(cast: Cast) -> None:
    client, site = client_of(cast.operator.user), cast.shop.pk
    assert client.post(reverse("add_action", args=[site]), form()).status_code == 302
    action = Action.objects.get()
    assert (action.words, action.is_on, action.secret[:7]) == (["invoice", "发票"], True, "actsec_")
    save = reverse("save_action", args=[site, action.pk])
    assert client.post(save, form(title_en="Mail the invoice")).status_code == 302
    client.post(reverse("switch_action", args=[site, action.pk]), {"on": "no"})
    client.post(reverse("rotate_action_secret", args=[site, action.pk]))
    changed = Action.objects.get()
    assert (changed.title["en"], changed.is_on) == ("Mail the invoice", False)
    assert changed.secret != action.secret
    page = client.get(reverse("action_list", args=[site])).content.decode()
    assert "Mail the invoice" in page
    assert changed.secret not in page


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Bad Name"},
        {"title_en": "", "title_zh": ""},
        {"risk": "none"},
        {"intent": "drop"},
        {"words": " , "},
        {"address": "ftp://shop.example/"},
        {"address": "javascript:alert(1)"},
        {"schema": "nonsense"},
        {"schema": "[" * 5_000},
        {
            "schema": '{"type": "object", "properties": {"customer_id": {"type": "string"}}, "required": ["customer_id"]}'
        },
        {
            "schema": '{"type": "object", "properties": {"a": {"type": "string", "pattern": "(a+)+$"}}, "required": ["a"]}'
        },
        {"schema": '{"type": "object", "properties": {"a": {"type": "array"}}, "required": ["a"]}'},
        {"schema": '{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["b"]}'},
        {"told_en": "x" * 301},
    ],
)
def test_what_cannot_be_an_action_says_why_and_keeps_the_form(cast: Cast, changed: dict[str, str]) -> None:
    answer = client_of(cast.operator.user).post(reverse("add_action", args=[cast.shop.pk]), form(**changed))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert "https://shop.example/invoice" in answer.content.decode() or "address" in changed
    assert not Action.objects.exists()


def test_a_name_is_taken_once_per_site(cast: Cast) -> None:
    client = client_of(cast.operator.user)
    client.post(reverse("add_action", args=[cast.shop.pk]), form())
    again = client.post(reverse("add_action", args=[cast.shop.pk]), form())
    assert (again.status_code, Action.objects.count()) == (422, 1)
