"""Labelled question sets for fitting and for measuring retrieval, read from a folder of public data.

The folder is an argument; none of its data
ships with the project. Sampling is seeded: two runs see the same questions.
"""

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from retrieval import Chunk, Faq, ParsedDocument, Section, split
from retrieval.fitting import LabelledSet

QUESTIONS_PER_SET = 200


def load_sets(folder: Path) -> list[LabelledSet]:
    """The sets in `folder`: eight of questions to passages, FAQs or entities, in English and Chinese."""
    return [
        _passages(folder / "cmrc2018", "cmrc2018"),
        _passages(folder / "mtrag_un", "mtrag_un"),
        _passages(folder / "stackfaq", "stackfaq"),
        _poisoned(folder / "poisoned_rag" / "nq.jsonl.gz"),
        _entities(folder / "crosswoz" / "val.jsonl.gz"),
        _alike("banking77", intents_in(folder / "banking77" / "train.jsonl.gz"), each=8),
        _faqs("banking77_faq", intents_in(folder / "banking77" / "train.jsonl.gz")),
        _alike("clinc150", intents_in(folder / "clinc150" / "train.jsonl.gz"), each=5),
        _alike("bitext", intents_in(folder / "bitext_8k" / "train.jsonl.gz"), each=8),
        _faqs("natcs_faq", intents_in(folder / "natcs_intents" / "development.jsonl.gz", text="utterance")),
        _alike("star", _star_openings(folder / "star" / "dialogues.jsonl.gz"), each=8),
    ]


def load_strangers(folder: Path) -> list[str]:
    """Questions that belong to no collection here, in English and (a few) in Chinese."""
    texts = [
        row["text"]
        for part in ("train", "val")
        for row in rows_in(folder / "clinc150" / f"oos_{part}.jsonl.gz")
    ]
    return texts + [row["question"] for row in rows_in(folder / "poisoned_rag" / "nq.jsonl.gz")]


def rows_in(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def document(id: str, *, text: str = "", title: str = "", faq: Faq | None = None) -> list[Chunk]:
    parsed = ParsedDocument(
        title=title,
        sections=(Section(blocks=(text,)),) if text else (),
        faqs=(faq,) if faq else (),
        external_id=id,
    )
    return split(parsed, document_id=id)


def _sample(name: str, ids: Iterable[str]) -> list[str]:
    ids = sorted(ids)
    return random.Random(name).sample(ids, min(len(ids), QUESTIONS_PER_SET))


def _passages(folder: Path, name: str) -> LabelledSet:
    chunks = [
        chunk
        for row in rows_in(folder / "corpus.jsonl.gz")
        for chunk in document(row["_id"], text=row["text"], title=row["title"])
    ]
    relevant: dict[str, set[str]] = defaultdict(set)
    for row in rows_in(folder / "qrels.jsonl.gz"):
        relevant[row["q"]].add(row["d"])
    texts = {row["_id"]: row["text"] for row in rows_in(folder / "queries.jsonl.gz")}
    ids = _sample(name, relevant)
    return LabelledSet(
        name=name,
        chunks=tuple(chunks),
        questions={id: texts[id] for id in ids},
        relevant={id: frozenset(relevant[id]) for id in ids},
    )


def _poisoned(path: Path) -> LabelledSet:
    chunks, questions, relevant = [], {}, {}
    for row in rows_in(path):
        ids = [f"{row['id']}-{number}" for number in range(len(row["adv_texts"]))]
        for id, text in zip(ids, row["adv_texts"], strict=True):
            chunks += document(id, text=text)
        questions[row["id"]] = row["question"]
        relevant[row["id"]] = frozenset(ids)
    return LabelledSet(name="poisoned_nq", chunks=tuple(chunks), questions=questions, relevant=relevant)


def _entities(path: Path) -> LabelledSet:
    """Places of CrossWOZ as documents; a customer's turn that names one and asks about it as a question."""
    facts = entity_facts(path)
    chunks = [
        chunk
        for name, known in sorted(facts.items())
        for chunk in document(
            name, title=name, text="\n".join(f"{slot}：{value}" for slot, value in known.items())
        )
    ]
    turns = {
        f"{row['_id']}-{number}": turn["text"]
        for row in rows_in(path)
        for number, turn in enumerate(row["turns"])
        if turn["r"] == "user" and any(act[0] == "Request" for act in turn["acts"])
    }
    relevant = {id: frozenset(name for name in facts if name in text) for id, text in turns.items()}
    ids = _sample("crosswoz", [id for id, names in relevant.items() if len(names) == 1])
    return LabelledSet(
        name="crosswoz",
        chunks=tuple(chunks),
        questions={id: turns[id] for id in ids},
        relevant={id: relevant[id] for id in ids},
    )


def entity_facts(path: Path) -> dict[str, dict[str, str]]:
    """What is known of each place that a goal of CrossWOZ names."""
    facts: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows_in(path):
        for goals in _by_entity(row["final_goal"]):
            if goals.get("名称"):
                facts[goals["名称"]] |= goals
    return dict(facts)


def _by_entity(goals: list[list[Any]]) -> Iterator[dict[str, str]]:
    entities: dict[int, dict[str, str]] = defaultdict(dict)
    for number, _, slot, value, _ in goals:
        entities[number][slot] = "、".join(value) if isinstance(value, list) else str(value)
    return iter(entities.values())


def intents_in(path: Path, *, text: str = "text") -> dict[str, list[str]]:
    texts: dict[str, list[str]] = defaultdict(list)
    for row in rows_in(path):
        texts[row["intent"]].append(row[text])
    return texts


def _star_openings(path: Path) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = defaultdict(list)
    for row in rows_in(path):
        opening = next((turn["text"] for turn in row["turns"] if turn["r"] == "user"), "")
        if len(row["task"]) == 1 and len(opening) > 20:
            texts[row["task"][0]].append(opening)
    return texts


def _alike(name: str, intents: dict[str, list[str]], *, each: int) -> LabelledSet:
    """Utterances as documents; another utterance of the same intent asks for all of them."""
    chunks, questions, relevant = [], {}, {}
    for intent, texts in sorted(intents.items()):
        texts = random.Random(intent).sample(sorted(set(texts)), min(len(set(texts)), each + 3))
        ids = [f"{intent}-{number}" for number in range(len(texts[3:]))]
        for id, text in zip(ids, texts[3:], strict=True):
            chunks += document(id, text=text)
        for number, text in enumerate(texts[:3]):
            questions[f"{intent}?{number}"] = text
            relevant[f"{intent}?{number}"] = frozenset(ids)
    kept = _sample(name, questions)
    return LabelledSet(
        name=name,
        chunks=tuple(chunks),
        questions={id: questions[id] for id in kept},
        relevant={id: relevant[id] for id in kept},
    )


def _faqs(name: str, intents: dict[str, list[str]]) -> LabelledSet:
    """One FAQ for each intent, with three other ways to ask it; further utterances are the questions."""
    chunks, questions, relevant = [], {}, {}
    for intent, texts in sorted(intents.items()):
        texts = random.Random(intent).sample(sorted(set(texts)), min(len(set(texts)), 8))
        answer = f"About: {intent.replace('_', ' ')}."
        chunks += document(intent, faq=Faq(question=texts[0], answer=answer, aliases=tuple(texts[1:4])))
        for number, text in enumerate(texts[4:]):
            questions[f"{intent}?{number}"] = text
            relevant[f"{intent}?{number}"] = frozenset([intent])
    kept = _sample(name, questions)
    return LabelledSet(
        name=name,
        chunks=tuple(chunks),
        questions={id: questions[id] for id in kept},
        relevant={id: relevant[id] for id in kept},
    )
