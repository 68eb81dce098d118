"""The demo shop's orders service: what a company's own service behind SeekDesk's actions looks like. Standard library only.

It takes one signed request a time (docs/actions.md), believes nobody without the signature, shows a customer only their own
orders, and does the same request once however often it comes. Each customer of the demo finds three orders of their own.
"""

import hashlib
import hmac
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Answer = tuple[int, dict[str, Any]]

SECONDS = 300  # that a signature holds
TABLES = """
CREATE TABLE IF NOT EXISTS orders (
  number TEXT PRIMARY KEY, customer TEXT NOT NULL, item TEXT NOT NULL, status TEXT NOT NULL, address TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, status INTEGER NOT NULL, body TEXT NOT NULL);
"""
# What each new customer has bought: item, status, address.
BOUGHT = (
    ("kettle", "placed", "Kerkstraat 4, 5911 Venlo"),
    ("lamp", "shipped", "Kerkstraat 4, 5911 Venlo"),
    ("boots", "delivered", "杭州市西湖区文三路100号"),
)
WORDS = {
    "kettle": {"en": "Fern kettle", "zh-hans": "蕨叶水壶"},
    "lamp": {"en": "Glow camp light", "zh-hans": "微光营灯"},
    "boots": {"en": "Moor boots", "zh-hans": "荒原徒步靴"},
    "placed": {"en": "waiting to be packed", "zh-hans": "等待打包"},
    "shipped": {"en": "on its way", "zh-hans": "运输中"},
    "delivered": {"en": "delivered", "zh-hans": "已送达"},
    "cancelled": {"en": "cancelled", "zh-hans": "已取消"},
    "returning": {"en": "registered for return", "zh-hans": "已登记退货"},
    "unknown_order": {
        "en": "There is no order {order} among yours.",
        "zh-hans": "您名下没有订单{order}。",
    },
    "too_late": {
        "en": "Order {order} is {status}: this is no longer possible.",
        "zh-hans": "订单{order}{status}，无法再这样处理。",
    },
    "not_yet": {
        "en": "Order {order} is {status}: only what was delivered can be returned.",
        "zh-hans": "订单{order}{status}，送达之后才能退货。",
    },
    "unknown_action": {"en": "We do not do that here.", "zh-hans": "暂不支持这项操作。"},
}


class Orders:
    """One SQLite file; every process that serves opens it for itself."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """In one write transaction: whoever asks the same at the same moment waits, and finds the answer."""
        database = sqlite3.connect(self.path, timeout=10, isolation_level=None)
        try:
            database.executescript(TABLES)
            database.execute("BEGIN IMMEDIATE")
            yield database
            database.execute("COMMIT")
        finally:
            database.close()

    def orders_of(self, customer: str) -> list[dict[str, str]]:
        with self._database() as database:
            _welcome(database, customer)
            rows = database.execute(
                "SELECT number, item, status, address FROM orders WHERE customer = ? ORDER BY rowid",
                [customer],
            ).fetchall()
        return [
            {"number": number, "item": item, "status": status, "address": address}
            for number, item, status, address in rows
        ]

    def answer(self, body: bytes, *, signature: str, secret: str, now: float | None = None) -> Answer:
        """Nothing is read of a request that nobody signed."""
        if not is_signed(body, signature=signature, secret=secret, now=now or time.time()):
            return 401, {"error": {"code": "bad_signature", "message": "The signature does not hold."}}
        asked: dict[str, Any] = json.loads(body)
        with self._database() as database:
            known = database.execute(
                "SELECT status, body FROM answers WHERE key = ?", [asked["id"]]
            ).fetchone()
            if known:
                return int(known[0]), dict(json.loads(known[1]))
            _welcome(database, asked["customer"]["id"])
            status, answer = _do(database, asked)
            database.execute(
                "INSERT INTO answers VALUES (?, ?, ?)", [asked["id"], status, json.dumps(answer)]
            )
        return status, answer


def is_signed(body: bytes, *, signature: str, secret: str, now: float) -> bool:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 over `SECONDS.BODY`, not older than five minutes."""
    parts = [part.partition("=") for part in signature.split(",")]
    seconds = next((value for name, _, value in parts if name == "t"), "")
    marks = [value for name, _, value in parts if name == "v1"]
    if not seconds.isascii() or not seconds.isdecimal() or abs(now - int(seconds)) > SECONDS:
        return False
    expected = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return any(hmac.compare_digest(expected, mark) for mark in marks)


def _welcome(database: sqlite3.Connection, customer: str) -> None:
    """Three orders for whoever is here for the first time."""
    if database.execute("SELECT 1 FROM orders WHERE customer = ? LIMIT 1", [customer]).fetchone():
        return
    for place, (item, status, address) in enumerate(BOUGHT):
        digest = hashlib.sha256(f"{customer} {place}".encode()).hexdigest()
        number = f"MW{int(digest[:12], 16) % 10**8:08d}"
        database.execute(
            "INSERT OR IGNORE INTO orders VALUES (?, ?, ?, ?, ?)", [number, customer, item, status, address]
        )


def _do(database: sqlite3.Connection, asked: Mapping[str, Any]) -> Answer:
    locale, arguments = asked["locale"], asked["arguments"]
    order, customer = arguments.get("order", ""), asked["customer"]["id"]
    row = database.execute(
        "SELECT item, status, address FROM orders WHERE number = ? AND customer = ?", [order, customer]
    ).fetchone()
    if row is None:
        return _refused(404, "unknown_order", locale, order=order)
    item, status, address = row
    match asked["action"]:
        case "order_status":
            pass
        case "cancel_order" if status == "placed":
            status = "cancelled"
        case "change_address" if status == "placed":
            address = arguments["address"]
        case "return_order" if status == "delivered":
            status = "returning"
        case "cancel_order" | "change_address":
            return _refused(409, "too_late", locale, order=order, status=WORDS[status][locale])
        case "return_order":
            return _refused(409, "not_yet", locale, order=order, status=WORDS[status][locale])
        case _:
            return _refused(422, "unknown_action", locale)
    database.execute("UPDATE orders SET status = ?, address = ? WHERE number = ?", [status, address, order])
    told = {"order": order, "item": WORDS[item][locale], "status": WORDS[status][locale], "address": address}
    return 200, {"result": told}


def _refused(status: int, code: str, locale: str, /, **values: str) -> Answer:
    message = WORDS[code][locale]
    for name, value in values.items():
        message = message.replace(f"{{{name}}}", value)
    return status, {"error": {"code": code, "message": message}}
