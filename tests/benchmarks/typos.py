"""What slips of the finger cost, and what it costs to make up for them.

    python -m tests.benchmarks.typos --data FOLDER [--cache FILE] [--most QUESTIONS] [--words] [--json]

Questions of public sets as they are, and with one word of each misspelt by a seeded rule (a letter too many, too few,
another, or two swapped); each searched with and without correction, in the words channel alone and in the whole search.
nDCG@10; and how well right passages are told from what strangers ask (AUC), which a correction could blur. With `--words` a
stand-in embeds, which is quick: then only the words channel's figures say anything.
"""

import argparse
import dataclasses
import json
import random
import string
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from retrieval import DEFAULT_FIT, STOP_WORDS, HomeEmbeddings, recall
from retrieval.fitting import Example, LabelledSet, examples_of, ndcg
from retrieval.testing import FakeEmbeddings
from retrieval.tokens import plain_words
from tests.benchmarks.retrieval_quality import RememberedEmbeddings, _by, _documents, _strangers, _top
from tests.benchmarks.retrieval_sets import load_sets, load_strangers

CHOSEN = ("stackfaq", "banking77", "banking77_faq", "clinc150", "bitext", "natcs_faq", "star", "mtrag_un")


def slip(text: str, *, seed: str) -> str:
    """One plain word that says something, misspelt behind its first letter."""
    draw = random.Random(seed)
    words = [word for stem, word in plain_words(text).items() if stem not in STOP_WORDS and word in text]
    if not words:
        return text
    word = draw.choice(words)
    place = draw.randrange(1, len(word) - 1)
    head, letter, tail = word[:place], word[place], word[place + 1 :]
    ways = [
        head + tail,
        head + letter + letter + tail,
        head + draw.choice(string.ascii_lowercase) + tail,
        head + tail[0] + letter + tail[1:],
    ]
    return text.replace(word, draw.choice(ways), 1)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--most", type=int, default=200, help="questions of each set")
    parser.add_argument("--words", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    made = FakeEmbeddings() if options.words else HomeEmbeddings()
    embedder = RememberedEmbeddings(made, path=None if options.words else options.cache)
    every, rows = load_sets(options.data), []
    for labelled in [_first(each, most=options.most) for each in every if each.name in CHOSEN]:
        strangers = _strangers(labelled, sets=every, outside=load_strangers(options.data))
        row: dict[str, Any] = {"set": labelled.name}
        for way, asked in (("right", labelled), ("misspelt", misspelt(labelled))):
            for corrects in (False, True):
                examples = searched(asked, strangers=strangers, embedder=embedder, corrects=corrects)
                row[f"{way} {'after' if corrects else 'before'}"] = figures(examples)
        embedder.save()
        rows.append(row)
        print(json.dumps(row), file=sys.stderr, flush=True)
    print(json.dumps(rows) if options.json else _table(rows))


def _first(labelled: LabelledSet, *, most: int) -> LabelledSet:
    questions = dict(list(labelled.questions.items())[:most])
    return dataclasses.replace(labelled, questions=questions)


def misspelt(labelled: LabelledSet) -> LabelledSet:
    questions = {id: slip(text, seed=id) for id, text in labelled.questions.items()}
    return dataclasses.replace(labelled, questions=questions)


def searched(labelled: LabelledSet, *, strangers: Any, embedder: Any, corrects: bool) -> list[Example]:
    made = recall.corrected
    if not corrects:
        recall.corrected = lambda asked, **_: list(asked)
    try:
        return examples_of(labelled, strangers=strangers, embedder=embedder, fit=DEFAULT_FIT)
    finally:
        recall.corrected = made


def figures(examples: list[Example]) -> dict[str, float]:
    asked = [each for each in examples if each.right]
    tops = [(_top(each, fit=DEFAULT_FIT), bool(each.right)) for each in examples]
    right = [relevance for (relevance, is_right), answered in tops if answered and is_right]
    foreign = [relevance for (relevance, _), answered in tops if not answered]
    return {
        "words": _mean(asked, _by_words),
        "whole": _mean(asked, lambda each: [candidate.id for candidate in each.ranking(DEFAULT_FIT)]),
        "auc": float(roc_auc_score([1] * len(right) + [0] * len(foreign), right + foreign)),
    }


def _by_words(each: Example) -> list[str]:
    weights = each.found.weights
    return _by(each, lambda id: weights[id].score if id in weights else 0)


def _mean(asked: list[Example], rank: Callable[[Example], list[str]]) -> float:
    return float(np.mean([ndcg(_documents(each, rank(each)), each.right) for each in asked]))


def _table(rows: list[dict[str, Any]]) -> str:
    lines = []
    for row in rows:
        lines.append(str(row["set"]))
        for way, found in row.items():
            if way != "set":
                told = "  ".join(f"{name} {value:.3f}" for name, value in found.items())
                lines.append(f"    {way:18}{told}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
