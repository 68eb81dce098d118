"""Public sets of support conversations and of questions over passages → rows with id, messages and what else is known.

Each reader takes the folder of one set, as published in packed JSON lines. Sets of questions become conversations of one turn whose
reply stands on its passages.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_training.errors import DataRefused
from retrieval import split_sentences

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PublicSet:
    read: Callable[[Path], Iterator[Row]]
    origin: str
    licence: str


def _dialogues(folder: Path, *, file: str) -> Iterator[Row]:
    """Turns with `r` (user or agent; anything else is a call to a service) and `text`."""
    for row in _lines(folder / file):
        messages = [
            _said("user" if turn["r"] == "user" else "assistant", turn["text"])
            for turn in row["turns"]
            if turn.get("r") in ("user", "agent") and (turn.get("text") or "").strip()
        ]
        yield {"id": str(row["_id"]), "messages": messages}


def _star(folder: Path) -> Iterator[Row]:
    return _dialogues(folder, file="dialogues.jsonl.gz")


def _sgd(folder: Path) -> Iterator[Row]:
    return _dialogues(folder, file="train.jsonl.gz")


def _crosswoz(folder: Path) -> Iterator[Row]:
    return _dialogues(folder, file="val.jsonl.gz")


def _abcd(folder: Path) -> Iterator[Row]:
    path = _present(folder / "abcd_sample.json.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in json.load(file):
            turns = [(who, text) for who, text in row["original"] if who in ("agent", "customer")]
            messages = [_said("user" if who == "customer" else "assistant", text) for who, text in turns]
            yield {"id": str(row["convo_id"]), "messages": messages}


def _stackfaq(folder: Path) -> Iterator[Row]:
    """A question, the answers of its thread as passages, and the first of them as the reply."""
    corpus, relevant = _corpus(folder), _relevant(folder)
    for query in _lines(folder / "queries.jsonl.gz"):
        found = [corpus[name] for name in relevant[query["_id"]]]
        if found:
            yield _answered(query["_id"], asked=[query["text"]], reply=found[0]["text"], passages=found)


def _cmrc2018(folder: Path) -> Iterator[Row]:
    """The reply is the sentence of the paragraph that holds the answer."""
    corpus, relevant = _corpus(folder), _relevant(folder)
    for query in _lines(folder / "queries.jsonl.gz"):
        found = [corpus[name] for name in relevant[query["_id"]]]
        reply = _sentence_with(query["answer"], passages=found)
        if reply:
            yield _answered(query["_id"], asked=[query["text"]], reply=reply, passages=found)


def _mtrag_un(folder: Path) -> Iterator[Row]:
    """`context` are the turns up to the question, the customer's first; where the passages do not answer, it is handed over."""
    corpus, relevant = _corpus(folder), _relevant(folder)
    for query in _lines(folder / "queries.jsonl.gz"):
        found = [corpus[name] for name in relevant[query["_id"]]]
        row = _answered(query["_id"], asked=query["context"], reply=query["reference"], passages=found)
        if query["answerability"] == "UNANSWERABLE":
            row["messages"][-1]["decision"] = "handoff"
        yield row


SETS: Mapping[str, PublicSet] = {
    "star": PublicSet(_star, "github.com/RasaHQ/STAR", "MIT"),
    "sgd": PublicSet(
        _sgd, "github.com/google-research-datasets/dstc8-schema-guided-dialogue", "CC BY-SA 4.0"
    ),
    "crosswoz": PublicSet(_crosswoz, "github.com/thu-coai/CrossWOZ", "Apache-2.0"),
    "abcd_guidelines": PublicSet(_abcd, "github.com/asappresearch/abcd", "MIT"),
    "stackfaq": PublicSet(
        _stackfaq, "github.com/ML-Recipes/BERT-FAQ", "CC BY-SA 3.0 (text of StackExchange)"
    ),
    "cmrc2018": PublicSet(_cmrc2018, "github.com/ymcui/cmrc2018", "CC BY-SA 4.0"),
    "mtrag_un": PublicSet(_mtrag_un, "github.com/IBM/mt-rag-benchmark", "Apache-2.0"),
}
# Customers speak in these and nobody replies, or they are attacks and labels: there is nothing to learn replies from.
WITHOUT_REPLIES = frozenset(
    [
        "banking77",
        "bipia",
        "bitext_8k",
        "clinc150",
        "jailbreaks",
        "multidogo",
        "natcs_intents",
        "pii",
        "poisoned_rag",
        "tau_tasks",
    ]
)


def _answered(name: str, *, asked: list[str], reply: str, passages: list[Row]) -> Row:
    messages = [_said("user" if place % 2 == 0 else "assistant", text) for place, text in enumerate(asked)]
    return {"id": name, "messages": [*messages, _said("assistant", reply) | {"passages": passages}]}


def _said(role: str, text: str) -> Row:
    return {"role": role, "content": text, "author": "contact" if role == "user" else "agent"}


def _sentence_with(answers: list[str], *, passages: list[Row]) -> str:
    sentences = (sentence for passage in passages for sentence in split_sentences(passage["text"]))
    return next((sentence for sentence in sentences if any(answer in sentence for answer in answers)), "")


def _corpus(folder: Path) -> dict[str, Row]:
    return {row["_id"]: _passage(row) for row in _lines(folder / "corpus.jsonl.gz")}


def _passage(row: Mapping[str, Any]) -> Row:
    name = str(row["_id"])
    return {
        "chunk_id": name,
        "document_id": str(row.get("thread", name)),
        "title": row.get("title", ""),
        "heading_path": [],
        "url": "",
        "text": row["text"],
        "relevance": 1.0,
    }


def _relevant(folder: Path) -> defaultdict[str, list[str]]:
    relevant: defaultdict[str, list[str]] = defaultdict(list)
    for row in _lines(folder / "qrels.jsonl.gz"):
        if row["s"] > 0:
            relevant[row["q"]].append(row["d"])
    return relevant


def _lines(path: Path) -> Iterator[Row]:
    with gzip.open(_present(path), "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def _present(path: Path) -> Path:
    if not path.is_file():
        raise DataRefused(f"{path.parent} is not that set: {path.name} is missing.")
    return path
