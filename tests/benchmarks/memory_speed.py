"""How much memory one web process holds, and whether it grows: 1,000 conversations with a site of 10,000 chunks.

    python -m tests.benchmarks.memory_speed [--chunks 10000] [--conversations 1000] [--json]

Customers come, ask one question each, read the whole answer and go; the stand-in model writes as fast as it can.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.answers_speed import Visitor
from tests.benchmarks.measuring import Row, at_most, memory_of
from tests.benchmarks.retrieval_speed import make_text
from tests.journeys.desk import Desk, Web
from tests.services import ChromaServer

AT_ONCE = 10  # customers
PACE = 0.25  # seconds a customer: one address may begin 300 sessions a minute
LOOKED_AT = 100  # conversations between two looks
FILED = 2_000  # chunks in one file
GOAL = 350  # MB


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--conversations", type=int, default=1_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = with_services(Path(folder), chunks=options.chunks, conversations=options.conversations)
    print(json.dumps([asdict(row) for row in rows]) if options.json else "\n".join(map(str, rows)))


def with_services(folder: Path, *, chunks: int, conversations: int) -> list[Row]:
    (folder / "chroma").mkdir()
    chroma = ChromaServer(folder / "chroma")
    chroma.start()
    desk = Desk(folder, chroma.url)
    try:
        desk.start_broker()
        desk.manage("migrate")
        print(f"indexing {chunks} chunks", file=sys.stderr)
        facts = facts_of(chunks)
        key = desk.found_site("Shop", facts[:FILED])
        for start in range(FILED, len(facts), FILED):
            file = folder / f"facts-{start}.jsonl"
            file.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in facts[start:][:FILED]))
            desk.manage("add_documents", "--site", key, str(file), "--wait")
        desk.start_model("ok")
        web = desk.start_web()
        seen = asyncio.run(talked(web, key, questions=[fact["text"] for fact in facts], number=conversations))
    finally:
        desk.close()
        chroma.stop()
    return rows_of(seen, chunks=chunks, conversations=conversations)


def facts_of(number: int) -> list[dict[str, str]]:
    """One chunk each, in English and Chinese by turns."""
    draw = random.Random(10)
    return [
        {
            "id": f"fact-{n}",
            "title": make_text(draw, words=3, chinese=n % 2 == 0),
            "text": make_text(draw, words=12, chinese=n % 2 == 0) + ".",
        }
        for n in range(number)
    ]


async def talked(web: Web, key: str, *, questions: list[str], number: int) -> list[float]:
    """MB after each hundred conversations; the first figure is after ten, when all is loaded."""
    draw = random.Random(1)
    seen: list[float] = []
    for start in range(0, number, AT_ONCE):
        talks = (talk(web, key, question=draw.choice(questions)) for _ in range(AT_ONCE))
        await asyncio.gather(asyncio.sleep(PACE * AT_ONCE), *talks)
        if start == 0 or (start + AT_ONCE) % LOOKED_AT == 0:
            seen.append(memory_of(web.process.pid))
            print(f"{start + AT_ONCE} conversations: {seen[-1]:.0f} MB", file=sys.stderr)
    return seen


async def talk(web: Web, key: str, *, question: str) -> None:
    visitor = await Visitor(web, key, question=question).begin()
    listening = asyncio.create_task(visitor.listen())
    await visitor.is_live.wait()
    await visitor.ask()
    listening.cancel()


def rows_of(seen: list[float], *, chunks: int, conversations: int) -> list[Row]:
    half = seen[len(seen) // 2]
    what = f"web process with a site of {chunks} chunks"
    return [
        Row(f"{what}: memory after {AT_ONCE} conversations", seen[0], "MB"),
        at_most(f"{what}: memory after {conversations} conversations", seen[-1], "MB", goal=GOAL),
        Row("the same, growth over the second half of them", seen[-1] - half, "MB"),
    ]


if __name__ == "__main__":
    sys.exit(main())
