"""How fast an OpenAI-compatible server writes: time to the first token, and tokens a second, at so many requests at once.

    python -m tests.benchmarks.serving_speed --url http://127.0.0.1:8101/v1 --rows RUN/dataset/rendered/heldout.jsonl \\
        --models home picker-c --levels 1,32,128 --out speed.jsonl

Each request is the serving prompt of a rendered row, so their beginning is shared and the rest is not; it writes exactly
--tokens (ignore_eos, a word of vLLM's). At level N, N requests are always under way, from several client processes.
A line of --out for each model and level. Needs aiohttp alone beside Python.
"""

import argparse
import asyncio
import json
import multiprocessing
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import aiohttp

ROUNDS = 6  # requests of each of those at once
FEWEST = 10
PROCESSES = 8
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Timing:
    """Moments of one request, and the tokens that it wrote."""

    started: float
    first: float
    ended: float
    read: int
    written: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    model: str
    at_once: int
    requests: int
    seconds: float
    tokens_read: int  # of a request, on average
    tokens_per_second: float
    first_token_p50: float  # seconds
    first_token_p95: float
    a_token_p50: float


def bodies_of(rows: Sequence[Body], *, model: str, tokens: int, count: int) -> list[dict[str, Any]]:
    fixed = {
        "model": model,
        "temperature": 0,
        "max_tokens": tokens,
        "ignore_eos": True,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    return [fixed | {"messages": row["prompt"]} for row in islice(cycle(rows), count)]


async def ask(session: aiohttp.ClientSession, *, url: str, body: Body) -> Timing:
    started, first, usage = time.time(), 0.0, {"prompt_tokens": 0, "completion_tokens": 0}
    async with session.post(f"{url}/chat/completions", json=body) as response:
        response.raise_for_status()
        async for line in response.content:
            if not line.startswith(b"data: {"):
                continue
            told = json.loads(line[6:])
            usage = told.get("usage") or usage
            if not first and any(_says_something(choice["delta"]) for choice in told["choices"]):
                first = time.time()
    ended = time.time()
    return Timing(started, first or ended, ended, usage["prompt_tokens"], usage["completion_tokens"])


def _says_something(delta: Mapping[str, Any]) -> bool:
    """Thinking aloud is writing too; a reasoning parser names it otherwise."""
    return any(delta.get(name) for name in ("content", "reasoning", "reasoning_content"))


async def _client(url: str, *, bodies: Sequence[Body], at_once: int) -> list[Timing]:
    waiting, done = list(reversed(bodies)), []

    async def customer(session: aiohttp.ClientSession) -> None:
        while waiting:
            done.append(await ask(session, url=url, body=waiting.pop()))

    timeout, connector = aiohttp.ClientTimeout(total=600), aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        await asyncio.gather(*(customer(session) for _ in range(at_once)))
    return done


def _client_process(url: str, bodies: Sequence[Body], at_once: int) -> list[Timing]:
    return asyncio.run(_client(url, bodies=bodies, at_once=at_once))


def measured(url: str, *, bodies: Sequence[Body], at_once: int) -> list[Timing]:
    processes = min(PROCESSES, at_once)
    shares = [
        (url, bodies[one::processes], at_once // processes + (one < at_once % processes))
        for one in range(processes)
    ]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        pool.map(time.sleep, [0.2] * processes)  # all are there before the clock runs
        return [timing for part in pool.starmap(_client_process, shares, chunksize=1) for timing in part]


def figures(timings: Sequence[Timing], *, model: str, at_once: int) -> Figures:
    seconds = max(one.ended for one in timings) - min(one.started for one in timings)
    first = [one.first - one.started for one in timings]
    each = [(one.ended - one.first) / max(one.written - 1, 1) for one in timings]
    return Figures(
        model=model,
        at_once=at_once,
        requests=len(timings),
        seconds=round(seconds, 3),
        tokens_read=round(sum(one.read for one in timings) / len(timings)),
        tokens_per_second=round(sum(one.written for one in timings) / seconds, 1),
        first_token_p50=round(_quantile(first, 0.5), 4),
        first_token_p95=round(_quantile(first, 0.95), 4),
        a_token_p50=round(_quantile(each, 0.5), 5),
    )


def _quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", required=True)
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--models", nargs="+", required=True)
    parser.add_argument("--levels", default="1,32,128")
    parser.add_argument("--tokens", type=int, default=80)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    rows = [json.loads(line) for line in chosen.rows.read_text(encoding="utf-8").splitlines()]
    for model in chosen.models:
        asyncio.run(_client(chosen.url, bodies=bodies_of(rows, model=model, tokens=8, count=8), at_once=8))
        for level in map(int, chosen.levels.split(",")):
            bodies = bodies_of(rows, model=model, tokens=chosen.tokens, count=max(FEWEST, ROUNDS * level))
            done = figures(measured(chosen.url, bodies=bodies, at_once=level), model=model, at_once=level)
            with chosen.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(done)) + "\n")
            print(json.dumps(asdict(done)), flush=True)


if __name__ == "__main__":
    main()
