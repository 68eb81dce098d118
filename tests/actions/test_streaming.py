"""What becomes of a card is told to every open tab, on a real broker; and never what is somebody else's or private."""

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from apps.conversations.live import broker
from apps.conversations.live.events import StreamEvent
from apps.conversations.models import Conversation, Message
from apps.widget.streaming import View, frames
from tests.actions.cast import ask, confirm, customer, register
from tests.actions.service import Orders
from tests.conversations.cast import Cast

pytestmark = [pytest.mark.services, pytest.mark.timeout(90)]


@pytest.fixture
def bus(settings: Any, broker_url: str) -> None:
    settings.REDIS_URL = broker_url
    broker.circuit.close()


async def told_until(conversation: Conversation, state: str) -> list[tuple[str, dict[str, Any]]]:
    """The frames of the whole stream, up to the card's state."""
    told: list[tuple[str, dict[str, Any]]] = []
    stream = frames(conversation, site=conversation.site, cursor="0-0")
    async for piece in stream:
        lines = dict(line.split(": ", 1) for line in piece.decode().splitlines() if ": " in line)
        if "event" in lines:
            told.append((lines["event"], json.loads(lines["data"])))
            if told[-1][0] == "confirm" and told[-1][1]["confirmation"]["state"] == state:
                break
    await stream.aclose()  # type: ignore[attr-defined] # an async generator
    return told


async def test_every_tab_hears_of_the_card_and_of_its_outcome(bus: None, cast: Cast, orders: Orders) -> None:
    await sync_to_async(register)(cast.shop, address=orders.address)
    browser = await customer(cast.shop, "ann", locale="en")
    id = await browser.converse()
    card = (await ask(browser, id, "Please cancel my order MW20418833"))["confirmation"]
    await confirm(browser, card["nonce"])
    conversation = await Conversation.objects.select_related("site").aget(pk=id)
    told = await told_until(conversation, "done")
    cards = [data["confirmation"] for type, data in told if type == "confirm"]
    assert {one["nonce"] for one in cards} == {card["nonce"]}
    assert cards[-1]["text"] == "Order MW20418833 is cancelled; you get €49.90 back."


async def test_a_private_message_shows_no_card(cast: Cast, orders: Orders) -> None:
    await sync_to_async(register)(cast.shop, address=orders.address)
    browser = await customer(cast.shop, "ann", locale="en")
    id = await browser.converse()
    reply = await ask(browser, id, "Please cancel my order MW20418833")
    conversation = await Conversation.objects.select_related("site").aget(pk=id)
    view = View(conversation, site=conversation.site, after=0)
    event = StreamEvent("confirm", "1-1", {"message_id": reply["id"]}, seq=2)
    ((type, data),) = await view.translate(event)
    assert (type, data["confirmation"]["nonce"]) == ("confirm", reply["confirmation"]["nonce"])
    await Message.objects.filter(pk=reply["id"]).aupdate(private=True)
    assert await view.translate(event) == []
    assert (await confirm(browser, reply["confirmation"]["nonce"])).status_code == 404
