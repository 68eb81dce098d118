"""Short questions as customers type them (3-8 words, 4-12 characters), over many small knowledge bases.

Of two kinds: written by hand about the demo shop and about `model_training/examples/help_pages.jsonl`, and taken by rule
from a folder of public data (an argument; none of it ships with the project). Every set has questions that nothing
answers: "near" ones of its own field, "far" ones about anything else. Halves are split by document: "fit" is what numbers
are fitted and chosen on, "unseen" is what they are measured on. The demo shop is unseen as a whole.
"""

import hashlib
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from retrieval import Chunk, Faq
from retrieval.fitting import LabelledSet
from tests.benchmarks.dialogue_sets import Row, chunks_in, help_groups, read_rows, says
from tests.benchmarks.retrieval_sets import document, entity_facts, intents_in, rows_in

Half = Literal["fit", "unseen"]
HERE = Path(__file__).parent
ROOT = HERE.parent.parent
WRITTEN = HERE / "short_questions"
MOST = 80  # questions of each kind and set
MOST_DOCUMENTS = 60  # of each half of a set
WORDS = range(3, 9)
CHARACTERS = range(4, 13)
_HAN = re.compile(r"[\u3400-\u9fff]")
_MARKS = re.compile(r"[\s，。？！、?,.!]")
# What people ask of a place in CrossWOZ, by what is known of it.
_ASKED_OF_PLACES = {
    "地址": "{}在哪？",
    "电话": "{}电话多少",
    "门票": "{}门票多少钱？",
    "营业时间": "{}几点开门",
    "价格": "{}多少钱一晚",
    "人均消费": "{}人均多少",
    "推荐菜": "{}有什么菜？",
    "评分": "{}评分高吗",
    "游玩时间": "{}要玩多久",
}


@dataclass(frozen=True, kw_only=True)
class ShortSet:
    """A knowledge base and questions to it; `kind` of a row is "short" (answered), "near" or "far"."""

    name: str
    language: str
    half: Half
    chunks: tuple[Chunk, ...]
    rows: tuple[Row, ...]

    def labelled(self) -> LabelledSet:
        """For what knows documents only; questions without an answer have no right one."""
        return LabelledSet(
            name=self.name,
            chunks=self.chunks,
            questions={row["id"]: row["question"] for row in self.rows},
            relevant={row["id"]: right_documents(row, chunks=self.chunks) for row in self.rows},
        )


def right_documents(row: Row, *, chunks: Sequence[Chunk]) -> frozenset[str]:
    """The documents that answer it. Of a file with many entries, those that say what is expected."""
    found = {chunk.document_id: chunk for chunk in chunks if _is_meant(chunk.document_id, row=row)}
    return frozenset(
        id for id, chunk in found.items() if "#" not in id or says(f"{chunk.question} {chunk.text}", row=row)
    )


def _is_meant(id: str, *, row: Row) -> bool:
    """The same page in the other language is right too."""
    name = id.partition("#")[0]
    other = re.sub(r"-(en|zh)$", lambda end: "-zh" if end[1] == "en" else "-en", name)
    return name in row["expected_documents"] or other in row["expected_documents"]


def load_short_sets(folder: Path | None, *, half: Half) -> list[ShortSet]:
    """Without a folder, those that were written by hand."""
    written = [*_help_pages(half=half), *([_demo()] if half == "unseen" else [])]
    if folder is None:
        return written
    far = _far_questions(folder, half=half)
    taken = [
        _faqs("banking77", intents_in(folder / "banking77" / "train.jsonl.gz"), half=half),
        _faqs("bitext", intents_in(folder / "bitext_8k" / "train.jsonl.gz"), half=half),
        _faqs("clinc150", intents_in(folder / "clinc150" / "train.jsonl.gz"), half=half),
        _faqs(
            "natcs",
            intents_in(folder / "natcs_intents" / "development.jsonl.gz", text="utterance"),
            half=half,
        ),
        _passages("stackfaq", folder / "stackfaq", half=half, thread="thread"),
        _passages("cmrc2018", folder / "cmrc2018", half=half),
        _places(folder / "crosswoz" / "val.jsonl.gz", half=half),
    ]
    return [*written, *(_with_far(each, texts=far[each.language]) for each in taken)]


def is_short(text: str) -> bool:
    if _HAN.search(text):
        return len(_MARKS.sub("", text)) in CHARACTERS
    return len(text.split()) in WORDS


def half_of(name: str) -> Half:
    return "unseen" if hashlib.sha256(name.encode()).digest()[0] % 2 else "fit"


def _row(id: str, text: str, *, documents: Sequence[str] = (), kind: str = "short") -> Row:
    return {
        "id": id,
        "question": text,
        "language": "zh" if _HAN.search(text) else "en",
        "answerable": bool(documents),
        "expected_documents": list(documents),
        "expected_text": [],
        "kind": kind,
    }


def _draw(name: str, rows: Sequence[Row]) -> list[Row]:
    return random.Random(name).sample(rows, min(len(rows), MOST))


def _split(
    name: str,
    *,
    language: str,
    half: Half,
    chunks: Mapping[str, Sequence[Chunk]],
    asked: Mapping[str, Sequence[str]],
) -> ShortSet:
    """One half's documents; its short questions, and the other half's as those that nothing answers."""
    ids = random.Random(name).sample(sorted(chunks), len(chunks))
    kept = [id for id in ids if half_of(id) == half][:MOST_DOCUMENTS]
    own = [_row(f"{id}?{n}", text, documents=[id]) for id, text, n in _short(asked) if id in kept]
    near = [_row(f"{id}?{n}", text, kind="near") for id, text, n in _short(asked) if half_of(id) != half]
    return ShortSet(
        name=name,
        language=language,
        half=half,
        chunks=tuple(chunk for id in kept for chunk in chunks[id]),
        rows=(*_draw(name, own), *_draw(f"{name} near", near)[: MOST // 2]),
    )


def _short(asked: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str, int]]:
    for id, texts in sorted(asked.items()):
        for number, text in enumerate(texts):
            if is_short(text):
                yield id, text, number


def _faqs(name: str, intents: Mapping[str, list[str]], *, half: Half) -> ShortSet:
    """Each intent is an FAQ that knows four ways to ask for it; other utterances are the questions."""
    chunks, asked = {}, {}
    for intent, texts in sorted(intents.items()):
        texts = random.Random(intent).sample(sorted(set(texts)), len(set(texts)))
        answer = f"About: {intent.replace('_', ' ')}."
        faq = Faq(question=texts[0], answer=answer, aliases=tuple(texts[1:4]))
        chunks[intent], asked[intent] = document(intent, faq=faq), texts[4:]
    return _split(f"{name} short", language="en", half=half, chunks=chunks, asked=asked)


def _passages(name: str, folder: Path, *, half: Half, thread: str = "_id") -> ShortSet:
    """Documents of one thread count as one."""
    chunks, asked, thread_of = defaultdict(list), defaultdict(list), {}
    for row in rows_in(folder / "corpus.jsonl.gz"):
        thread_of[row["_id"]] = str(row[thread])
        chunks[str(row[thread])] += document(str(row[thread]), text=row["text"], title=row["title"])
    texts = {row["_id"]: row["text"] for row in rows_in(folder / "queries.jsonl.gz")}
    for row in rows_in(folder / "qrels.jsonl.gz"):
        if texts[row["q"]] not in asked[thread_of[row["d"]]]:
            asked[thread_of[row["d"]]].append(texts[row["q"]])
    language = "zh" if name == "cmrc2018" else "en"
    return _split(f"{name} short", language=language, half=half, chunks=chunks, asked=asked)


def _places(path: Path, *, half: Half) -> ShortSet:
    chunks, asked = {}, {}
    for name, known in sorted(entity_facts(path).items()):
        text = "\n".join(f"{slot}：{value}" for slot, value in known.items())
        chunks[name] = document(name, title=name, text=text)
        asked[name] = [way.format(name) for slot, way in _ASKED_OF_PLACES.items() if slot in known]
    return _split("crosswoz short", language="zh", half=half, chunks=chunks, asked=asked)


def _far_questions(folder: Path, *, half: Half) -> dict[str, list[str]]:
    strangers = [
        row["text"]
        for part in ("train", "val")
        for row in rows_in(folder / "clinc150" / f"oos_{part}.jsonl.gz")
    ]
    chinese = [row["question"] for row in read_rows(WRITTEN / "far_zh.jsonl") if row["half"] == half]
    return {"en": [text for text in strangers if is_short(text)], "zh": chinese}


def _with_far(each: ShortSet, *, texts: Sequence[str]) -> ShortSet:
    drawn = random.Random(each.name + each.half).sample(texts, min(len(texts), MOST // 2))
    rows = [_row(f"far {number}", text, kind="far") for number, text in enumerate(drawn)]
    return ShortSet(
        name=each.name, language=each.language, half=each.half, chunks=each.chunks, rows=(*each.rows, *rows)
    )


def _demo() -> ShortSet:
    folder = ROOT / "demo" / "shop" / "documents"
    chunks = [chunk for path in sorted(folder.iterdir()) for chunk in chunks_in(path)]
    return ShortSet(
        name="demo shop",
        language="",
        half="unseen",
        chunks=tuple(chunks),
        rows=tuple(read_rows(WRITTEN / "demo_shop.jsonl")),
    )


def _help_pages(*, half: Half) -> Iterator[ShortSet]:
    """Pages of four invented companies make one knowledge base, as in `dialogue_sets.help_sets`."""
    rows = read_rows(WRITTEN / "help_pages.jsonl")
    pages = ROOT / "model_training" / "examples" / "help_pages.jsonl"
    for number, (language, group, chunks) in enumerate(help_groups(pages, held_out=half == "unseen")):
        ids = {page["id"] for page in group}
        own = [row for row in rows if row["id"].partition(".")[0] in ids]
        far = [row for row in read_rows(WRITTEN / f"far_{language}.jsonl") if row["half"] == half]
        yield ShortSet(
            name=f"help pages {language} {number}",
            language=language,
            half=half,
            chunks=tuple(chunks),
            rows=(*own, *far[number % 3 :: 3]),
        )
