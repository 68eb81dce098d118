"""Are exact things found? Order numbers, item numbers, error codes and model names among documents that are all alike.

    python -m tests.benchmarks.exact_codes --data FOLDER [--json]

Orders and items of a public shop, each a small document; error codes and model names are made up by a seeded rule.
Asked in both languages, in full width, in small letters, in the middle of Chinese text. recall@5.
"""

import argparse
import gzip
import json
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from retrieval import (
    HomeEmbeddings,
    KnowledgeIndex,
    MemoryChunkStore,
    ParsedDocument,
    Section,
    WordIndex,
    split,
)
from retrieval.testing import MemoryVectors

EACH = 60
WAYS: dict[str, Callable[[str], str]] = {
    "English": lambda code: f"What can you tell me about {code}?",
    "Chinese around it": lambda code: f"请问{code}是怎么回事",
    "full width": lambda code: (
        f"请查一下{''.join(chr(ord(mark) + 0xFEE0) if '!' <= mark <= '~' else mark for mark in code)}"
    ),
    "small letters": lambda code: f"what about {code.lower()} please",
    "alone": lambda code: code,
}


def documents(folder: Path) -> Iterator[tuple[str, str]]:
    """A code and the text that it stands in."""
    with gzip.open(folder / "tau_tasks" / "retail_db.json.gz", "rt", encoding="utf-8") as file:
        shop: dict[str, Any] = json.load(file)
    for id, order in sorted(shop["orders"].items())[:EACH]:
        names = ", ".join(item["name"] for item in order["items"])
        yield id, f"Order {id} is {order['status']}. It holds: {names}."
    for product in sorted(shop["products"].values(), key=lambda one: str(one["name"]))[:EACH]:
        for id, variant in sorted(product["variants"].items())[:1]:
            yield id, f"{product['name']}, item number {id}, costs ${variant['price']}."
    draw = random.Random("codes")
    for number in range(EACH):
        code = f"{draw.choice('EFH')}{draw.randint(1, 9)}{number:02}"
        yield (
            code,
            f"{code}：{draw.choice(['水位过低', '温度过高', '风扇故障', '通讯异常'])}，请关闭电源后联系售后。",
        )
    for number in range(EACH):
        code = f"{draw.choice(['MX', 'TR', 'KL'])}-{draw.choice('ABC')}{100 + number}"
        yield code, f"The {code} kettle holds {draw.randint(1, 3)} litres and has a warranty of two years."


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    texts = dict(documents(chosen.data))
    chunks = [
        chunk
        for code, text in texts.items()
        for chunk in split(ParsedDocument(title="", sections=(Section(blocks=(text,)),)), document_id=code)
    ]
    index = KnowledgeIndex(
        name="codes",
        store=MemoryChunkStore(chunks),
        vectors=MemoryVectors(),
        words=WordIndex(Path(tempfile.mkdtemp())),
        embedder=HomeEmbeddings(),
    )
    index.add(chunks)
    index.catch_up()
    told = {"codes": len(texts)} | {
        name: round(sum(_is_found(code, index=index, question=ask(code)) for code in texts) / len(texts), 3)
        for name, ask in WAYS.items()
    }
    print(json.dumps(told, indent=None if chosen.json else 1))


def _is_found(code: str, *, index: KnowledgeIndex, question: str) -> bool:
    return any(one.chunk.document_id == code for one in index.search(question, limit=5).passages)


if __name__ == "__main__":
    main()
