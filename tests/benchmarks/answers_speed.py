"""What our code costs between a question and its answer, against the model server alone (a stand-in that streams).

    python -m tests.benchmarks.answers_speed [--json]

One web process over HTTP, with a real broker and a real Chroma. Customers and raw requests go over the same loopback
through the same lean client, on the same cores. A raw request is the very prompt that our code sends; its first sentence
is there when the model has written as much of it as our code needs to know which passage sentence it is.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from dialogue.verifying.checking import whole_of
from tests.benchmarks import wire
from tests.benchmarks.measuring import Row, at_least, at_most, memory_of, p95, processor_of
from tests.journeys.desk import SHOP, Desk, Web
from tests.services import ChromaServer

PAUSE = 0.03  # seconds between two tokens: about the pace of a small model on a GPU
ALONE = 15  # answers, one after the other
AT_WORK, EVERY = 50, 10.0  # customers, and seconds between two questions of one of them, drawn anew each time
ROUNDS = 3  # questions of each customer at work
SETTLE = 1.0  # seconds of rest before the clock runs
FACTS = [
    {
        "id": "returns",
        "title": "Returns",
        "text": "You can return any item within 30 days of delivery, provided that it is unused and in its own "
        "packaging, by printing the label that you find under Orders in your account and handing the parcel in at any "
        "of the shops that our carrier lists on its map. We refund the price of any item that you return in the way in "
        "which you paid for it, as a rule within 5 working days of its arrival in our warehouse, where each parcel is "
        "opened, looked through and weighed by a person before the amount is released to you.",
    },
    {
        "id": "delivery",
        "title": "Delivery",
        "text": "Delivery takes 2 to 3 working days. It costs 4.90 euros.",
    },
    {
        "id": "invoice",
        "title": "Invoices",
        "text": "Your invoice is in your account under Orders. It can be printed.",
    },
]
QUESTION = "Within how many days can I return any item?"


@dataclass
class Prompt:
    """What our code sends to the model, and the sentences that it sends along."""

    messages: Sequence[dict[str, str]]
    sources: Sequence[str]


@dataclass
class Visitor:
    """A widget without a browser. Times are of `time.monotonic()`."""

    web: Web
    key: str
    question: str = QUESTION
    headers: dict[str, str] = field(default_factory=dict)
    conversation: str = ""
    asked: int = 0
    is_live: asyncio.Event = field(default_factory=asyncio.Event)
    is_answered: asyncio.Event = field(default_factory=asyncio.Event)
    first_at: float = 0.0
    shown: dict[int, str] = field(default_factory=dict)
    text: str = ""

    async def begin(self) -> "Visitor":
        origin = {"Origin": SHOP}
        session = await wire.ask(f"{self._api}/sessions", headers=origin, body={"site_key": self.key})
        self.headers = origin | {"Authorization": f"Bearer {session['token']}"}
        self.conversation = (await wire.ask(f"{self._api}/conversations", headers=self.headers))["id"]
        return self

    async def listen(self) -> None:
        url = f"{self._api}/conversations/{self.conversation}/events"
        async with wire.request(url, headers=self.headers) as response:
            self.is_live.set()
            kind = ""
            async for line in response.lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "data" and kind in ("token", "done"):
                    self._take(kind, json.loads(value))

    def _take(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "token":
            self.first_at = self.first_at or time.monotonic()
            self.shown[data["index"]] = data["text"]
        else:
            self.text = data["message"]["text"]
            self.is_answered.set()

    async def ask(self) -> float:
        """Asks, waits for the whole answer; seconds until the first sentence."""
        self.asked += 1
        self.first_at, self.shown = 0.0, {}
        self.is_answered.clear()
        started = time.monotonic()
        url = f"{self._api}/conversations/{self.conversation}/messages"
        await wire.ask(
            url, headers=self.headers, body={"client_msg_id": f"m{self.asked}", "text": self.question}
        )
        async with asyncio.timeout(120):
            await self.is_answered.wait()
        return self.first_at - started

    def has(self, expected: str) -> bool:
        """In the stream as in the row: every sentence, and the same as when nobody else asked."""
        return "".join(self.shown[index] for index in sorted(self.shown)) == self.text == expected

    @property
    def _api(self) -> str:
        return f"{self.web.url}/api/widget/v1"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--at-once", type=int, default=100)
    parser.add_argument("--processes", type=int, default=1, help="web processes that share the customers")
    parser.add_argument("--only-streaming", action="store_true", help="the hundred answers at once, alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            asdict(row)
            for row in with_services(
                Path(folder),
                at_once=options.at_once,
                processes=options.processes,
                only_streaming=options.only_streaming,
            )
        ]
    print(json.dumps(rows) if options.json else "\n".join(str(row) for row in rows))


def with_services(folder: Path, *, at_once: int, processes: int, only_streaming: bool) -> list[Row]:
    (folder / "chroma").mkdir()
    chroma = ChromaServer(folder / "chroma")
    chroma.start()
    desk = Desk(folder, chroma.url)
    try:
        desk.start_broker()
        desk.manage("migrate")
        key = desk.found_site("Shop", FACTS)
        desk.start_model("ok", "--pause", str(PAUSE))
        webs = [desk.start_web() for _ in range(processes)]
        return asyncio.run(measure(desk, webs, key, at_once=at_once, only_streaming=only_streaming))
    finally:
        desk.close()
        chroma.stop()


async def measure(
    desk: Desk, webs: Sequence[Web], key: str, *, at_once: int, only_streaming: bool
) -> list[Row]:
    expected, prompt = await first_answer(desk, webs, key)
    rows = []
    if not only_streaming:
        rows += await alone(desk, webs, key, prompt=prompt)
        rows += await at_work(desk, webs, key, prompt=prompt)
        rows += await in_one_instant(desk, webs, key, prompt=prompt)
    return [*rows, *await streaming(desk, webs, key, prompt=prompt, answers=at_once, expected=expected)]


async def first_answer(desk: Desk, webs: Sequence[Web], key: str) -> tuple[str, Prompt]:
    """Its text, which all later ones must have; and the very messages that the model got, for the raw requests.

    Each process answers once, so that all is loaded.
    """
    found, listening = await visitors(webs, key, len(webs))
    for visitor in found:
        await visitor.ask()
    rows = await conversation_of(visitor)
    replayed = json.loads(await asyncio.to_thread(desk.manage, "replay", rows[-1]["id"], "--json"))
    messages = replayed["messages"]
    sources = [
        line.partition("] ")[2]
        for line in messages[-1]["content"].splitlines()
        if line.startswith("[") and "] " in line
    ]
    leave(listening)
    return visitor.text, Prompt(messages, sources)


async def conversation_of(visitor: Visitor) -> list[dict[str, Any]]:
    url = f"{visitor.web.url}/api/widget/v1/conversations/{visitor.conversation}/messages"
    async with wire.request(url, headers=visitor.headers) as response:
        messages: list[dict[str, Any]] = json.loads(await response.body())["messages"]
        return messages


async def visitors(
    webs: Sequence[Web], key: str, count: int
) -> tuple[list[Visitor], list[asyncio.Task[None]]]:
    """So many customers with an open stream, the web processes in turn."""
    found = [await Visitor(webs[place % len(webs)], key).begin() for place in range(count)]
    listening = [asyncio.create_task(visitor.listen()) for visitor in found]
    await asyncio.gather(*(visitor.is_live.wait() for visitor in found))
    await asyncio.sleep(SETTLE)
    return found, listening


def used_by(webs: Sequence[Web]) -> float:
    """Seconds of processor."""
    return sum(processor_of(web.process.pid) for web in webs)


def leave(listening: list[asyncio.Task[None]]) -> None:
    for task in listening:
        task.cancel()


# --- Until the first sentence -------------------------------------------------------------------------------


async def alone(desk: Desk, webs: Sequence[Web], key: str, *, prompt: Prompt) -> list[Row]:
    """Raw and ours take turns, so that a busy machine slows both alike."""
    people, listening = await visitors(webs, key, ALONE)
    added = []
    before = used_by(webs)
    for visitor in people:
        raw = (await raw_answer(desk, prompt, whole=False))[0]
        added.append(await visitor.ask() - raw)
    spent = (used_by(webs) - before) / ALONE
    leave(listening)
    return [
        at_most(
            "added before the first sentence, one customer, p50", ms(statistics.median(added)), "ms", goal=60
        ),
        Row("web process, processor time per answer, one customer", ms(spent), "ms"),
    ]


async def at_work(desk: Desk, webs: Sequence[Web], key: str, *, prompt: Prompt) -> list[Row]:
    """Fifty customers who ask, read, and ask again, each at a moment of their own."""
    draw = random.Random(50)
    people, listening = await visitors(webs, key, AT_WORK)

    async def talk(wait: list[float], ask: Any) -> list[float]:
        times = []
        for pause in wait:
            await asyncio.sleep(pause)
            times.append(await ask())
        return times

    pauses = [[draw.uniform(0, 2 * EVERY) for _ in range(ROUNDS)] for _ in people]

    async def first_of_raw() -> float:
        return (await raw_answer(desk, prompt))[0]

    raw = list(chain(*await asyncio.gather(*(talk(wait, first_of_raw) for wait in pauses))))
    before = used_by(webs)
    talks = (talk(wait, one.ask) for wait, one in zip(pauses, people, strict=True))
    ours = list(chain(*await asyncio.gather(*talks)))
    spent = (used_by(webs) - before) / len(ours)
    leave(listening)
    expected = statistics.median(raw)
    return [
        at_most(
            f"added before the first sentence, {AT_WORK} customers at work, p95",
            ms(p95([one - expected for one in ours])),
            "ms",
            goal=150,
        ),
        Row("the same, p50", ms(statistics.median(ours) - expected), "ms"),
        Row("web process, processor time per answer, at work", ms(spent), "ms"),
    ]


async def in_one_instant(desk: Desk, webs: Sequence[Web], key: str, *, prompt: Prompt) -> list[Row]:
    """The worst case: all fifty press Enter in the same millisecond."""
    people, listening = await visitors(webs, key, AT_WORK)
    raw = await asyncio.gather(*(raw_answer(desk, prompt) for _ in people))
    ours = await asyncio.gather(*(one.ask() for one in people))
    leave(listening)
    expected = statistics.median(first for first, _ in raw)
    return [
        Row(
            f"added before the first sentence, {AT_WORK} questions in one instant, p95",
            ms(p95([one - expected for one in ours])),
            "ms",
        )
    ]


def ms(seconds: float) -> float:
    return 1000 * seconds


async def raw_answer(desk: Desk, prompt: Prompt, *, whole: bool = True) -> tuple[float, int]:
    """Seconds until the first sentence could be known, and the number of tokens of the whole answer."""
    body = {"model": "home", "messages": prompt.messages, "stream": True, "max_tokens": 160}
    url = f"http://127.0.0.1:{desk.model_port}/v1/chat/completions"
    started, first, text, tokens = time.monotonic(), 0.0, "", 0
    async with wire.request(url, method="POST", body=body) as response:
        async for line in response.lines():
            if not line.startswith("data: {"):
                continue
            choices = json.loads(line.removeprefix("data: "))["choices"]
            piece = (choices[0]["delta"].get("content") or "") if choices else ""
            tokens += bool(piece)
            if not first:
                text += piece
                if whole_of(text, texts=prompt.sources):
                    first = time.monotonic() - started
            if first and not whole:
                break
    return first or time.monotonic() - started, tokens


# --- Many at once -------------------------------------------------------------------------------------------


async def streaming(
    desk: Desk, webs: Sequence[Web], key: str, *, prompt: Prompt, answers: int, expected: str
) -> list[Row]:
    """So many answers under way all the time: who has one asks for the next."""
    rounds = 3
    started = time.monotonic()
    tokens = sum(chain(*await asyncio.gather(*(raw_again(desk, prompt, rounds) for _ in range(answers)))))
    raw = tokens / (time.monotonic() - started)
    people, listening = await visitors(webs, key, answers)
    before, used = memory_of(webs[0].process.pid), used_by(webs)
    started = time.monotonic()
    complete = sum(chain(*await asyncio.gather(*(asks_again(one, rounds, expected) for one in people))))
    ours = tokens / (time.monotonic() - started)
    spent = (used_by(webs) - used) / (answers * rounds)
    after = memory_of(webs[0].process.pid)
    leave(listening)
    shared = f", {len(webs)} web processes" if len(webs) > 1 else ""
    return [
        at_least(
            f"{answers} answers streaming at once: complete and identical",
            100 * complete / (answers * rounds),
            "%",
            goal=100,
        ),
        at_least(
            f"{answers} answers streaming at once: tokens/s of raw{shared}", 100 * ours / raw, "%", goal=95
        ),
        Row(f"{answers} answers streaming at once: raw", raw, "tokens/s"),
        Row("web process, processor time per answer, streaming", ms(spent), "ms"),
        at_most("web process memory", after, "MB", goal=350),
        Row(f"web process memory, growth over {answers * rounds} answers", after - before, "MB"),
    ]


async def raw_again(desk: Desk, prompt: Prompt, rounds: int) -> list[int]:
    return [(await raw_answer(desk, prompt))[1] for _ in range(rounds)]


async def asks_again(visitor: Visitor, rounds: int, expected: str) -> list[bool]:
    found = []
    for _ in range(rounds):
        await visitor.ask()
        found.append(visitor.has(expected))
    return found


if __name__ == "__main__":
    sys.exit(main())
