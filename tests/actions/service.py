"""A shop's orders service that hears signed requests, and behaves as it is told."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Answer = tuple[int, bytes]


@dataclass
class Orders:
    """`behaves`: None for a proper service, `hangs`, `closes`, or the status and body of every answer."""

    address: str = ""
    behaves: Any = None
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    owners: dict[str, str] = field(default_factory=lambda: {"MW20418833": "ann", "MW20418834": "bob"})
    cancelled: set[str] = field(default_factory=set)
    meanwhile: Callable[[], None] | None = None
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]

    def answer(self, body: dict[str, Any]) -> Answer:
        order = body["arguments"]["order"]
        if self.owners.get(order) != body["customer"]["id"]:
            return self._refuse(404, "unknown_order", f"There is no order {order} of yours.")
        if body["action"] == "order_status":
            return self._tell(order=order, status="shipped", parcel="PX-77")
        if order in self.cancelled:
            return self._refuse(409, "cancelled", f"Order {order} was cancelled before.")
        self.cancelled.add(order)
        return self._tell(order=order, refund="€49.90")

    def _tell(self, **values: str) -> Answer:
        return 200, json.dumps({"result": values}).encode()

    def _refuse(self, status: int, code: str, message: str) -> Answer:
        return status, json.dumps({"error": {"code": code, "message": message}}).encode()


def handler_of(orders: Orders) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            orders.heard.append((dict(self.headers), body))
            if orders.meanwhile:
                orders.meanwhile()
            match orders.behaves:
                case "hangs":
                    orders.over.wait(20)
                case "closes":
                    self.connection.close()
                case (status, text):
                    self._send(status, text)
                case None:
                    self._send(*orders.answer(json.loads(body)))

        def _send(self, status: int, text: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def orders(settings: Any) -> Iterator[Orders]:
    settings.ACTIONS_MAY_BE_PRIVATE = True
    orders = Orders()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(orders))
    orders.address = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield orders
    orders.over.set()
    server.shutdown()
    thread.join()
    server.server_close()
