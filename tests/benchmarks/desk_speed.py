"""How the desk holds 100,000 conversations, and fifty agents at work on one web process.

    python -m tests.benchmarks.desk_speed [--conversations 100000] [--json]

On SQLite, and on PostgreSQL where its server is installed. Pages are asked for over HTTP by an agent who is logged in.
An agent's screen is what a browser does: a stream of events, and after one of them the list anew, as `live.js` asks for it.
The customers of all open conversations have a stream too.
"""

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.benchmarks import wire
from tests.benchmarks.measuring import Row, at_most, memory_of, p95, processor_of
from tests.journeys.desk import Desk, Web, until
from tests.postgres import PostgresCluster, binaries

AGENTS = 50
ASKED = 20  # times that each list is opened
GOAL = 200  # ms until a list is there
REACHED = 1_000  # ms until all screens know
WRITTEN, EVERY = 40, 0.5  # messages of customers, and seconds between two
SHOWN, SELDOM = 12, 5.0  # the same while all screens fetch their lists anew
RINGS_AFTER = 0.25  # seconds: `live.js` takes what comes in this time together
QUIET = 30.0  # seconds in which nothing happens
ORIGIN = "https://shop.example"
LISTS = {
    "open": "view=open",
    "waiting": "view=waiting",
    "mine": "view=mine",
    "unassigned": "view=unassigned",
    "snoozed": "view=snoozed",
    "resolved": "view=resolved",
    "all, longest waiting first": "view=all",
    "all, page 2": "view=all&limit=100",
    "all, most urgent first": "view=all&order=priority",
    "all, latest first": "view=all&order=latest",
    "a label that one in ten has": "view=all&label=Delivery",
    "a label that few have": "view=all&label=Recall",
    "a search in Chinese": "q=%E9%80%80%E8%B4%A7+%E8%BF%90%E8%B4%B9",  # 退货 运费
    "a search in English": "q=warehouse+order",
    "a customer's name": "q=Customer+777",
}


@dataclass
class Stored(Desk):
    """A desk on a database of its own."""

    database: str = ""

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "DATABASE_URL": self.database}


@dataclass
class Screen:
    """An agent's page without a browser."""

    url: str
    cookie: str
    conversation: str
    is_live: asyncio.Event = field(default_factory=asyncio.Event)
    heard: dict[tuple[str, int], float] = field(default_factory=dict)  # when, by conversation and message
    shown: dict[tuple[str, int], float] = field(default_factory=dict)  # when the list was there after it
    fetches: bool = False
    fetching: "asyncio.Task[None] | None" = None
    name: str = field(default_factory=lambda: uuid4().hex)

    async def listen(self) -> None:
        url = f"{self.url}/events/?others&page={self.name}&conversation={self.conversation}"
        async with wire.request(url, headers=self.headers) as response:
            self.is_live.set()
            kind = ""
            async for line in response.lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "data" and kind == "changed":
                    self._take(json.loads(value))

    def _take(self, data: dict[str, Any]) -> None:
        self.heard.setdefault((data["conversation_id"], data["seq"]), time.monotonic())
        if self.fetches and (self.fetching is None or self.fetching.done()):
            self.fetching = asyncio.create_task(self._fetch())

    async def _fetch(self) -> None:
        await asyncio.sleep(RINGS_AFTER)
        known = list(self.heard)
        await self.open(f"conversations/list/?limit=50&page={self.name}")
        now = time.monotonic()
        for one in known:
            self.shown.setdefault(one, now)
        await self.open("waiting/")

    async def open(self, path: str) -> float:
        """Seconds until it is there."""
        started = time.monotonic()
        async with wire.request(f"{self.url}/{path}", headers=self.headers) as response:
            assert response.status == 200, response.status
            await response.body()
        return time.monotonic() - started

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie}


@dataclass
class Customer:
    api: str
    token: str
    conversation: str
    is_answered_by_people: bool
    written: int = 0

    @property
    def headers(self) -> dict[str, str]:
        return {"Origin": ORIGIN, "Authorization": f"Bearer {self.token}"}

    async def listen(self, is_live: asyncio.Event) -> None:
        url = f"{self.api}/conversations/{self.conversation}/events"
        async with wire.request(url, headers=self.headers) as response:
            is_live.set()
            async for _ in response.pieces():
                pass

    async def write(self) -> tuple[str, int]:
        """Which message it became."""
        self.written += 1
        body = {"client_msg_id": f"m{self.written}", "text": "Is anybody there?"}
        url = f"{self.api}/conversations/{self.conversation}/messages"
        answer = await wire.ask(url, headers=self.headers, body=body)
        return self.conversation, answer["message"]["seq"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--databases", nargs="+", choices=["SQLite", "PostgreSQL"], default=available())
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = []
    for name in options.databases:
        rows += [asdict(row) for row in measured(name, options.conversations)]
        print(*rows, sep="\n", file=sys.stderr, flush=True)  # the next one may fail
    print(json.dumps(rows) if options.json else "\n".join(str(row) for row in rows))


def available() -> list[str]:
    return ["SQLite", "PostgreSQL"] if binaries() else ["SQLite"]


def measured(name: str, conversations: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, database(name) as url:
        desk = Stored(Path(folder), chroma_url="http://127.0.0.1:9", database=url)
        try:
            desk.start_broker()
            past = filled(desk, conversations)
            web = desk.start_web()
            rows = asyncio.run(measure(web, past))
        finally:
            desk.close()
    return [Row(**{**asdict(row), "what": f"desk on {name}: {row.what}"}) for row in rows]


@contextmanager
def database(name: str) -> Iterator[str]:
    """The address of an empty one; of SQLite's, settings know it."""
    if name == "SQLite":
        yield ""
        return
    with PostgresCluster() as cluster:
        yield cluster.url


def filled(desk: Desk, conversations: int) -> dict[str, Any]:
    """In a process of its own: settings are read once."""
    print(f"making {conversations} conversations", file=sys.stderr)
    fill = f"print(json.dumps(desk_rows.fill(conversations={conversations}, agents={AGENTS})))"
    lines = f"import django, json\ndjango.setup()\nfrom tests.benchmarks import desk_rows\n{fill}"
    command = [sys.executable, "-c", lines]
    made = subprocess.run(command, env=desk.environment(), stdout=subprocess.PIPE, check=True)
    past: dict[str, Any] = json.loads(made.stdout)
    return past


async def measure(web: Web, past: dict[str, Any]) -> list[Row]:
    site = f"{web.url}/dashboard/sites/{past['site_id']}"
    customers = [Customer(f"{web.url}/api/widget/v1", **one) for one in past["customers"]]
    screens = [
        Screen(site, cookie, customers[place].conversation) for place, cookie in enumerate(past["cookies"])
    ]
    before = processor_of(web.process.pid)
    rows = [await opened(screens[0], name=name, query=query) for name, query in LISTS.items()]
    spent = (processor_of(web.process.pid) - before) / len(LISTS) / (ASKED + 1)
    rows.append(Row("processor time of a list, mean of all", 1000 * spent, "ms"))
    async with watching(screens, customers):
        rows += await heard(screens, customers)
        rows += await shown(screens, customers)
        rows += await idle(web)
    return [*rows, Row("memory of the web process", memory_of(web.process.pid), "MB")]


async def opened(screen: Screen, *, name: str, query: str) -> Row:
    """The whole page, again and again."""
    path = f"conversations/?{query}"
    await screen.open(path)
    taken = [await screen.open(path) for _ in range(ASKED)]
    print(f"{name}: {1000 * statistics.median(taken):.0f} ms at p50", file=sys.stderr)
    return at_most(f"list of {name}, p95", 1000 * p95(taken), "ms", goal=GOAL)


@asynccontextmanager
async def watching(screens: list[Screen], customers: list[Customer]) -> AsyncIterator[None]:
    """With all streams open."""
    live = [asyncio.Event() for _ in customers]
    tasks = [asyncio.create_task(screen.listen()) for screen in screens]
    await asyncio.gather(*(screen.is_live.wait() for screen in screens))
    for customer, is_live in zip(customers, live, strict=True):
        tasks.append(asyncio.create_task(customer.listen(is_live)))
        await asyncio.wait_for(is_live.wait(), 60)
    await asyncio.sleep(1)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def heard(screens: list[Screen], customers: list[Customer]) -> list[Row]:
    """From the moment at which a customer sends until each of the screens knows."""
    sent = await written(customers, number=WRITTEN, every=EVERY, seed=1)
    await asyncio.sleep(2)
    late = [1000 * (screen.heard[one] - at) for one, at in sent.items() for screen in screens]
    return [
        at_most(f"an event reaches {len(screens)} screens, p95", p95(late), "ms", goal=REACHED),
        Row("the same, p50", statistics.median(late), "ms"),
    ]


async def shown(screens: list[Screen], customers: list[Customer]) -> list[Row]:
    """Until the list that has changed is there as well."""
    for screen in screens:
        screen.fetches = True
    sent = await written(customers, number=SHOWN, every=SELDOM, seed=2)
    everywhere = lambda: all(one in screen.shown for one in sent for screen in screens)  # noqa: E731 - used once
    await until(everywhere, what="the list on each screen", seconds=300)
    for screen in screens:
        screen.fetches = False
    late = [1000 * (screen.shown[one] - at) for one, at in sent.items() for screen in screens]
    what = f"{len(screens)} screens show their lists anew, after an event"
    return [Row(f"{what}, p95", p95(late), "ms"), Row(f"{what}, p50", statistics.median(late), "ms")]


async def written(
    customers: list[Customer], *, number: int, every: float, seed: int
) -> dict[tuple[str, int], float]:
    """When each message was sent. Customers whom people answer write: nothing else moves by itself."""
    writers = random.Random(seed).sample([one for one in customers if one.is_answered_by_people], number)
    sent = {}
    for customer in writers:
        started = time.monotonic()
        sent[await customer.write()] = started
        await asyncio.sleep(max(0.0, started + every - time.monotonic()))
    return sent


async def idle(web: Web) -> list[Row]:
    await asyncio.sleep(2)
    before, began = processor_of(web.process.pid), time.monotonic()
    await asyncio.sleep(QUIET)
    share = (processor_of(web.process.pid) - before) / (time.monotonic() - began)
    return [Row("processor while nothing happens, all streams open", 100 * share, "% of a core")]


if __name__ == "__main__":
    sys.exit(main())
