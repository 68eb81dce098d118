"""Questions inside dialogues: is the passage about the right thing found first?

    python -m tests.benchmarks.dialogue_search --data FOLDER [--json] [--show]

Knowledge is one small document for each place and each thing that may be asked about it, so that many say the same of
different places; made from SGD (English) and CrossWOZ (Chinese). hit@1 of the last turn alone, of the last six turns
joined, of ours, and with the place named by whoever knows. `shifted`: a dialogue about another place goes before a
question that names its own: ours must not be worse than the question alone.
"""

import argparse
import gzip
import json
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialogue import Turn, Utterance
from dialogue.searching.looking_up import look_up
from dialogue.understanding.reading import understand
from retrieval import (
    Faq,
    HomeEmbeddings,
    KnowledgeIndex,
    MemoryChunkStore,
    ParsedDocument,
    SearchResult,
    WordIndex,
    split,
)
from retrieval.testing import MemoryVectors
from tests.benchmarks.retrieval_quality import RememberedEmbeddings

EACH = 60
JOINED = 6
# What may be asked of a place, and how an article about it would be headed.
ENGLISH = {
    "phone_number": "What is the phone number?", "street_address": "What is the address?", "address": "Where is it located?",
    "has_laundry_service": "Is there a laundry service?", "pets_welcome": "Are pets allowed?", "has_wifi": "Is wifi available?",
    "price_per_night": "How much is a night?", "total_price": "What is the total price?", "price": "What does it cost?",
    "free_entry": "Do I need to pay to get in?", "good_for_kids": "Is it suitable for children?", "star_rating": "How many stars does it have?",
    "average_rating": "How is it rated by guests?", "rating": "How is it rated by guests?", "category": "What kind of place is it?",
}  # fmt: skip
CHINESE = {
    "地址": "地址在哪里？", "电话": "联系电话是多少？", "门票": "门票多少钱？", "游玩时间": "一般玩多久？", "评分": "评分怎么样？",
    "人均消费": "人均消费多少？", "推荐菜": "有什么推荐菜？", "营业时间": "营业时间是几点到几点？", "价格": "房价多少？", "酒店类型": "是什么类型的酒店？",
    "周边景点": "周边有什么景点？", "周边餐馆": "周边有什么餐馆？", "周边酒店": "周边有什么酒店？",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Asked:
    history: tuple[Utterance, ...]
    question: str
    place: str
    document: str


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def english(folder: Path) -> tuple[list[ParsedDocument], list[Asked]]:
    known: dict[str, dict[str, str]] = defaultdict(dict)
    asked = []
    for row in _rows(folder / "sgd" / "train.jsonl.gz"):
        place, history = "", []
        for turn in row["turns"]:
            acts = [act for frame in turn["frames"] for act in frame.get("acts", ())]
            values = {slot: ", ".join(told) for _, slot, told in acts}
            if turn["r"] == "agent":
                place = (
                    values.get("hotel_name")
                    or values.get("attraction_name")
                    or values.get("place_name")
                    or place
                )
                if place and turn["frames"][0]["service"].startswith(("Hotel", "Travel")):
                    known[place] |= {slot: text for slot, text in values.items() if slot in ENGLISH and text}
            elif place and len(acts) == 1 and acts[0][0] == "REQUEST" and acts[0][1] in ENGLISH:
                asked.append(_asked(history, turn["text"], place=place, slot=acts[0][1]))
            history.append(Utterance("user" if turn["r"] == "user" else "assistant", turn["text"]))
    return _documents(known, headings=ENGLISH), _answerable(asked, known=known)


def chinese(folder: Path) -> tuple[list[ParsedDocument], list[Asked]]:
    known: dict[str, dict[str, str]] = defaultdict(dict)
    asked = []
    for row in _rows(folder / "crosswoz" / "val.jsonl.gz"):
        goals: dict[int, dict[str, str]] = defaultdict(dict)
        for number, _, slot, value, _ in row["final_goal"]:
            goals[number][slot] = "、".join(value) if isinstance(value, list) else str(value)
        for goal in goals.values():
            if goal.get("名称"):
                known[goal["名称"]] |= {slot: text for slot, text in goal.items() if slot in CHINESE and text}
        place, history = {}, []
        for turn in row["turns"]:
            acts = turn["acts"]
            wanted = {act[2] for act in acts if act[0] == "Request"}
            domain = next((act[1] for act in acts if act[0] == "Request"), "")
            if (
                turn["r"] == "user"
                and len(wanted) == 1 == len(acts)
                and wanted <= set(CHINESE)
                and domain in place
            ):
                asked.append(_asked(history, turn["text"], place=place[domain], slot=wanted.pop()))
            place |= {act[1]: act[3] for act in acts if act[0] == "Inform" and act[2] == "名称"}
            history.append(Utterance("user" if turn["r"] == "user" else "assistant", turn["text"]))
    return _documents(known, headings=CHINESE), _answerable(asked, known=known)


def _asked(history: Sequence[Utterance], question: str, *, place: str, slot: str) -> Asked:
    return Asked(history=tuple(history), question=question, place=place, document=f"{place}/{slot}")


def _documents(known: dict[str, dict[str, str]], *, headings: dict[str, str]) -> list[ParsedDocument]:
    return [
        ParsedDocument(
            title=place, faqs=(Faq(question=headings[slot], answer=text),), external_id=f"{place}/{slot}"
        )
        for place, slots in sorted(known.items())
        for slot, text in slots.items()
    ]


def _answerable(asked: list[Asked], *, known: dict[str, dict[str, str]]) -> list[Asked]:
    kept = [
        one
        for one in asked
        if one.document.rpartition("/")[2] in known.get(one.place, {}) and one.place not in one.question
    ]
    return random.Random("dialogues").sample(kept, min(EACH, len(kept)))


def index_of(documents: Sequence[ParsedDocument], *, embedder: RememberedEmbeddings) -> KnowledgeIndex:
    chunks = [chunk for one in documents for chunk in split(one, document_id=one.external_id)]
    index = KnowledgeIndex(
        name="dialogues",
        store=MemoryChunkStore(chunks),
        vectors=MemoryVectors(),
        words=WordIndex(Path(tempfile.mkdtemp())),
        embedder=embedder,
    )
    index.add(chunks)
    index.catch_up()
    embedder.save()
    return index


def measure(asked: Sequence[Asked], *, index: KnowledgeIndex, show: bool) -> dict[str, float]:
    def ours(one: Asked, *, history: tuple[Utterance, ...] | None = None, question: str = "") -> SearchResult:
        turn = Turn(question=question or one.question, history=one.history if history is None else history)
        return look_up(understand(turn), turn=turn, search=index.search, limit=8).result

    def rest(one: Asked) -> tuple[Utterance, ...]:
        return asked[(asked.index(one) + len(asked) // 2) % len(asked)].history

    ways: dict[str, Callable[[Asked], SearchResult]] = {
        "last turn": lambda one: index.search(one.question),
        "six turns": lambda one: index.search(
            " ".join([*(said.text for said in one.history[1 - JOINED :]), one.question])
        ),
        "ours": ours,
        "place known": lambda one: index.search(f"{one.place} {one.question}"),
        "shifted, alone": lambda one: ours(one, history=(), question=f"{one.place} {one.question}"),
        "shifted, ours": lambda one: ours(one, history=rest(one), question=f"{one.place} {one.question}"),
    }
    told = {
        name: sum(_is_hit(one, found=way(one)) for one in asked) / len(asked) for name, way in ways.items()
    }
    for one in asked if show else ():
        found = ours(one)
        if not _is_hit(one, found=found):
            print(
                one.document,
                "|",
                one.question,
                "|",
                [p.chunk.document_id for p in found.passages[:2]],
                "|",
                one.history[-1].text[:90],
            )
    return {"questions": len(asked), **{name: round(value, 3) for name, value in told.items()}}


def _is_hit(one: Asked, *, found: SearchResult) -> bool:
    return bool(found.passages) and found.passages[0].chunk.document_id == one.document


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", action="store_true")
    chosen = parser.parse_args()
    embedder = RememberedEmbeddings(HomeEmbeddings(), path=chosen.cache)
    told = {}
    for name, make in (("sgd", english), ("crosswoz", chinese)):
        documents, asked = make(chosen.data)
        told[name] = measure(asked, index=index_of(documents, embedder=embedder), show=chosen.show)
        embedder.save()
        print(name, told[name], file=sys.stderr, flush=True)
    print(json.dumps(told, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
