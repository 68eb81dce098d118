"""What a served model writes to rendered rows, greedily: the same lines as `model_training.training.generating`, by HTTP.

    python -m tests.benchmarks.served_answers ROWS.jsonl OUT.jsonl --url http://127.0.0.1:8101/v1 --model home

So a quantised copy or an adapter is judged as its server really has it (`picking_quality`, `model_replay`). Needs aiohttp
alone beside Python.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp

AT_ONCE = 64
LONGEST_ANSWER = 200  # tokens, as `generating` has it

Row = Mapping[str, Any]


async def ask_all(rows: Sequence[Row], *, url: str, model: str) -> list[dict[str, Any]]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def ask(session: aiohttp.ClientSession, row: Row) -> dict[str, Any]:
        body = {"model": model, "messages": row["prompt"], "temperature": 0, "max_tokens": LONGEST_ANSWER}
        body["repetition_penalty"] = 1.0  # whatever the base's generation_config says
        async with gate, session.post(f"{url}/chat/completions", json=body) as response:
            response.raise_for_status()
            told = await response.json()
        choice = told["choices"][0]
        return {
            "id": row["id"],
            "text": (choice["message"]["content"] or "").strip(),
            "tokens": told["usage"]["completion_tokens"],
            "ended": choice["finish_reason"] == "stop",
        }

    timeout, connector = aiohttp.ClientTimeout(total=3_600), aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        return await asyncio.gather(*(ask(session, row) for row in rows))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--url", required=True)
    parser.add_argument("--model", required=True)
    chosen = parser.parse_args()
    rows = [json.loads(line) for line in chosen.rows.read_text(encoding="utf-8").splitlines()]
    started = time.monotonic()
    said = asyncio.run(ask_all(rows, url=chosen.url, model=chosen.model))
    chosen.out.write_text(
        "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in said), encoding="utf-8"
    )
    tokens, seconds = sum(one["tokens"] for one in said), time.monotonic() - started
    print(f"{chosen.model}: {len(said):,} rows, {tokens:,} tokens in {seconds:.1f} s")


if __name__ == "__main__":
    main()
