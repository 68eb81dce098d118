"""Public question sets with their documents → conversation records: `python -m model_training.grounded_sets DATA OUT`.

A set is a folder with `corpus.jsonl.gz`, `queries.jsonl.gz` and `qrels.jsonl.gz` (cmrc2018, stackfaq, mtrag_un); the
shipped `examples/help_pages.jsonl` is one too, whose questions its pages do not always answer. What a question's record
holds beside it is what SeekDesk's own search finds for it, in its order. Split by document: what a held-out question sees
is never seen in training, be it answer or stranger. Writes `train/sft.jsonl` and `heldout.jsonl`, as `split` does for
conversations. Knows no torch.
"""

import argparse
import random
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dialogue.language.sentences import sentences_of
from dialogue.language.words import content_words, coverage
from model_training.drawn_tables import EN, ZH, draw
from model_training.records import read_rows, write_rows
from retrieval import (
    Chunk,
    KnowledgeIndex,
    MemoryChunkStore,
    ParsedDocument,
    Passage,
    Section,
    WordIndex,
    split,
)
from retrieval.testing import FakeEmbeddings, MemoryVectors

HELD_OUT = 0.15
COPIES = 2  # of a training question, each over other passages
LOOKED_AT = 8  # passages, as an answer looks at
FOUND = 16
_GOLD_MOVED = 0.3  # how often the passage with the answer stands elsewhere than the search put it


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    id: str
    title: str
    text: str
    sections: Sequence[Section] = ()  # where it has headings; `text` is all of them

    def parsed(self) -> ParsedDocument:
        whole = (Section(blocks=tuple(self.text.split("\n"))),)
        return ParsedDocument(title=self.title, sections=tuple(self.sections) or whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, the documents that answer it, and the words that do: sentences of the first one, or near them.

    No words: the document is about it and does not answer it.
    """

    id: str
    text: str
    documents: Sequence[str]
    answer: str
    history: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundedSet:
    name: str
    documents: Mapping[str, Document]
    questions: Sequence[Asked]
    copies: int = 1  # for each that `build` makes of a question


# --- reading ---------------------------------------------------------------------------------------------------------


def read_cmrc2018(folder: Path) -> GroundedSet:
    """Chinese reading comprehension: the answer is the sentence in which the marked words stand."""
    documents, relevant = _documents(folder), _relevant(folder)
    questions = [
        Asked(id=row["_id"], text=row["text"], documents=relevant[row["_id"]], answer=sentence)
        for row in read_rows(folder / "queries.jsonl.gz")
        for sentence in _sentences_with(row["answer"][0], document=documents[relevant[row["_id"]][0]])[:1]
    ]
    return GroundedSet(name="cmrc2018", documents=documents, questions=questions)


def read_stackfaq(folder: Path) -> GroundedSet:
    """English support threads: each question takes another answer of its thread, and of that the first sentences."""
    documents, relevant = _documents(folder), _relevant(folder)
    turns: Counter[str] = Counter()
    questions = []
    for row in read_rows(folder / "queries.jsonl.gz"):
        known = sorted(relevant[row["_id"]])
        thread = known[0]
        gold = known[turns[thread] % len(known)]
        turns[thread] += 1
        opening = [one for one in sentences_of(documents[gold].text)[:2] if len(one) <= 260]
        if opening:
            others = [one for one in known if one != gold]
            questions.append(
                Asked(id=row["_id"], text=row["text"], documents=[gold, *others], answer="\n".join(opening))
            )
    return GroundedSet(name="stackfaq", documents=documents, questions=questions)


def read_mtrag_un(folder: Path) -> GroundedSet:
    """English conversations over manuals: of the document that the answer leans on most, the sentences nearest to it."""
    documents, relevant = _documents(folder), _relevant(folder)
    questions = []
    for row in read_rows(folder / "queries.jsonl.gz"):
        known = [one for one in relevant[row["_id"]] if one in documents]
        if row["answerability"] != "ANSWERABLE" or not known:
            continue
        gold = max(known, key=lambda one: _said(row["reference"], documents[one].text))
        if nearest := _nearest(row["reference"], document=documents[gold]):
            history = [
                {"role": ("user", "assistant")[place % 2], "content": text}
                for place, text in enumerate(row["context"][:-1])
            ]
            others = [one for one in known if one != gold]
            questions.append(
                Asked(
                    id=row["_id"],
                    text=row["text"],
                    documents=[gold, *others],
                    answer="\n".join(nearest),
                    history=history[-4:],
                )
            )
    return GroundedSet(name="mtrag_un", documents=documents, questions=questions)


def read_help_pages(path: Path) -> GroundedSet:
    """Pages as a company has them, asked as customers ask. Few and near to what is served, so each comes more often."""
    pages = list(read_rows(path))
    return GroundedSet(
        name="help_pages",
        documents={page["id"]: _page(page) for page in pages},
        questions=[_page_question(page, number=n) for page in pages for n in range(len(page["questions"]))],
        copies=3,
    )


def _page(page: Mapping[str, Any]) -> Document:
    sections = [
        Section(heading_path=(one["heading"],), blocks=tuple(one["sentences"])) for one in page["sections"]
    ]
    text = "\n".join(sentence for one in page["sections"] for sentence in one["sentences"])
    return Document(id=page["id"], title=page["title"], text=text, sections=sections)


def _page_question(page: Mapping[str, Any], *, number: int) -> Asked:
    asked = page["questions"][number]
    told = [page["sections"][section]["sentences"][place] for section, place in asked["answers"]]
    return Asked(
        id=f"{page['id']}.{number}",
        text=asked["q"],
        documents=[page["id"]],
        answer="\n".join(told),
        history=asked.get("history", ()),
    )


def held_out_pages(grounded: GroundedSet) -> set[str]:
    """Those that nothing is trained or fitted on, here as elsewhere (examples/README.md)."""
    return {one for one in grounded.documents if int(one.partition("-")[2]) % 4 == 0}


HELP_PAGES = "help_pages"
SHIPPED = Path(__file__).parent / "examples" / "help_pages.jsonl"
SETS: Mapping[str, Callable[[Path], GroundedSet]] = {
    "cmrc2018": read_cmrc2018,
    "stackfaq": read_stackfaq,
    "mtrag_un": read_mtrag_un,
}


def _documents(folder: Path) -> dict[str, Document]:
    return {
        row["_id"]: Document(id=row["_id"], title=" ".join(row["title"].split()), text=_plain(row["text"]))
        for row in read_rows(folder / "corpus.jsonl.gz")
    }


def _plain(text: str) -> str:
    """Keeps the simplified form of Wikipedia's -{zh-hans:…;zh-hant:…}- marks."""
    return re.sub(r"-\{(?:[^{}]*?zh-(?:hans|cn):)?\s*(?:zh-\w+:)?([^;{}]*)[^{}]*\}-", r"\1", text)


def _relevant(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in read_rows(folder / "qrels.jsonl.gz"):
        found[row["q"]].append(row["d"])
    return found


def _sentences_with(words: str, *, document: Document) -> list[str]:
    return [one for one in sentences_of(document.text) if words in one and len(one) <= 200]


def _said(part: str, whole: str) -> float:
    return coverage(content_words(part), by=content_words(whole))


def _nearest(answer: str, *, document: Document) -> list[str]:
    """For each of the answer's first sentences the document's sentence that says most of it, if it says enough."""
    found = []
    for sentence in sentences_of(answer)[:3]:
        told = [(_said(sentence, one), one) for one in sentences_of(document.text) if len(one) <= 400]
        score, best = max(told, default=(0.0, ""))
        if score >= 0.5 and best not in found:
            found.append(best)
    return found[:2]


# --- splitting -------------------------------------------------------------------------------------------------------


def held_out_documents(grounded: GroundedSet, *, rnd: random.Random) -> set[str]:
    """Documents that a question ties together stay on one side."""
    leader = {one: one for one in grounded.documents}

    def head_of(one: str) -> str:
        while leader[one] != one:
            one = leader[one]
        return one

    for question in grounded.questions:
        for other in question.documents[1:]:
            leader[head_of(other)] = head_of(question.documents[0])
    groups: dict[str, set[str]] = defaultdict(set)
    for one in grounded.documents:
        groups[head_of(one)].add(one)
    asked = Counter(head_of(question.documents[0]) for question in grounded.questions)
    order = sorted(groups)
    rnd.shuffle(order)
    held: set[str] = set()
    wanted, count = HELD_OUT * len(grounded.questions), 0
    for group in order:
        if count < wanted and count + asked[group] <= 1.2 * wanted:
            held |= groups[group]
            count += asked[group]
    return held


# --- records ---------------------------------------------------------------------------------------------------------


def records_of(
    grounded: GroundedSet, *, side: set[str], copies: int, rnd: random.Random
) -> Iterator[dict[str, Any]]:
    """The questions of one side over that side's documents alone."""
    index = _index([grounded.documents[one] for one in sorted(side)])
    for question in grounded.questions:
        if question.documents[0] in side:
            found = index.search(question.text, limit=FOUND, mode="words").passages
            for copy in range(copies * grounded.copies if copies > 1 else 1):
                if passages := _drawn(question, found=found, index=index, whole=copy == 0, rnd=rnd):
                    yield _record(grounded.name, question, passages=passages, copy=copy)


def _index(documents: Sequence[Document]) -> KnowledgeIndex:
    chunks = [chunk for one in documents for chunk in split(one.parsed(), document_id=one.id)]
    index = KnowledgeIndex(
        name="grounded-set",
        store=MemoryChunkStore(chunks),
        vectors=MemoryVectors(),
        words=WordIndex(Path(tempfile.mkdtemp())),
        embedder=FakeEmbeddings(),  # searched by words alone: see `records_of`
    )
    index.add(chunks)
    index.catch_up()
    return index


def _drawn(
    question: Asked, *, found: Sequence[Passage], index: KnowledgeIndex, whole: bool, rnd: random.Random
) -> list[Passage]:
    """The passage with the answer and some of the others, mostly in the order of the search."""
    if not question.answer:
        return _near(found, whole=whole, rnd=rnd)
    first = sentences_of(question.answer)[0]
    gold = [
        one for one in found if one.chunk.document_id == question.documents[0] and first in one.chunk.text
    ]
    gold = gold or _gold_elsewhere(question, first=first, index=index, like=found)
    if not gold:
        return []
    # Other documents that answer too would make one right pick look wrong.
    others = [one for one in found if one.chunk.document_id not in question.documents]
    wanted = LOOKED_AT - 1 if whole else rnd.randint(2, LOOKED_AT - 1)
    kept = (
        sorted(rnd.sample(range(len(others)), k=min(wanted, len(others))))
        if not whole
        else range(min(wanted, len(others)))
    )
    passages = sorted([gold[0], *(others[place] for place in kept)], key=lambda one: -one.relevance)
    if rnd.random() < _GOLD_MOVED:
        passages.remove(gold[0])
        place = rnd.randint(0, len(passages))
        near = passages[min(place, len(passages) - 1)].relevance if passages else gold[0].relevance
        passages.insert(place, replace(gold[0], relevance=near, score=near))
    return passages


def _near(found: Sequence[Passage], *, whole: bool, rnd: random.Random) -> list[Passage]:
    """What is found for a question that nothing answers."""
    wanted = min(LOOKED_AT if whole else rnd.randint(3, LOOKED_AT), len(found))
    return [found[place] for place in sorted(rnd.sample(range(len(found)), k=wanted))]


def _gold_elsewhere(
    question: Asked, *, first: str, index: KnowledgeIndex, like: Sequence[Passage]
) -> list[Passage]:
    """The answer's chunk where the search did not find it, as little relevant as the last that it found."""
    chunks: Sequence[Chunk] = list(index.store.get(list(index.store.live_ids())).values())
    relevance = like[-1].relevance if like else 0.2
    return [
        Passage(chunk=chunk, relevance=relevance, score=relevance)
        for chunk in chunks
        if chunk.document_id == question.documents[0] and first in chunk.text
    ]


def _record(name: str, question: Asked, *, passages: Sequence[Passage], copy: int) -> dict[str, Any]:
    asked = {"role": "user", "author": "contact", "content": question.text}
    before = [
        {**said, "author": "contact" if said["role"] == "user" else "assistant"} for said in question.history
    ]
    answer = {
        "role": "assistant",
        "author": "agent",
        "content": question.answer,
        "passages": [_as_json(one) for one in passages],
    } | ({} if question.answer else {"unanswerable": True})
    return {
        "id": f"{name}:{question.id}/{copy}",
        "site": name,
        "contact": f"{name}:{question.documents[0]}",
        "language": "zh" if re.search(r"[\u3400-\u9fff]", question.text) else "en",
        "started_at": "",
        "messages": [*before, asked, answer],
        "outcome": {"status": "resolved", "resolved_by": "agent"},
        "consent": True,
        "provenance": {"source": name, "row": question.id},
    }


def _as_json(passage: Passage) -> dict[str, Any]:
    chunk = passage.chunk
    return {
        "chunk_id": chunk.id,
        "document_id": chunk.document_id,
        "title": chunk.title,
        "heading_path": list(chunk.heading_path),
        "url": chunk.url,
        "text": chunk.text,
        "relevance": round(passage.relevance, 4),
    }


def build(
    data: Path,
    *,
    out: Path,
    names: Sequence[str],
    seed: int = 0,
    copies: int = COPIES,
    tables: int = 0,
) -> dict[str, int]:
    """How many records each side has."""
    rnd = random.Random(seed)  # noqa: S311 - a choice of examples, not a secret
    train: list[dict[str, Any]] = []
    heldout: list[dict[str, Any]] = []
    for name in names:
        grounded = read_help_pages(SHIPPED) if name == HELP_PAGES else SETS[name](data / name)
        held = held_out_pages(grounded) if name == HELP_PAGES else held_out_documents(grounded, rnd=rnd)
        train += records_of(grounded, side=set(grounded.documents) - held, copies=copies, rnd=rnd)
        heldout += records_of(grounded, side=held, copies=1, rnd=rnd)
    # Half of the held-out tables are of a kind that no training table is of; the numbers of all are their own.
    train += draw(tables, kinds={"en": (*EN[:3], *EN[4:]), "zh": (*ZH[:3], *ZH[4:])}, rnd=rnd)
    heldout += draw(tables // 10, kinds={"en": EN[2:4], "zh": ZH[2:4]}, rnd=rnd)
    rnd.shuffle(train)
    (out / "train").mkdir(parents=True, exist_ok=True)
    return {
        "train": write_rows(out / "train" / "sft.jsonl", train),
        "heldout": write_rows(out / "heldout.jsonl", heldout),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m model_training.grounded_sets", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder in which the sets' folders lie")
    parser.add_argument("out", type=Path, help="where train/ and heldout.jsonl go: a run's dataset folder")
    parser.add_argument("--sets", nargs="+", choices=[*sorted(SETS), HELP_PAGES], default=sorted(SETS))
    parser.add_argument("--copies", type=int, default=COPIES)
    parser.add_argument(
        "--tables", type=int, default=0, help="so many made-up questions over tables beside them"
    )
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    try:
        counts = build(
            chosen.data,
            out=chosen.out,
            names=chosen.sets,
            seed=chosen.seed,
            copies=chosen.copies,
            tables=chosen.tables,
        )
    except OSError as error:
        sys.stderr.write(f"grounded_sets: {error}\n")
        return 1
    sys.stderr.write(f"grounded_sets: {counts['train']:,} to train on, {counts['heldout']:,} held out\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
