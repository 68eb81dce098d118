"""A shop whose assistant may look orders up and cancel them, and customers who have logged in there."""

import asyncio
import time
from typing import Any
from uuid import uuid4

from asgiref.sync import sync_to_async

from apps.actions import registry
from apps.actions.models import Action
from apps.conversations.models import Site
from apps.widget.tokens import sign_identity
from tests.widget.browser import Browser, visitor

ORDER = {
    "type": "object",
    "properties": {
        "order": {
            "type": "string",
            "pattern": r"MW\d{8}",
            "x-label": {"en": "order number", "zh-hans": "订单号"},
        }
    },
    "required": ["order"],
}


def register(site: Site, *, address: str) -> None:
    registry.keep_action(
        site,
        name="order_status",
        title={"en": "Look an order up", "zh-hans": "查询订单"},
        address=f"{address}status",
        schema=ORDER,
        risk=Action.Risk.READ,
        intent=Action.Intent.STATUS,
        told={
            "en": "Order {order} is {status}: parcel {parcel}.",
            "zh-hans": "订单{order}：{status}，包裹{parcel}。",
        },
    )
    registry.keep_action(
        site,
        name="cancel_order",
        title={"en": "Cancel an order", "zh-hans": "取消订单"},
        address=f"{address}cancel",
        schema=ORDER,
        intent=Action.Intent.CANCEL,
        told={
            "en": "Order {order} is cancelled; you get {refund} back.",
            "zh-hans": "订单{order}已取消，退回{refund}。",
        },
    )


async def customer(site: Site, user_id: str, **body: Any) -> Browser:
    """Somebody whom the shop's own server vouches for."""
    exp = int(time.time()) + 600
    identity = {
        "user_id": user_id,
        "exp": exp,
        "signature": sign_identity(site, user_id=user_id, exp=exp),
    }
    return await visitor(site, identity=identity, **body)


async def ask(browser: Browser, conversation: str, text: str) -> dict[str, Any]:
    """The assistant's settled reply."""
    path = f"conversations/{conversation}/messages"
    posted = (await browser.post(path, {"client_msg_id": uuid4().hex, "text": text})).json()
    for _look in range(200):
        row = next(one for one in await rows(browser, conversation) if one["id"] == posted["reply_id"])
        if row["state"] != "generating":
            return row
        await asyncio.sleep(0.05)
    raise AssertionError("The reply was not written.")


async def rows(browser: Browser, conversation: str) -> list[dict[str, Any]]:
    page = (await browser.get(f"conversations/{conversation}/messages")).json()
    messages: list[dict[str, Any]] = page["messages"]
    return messages


async def confirm(browser: Browser, nonce: str, *, accept: bool = True) -> Any:
    return await browser.post(f"confirmations/{nonce}", {"accept": accept})


in_rows = sync_to_async
