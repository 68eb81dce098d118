"""The demo shop's actions from its file to its own orders service, by signed requests as any company's service gets them."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import RequestFactory

from apps.actions.models import Action
from apps.conversations.models import Site
from apps.conversations.shell.demo import load_site
from apps.integrations.payloads import signature_by
from apps.widget import demo
from demo.orders import is_signed
from tests.actions.cast import ask, confirm, customer, rows

SHOP = Path(__file__).parents[2] / "demo" / "shop"


@pytest.fixture
def shop(transactional_db: None, knowledge: None, settings: Any, tmp_path: Path) -> Iterator[Site]:
    """The demo's site; its address is a server that hands requests to the demo's own view."""
    settings.ACTIONS_MAY_BE_PRIVATE, settings.DATA_DIR = True, tmp_path

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            signature = self.headers["SeekDesk-Signature"]
            request = RequestFactory().post(
                self.path, body, content_type="application/json", headers={"SeekDesk-Signature": signature}
            )
            answer = demo.orders_service(request, "shop")
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    settings.PUBLIC_URL = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield load_site(SHOP)
    server.shutdown()
    thread.join()
    server.server_close()


def orders_of(customer_id: str) -> dict[str, dict[str, str]]:
    return {row["item"]: row for row in demo.orders().orders_of(customer_id)}


async def test_all_four_from_the_chat_to_the_orders(shop: Site) -> None:
    browser = await customer(shop, "demo-1", locale="en", origin=shop.origins[0])
    id = await browser.converse()
    mine = await sync_to_async(orders_of)("demo-1")
    kettle, boots = mine["kettle"]["number"], mine["boots"]["number"]

    told = await ask(browser, id, f"Where is my order {kettle}?")
    assert "Fern kettle) is waiting to be packed" in told["text"]

    async def do(text: str) -> Any:
        card = (await ask(browser, id, text))["confirmation"]
        return (await confirm(browser, card["nonce"])).json()["confirmation"]

    moved = await do(f"Please change the delivery address of order {kettle} to 12 Mill Lane, Venlo")
    assert moved["text"] == f"Your order {kettle} now goes to: 12 Mill Lane, Venlo."
    assert (await do(f"Please cancel my order {kettle}"))["state"] == "done"
    assert (await do(f"I want to return order {boots}"))["state"] == "done"
    refused = await do(f"Please cancel my order {boots}")
    assert (refused["state"], "no longer possible" in refused["text"]) == ("refused", True)

    now = await sync_to_async(orders_of)("demo-1")
    assert (now["kettle"]["status"], now["kettle"]["address"]) == ("cancelled", "12 Mill Lane, Venlo")
    assert now["boots"]["status"] == "returning"
    assert len([row for row in await rows(browser, id) if row["sender"] == "system"]) == 4


async def test_somebody_elses_order_is_as_one_that_is_not_there(shop: Site) -> None:
    theirs = (await sync_to_async(orders_of)("demo-2"))["kettle"]["number"]
    browser = await customer(shop, "demo-1", locale="zh-hans", origin=shop.origins[0])
    told = await ask(browser, await browser.converse(), f"订单{theirs}到哪了？")
    assert told["text"] == f"您名下没有订单{theirs}。"


def test_loading_it_again_changes_nothing_and_what_was_switched_off_stays_off(shop: Site) -> None:
    Action.objects.filter(site=shop, name="cancel_order").update(is_on=False)
    load_site(SHOP)
    assert Action.objects.filter(site=shop).count() == 4
    assert not Action.objects.get(site=shop, name="cancel_order").is_on


def test_nothing_is_done_for_a_request_that_nobody_signed(shop: Site) -> None:
    body = json.dumps({"id": "1", "action": "cancel_order"}).encode()
    for signature in ["", "t=1,v1=00", f"t={int(time.time())},v1=00", "t=²,v1=x"]:
        request = RequestFactory().post(
            "/demo/shop/orders/",
            body,
            content_type="application/json",
            headers={"SeekDesk-Signature": signature.encode("ascii", "ignore").decode()},
        )
        assert demo.orders_service(request, "shop").status_code == 401


def test_an_old_signature_is_none() -> None:
    then = datetime(2026, 1, 1, tzinfo=UTC)
    signature = signature_by(["s"], body=b"{}", now=then)
    assert is_signed(b"{}", signature=signature, secret="s", now=then.timestamp() + 10)
    assert not is_signed(b"{}", signature=signature, secret="s", now=then.timestamp() + 301)
    assert not is_signed(b"{ }", signature=signature, secret="s", now=then.timestamp())
    assert not is_signed(b"{}", signature=signature, secret="other", now=then.timestamp())


def test_the_shops_log_in_vouches_for_the_same_customer_again(shop: Site) -> None:
    first = demo.customer(RequestFactory().get("/demo/shop/customer.json"), "shop")
    again = RequestFactory().get("/demo/shop/customer.json")
    again.COOKIES[demo.COOKIE] = first.cookies[demo.COOKIE].value
    one, two = json.loads(first.content), json.loads(demo.customer(again, "shop").content)
    assert one["identity"]["user_id"] == two["identity"]["user_id"]
    assert len(two["orders"]) == 3
    again.COOKIES[demo.COOKIE] = "demo-1"  # made up
    assert json.loads(demo.customer(again, "shop").content)["identity"]["user_id"] not in (
        "demo-1",
        one["identity"]["user_id"],
    )
