"""Fits `dialogue/understanding/acts.py`: what a message does beside asking, by its vector.

    python -m tests.benchmarks.acts_fit --data ../shared/data --out dialogue/fits/acts-1.json

From the sentences of `acts/sentences.txt`, both languages, and from public customer messages, most of which are plain
questions; every third of these is held out. The
table shows on those how many of a kind are recognised at the thresholds, and how often it is seen where it is not. A
second one holds rules and meaning against `strangers/acts.txt`, which neither was made from.
"""

import argparse
import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from dialogue.understanding.acts import ActsFit, read_acts_fit
from dialogue.understanding.persons import wants_person
from dialogue.understanding.reading import small_talk_in
from retrieval import HomeEmbeddings

SENTENCES = Path(__file__).parent / "acts" / "sentences.txt"
# Meaning hears more of these than rules do, but takes "you forgot one item" for a cancellation: they stay with the rules.
WISHES = ("cancel", "return", "change_address", "status")
UNSEEN = Path(__file__).parent / "strangers" / "acts.txt"
ACTS = ("person", "greeting", "thanks", "goodbye", "about_us", "complaint", "other")
LONGEST = 160
NEEDED = dict.fromkeys(ACTS[:-1], 0.8) | {"person": 0.7, "thanks": 0.85, "about_us": 0.85}
CLINC = {
    "greeting": "greeting",
    "goodbye": "goodbye",
    "thank_you": "thanks",
    "what_is_your_name": "about_us",
    "are_you_a_bot": "about_us",
    "what_can_i_ask_you": "about_us",
}
CLINC_UNSURE = {
    "how_old_are_you",
    "where_are_you_from",
    "who_made_you",
    "who_do_you_work_for",
    "yes",
    "no",
    "maybe",
    "repeat",
}
BITEXT = {"contact_human_agent": "person"}
BITEXT_UNSURE = {  # of these some ask for it, some about it
    "contact_customer_service", "complaint", "cancel_order", "change_order", "change_shipping_address", "track_order",
    "get_refund", "track_refund",
}  # fmt: skip
MULTIDOGO = {"openinggreeting": "greeting", "closinggreeting": "goodbye", "thankyou": "thanks"}
MULTIDOGO_UNSURE = {"contentonly", "confirmation", "rejection", "outofdomain", "closinggreeting"}
Row = tuple[str, str, str]  # act, text, set


def prototypes() -> Iterator[tuple[str, str]]:
    act = ""
    for line in SENTENCES.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            act = line.removeprefix("## ")
            act = "other" if act in WISHES else act
        elif line.strip() and not line.startswith("#"):
            yield act, line.strip()


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def public(data: Path) -> Iterator[Row]:
    for row in rows_of(data / "clinc150/train.jsonl.gz"):
        if row["intent"] not in CLINC_UNSURE:
            yield CLINC.get(row["intent"], "other"), row["text"], "clinc150"
    for row in rows_of(data / "bitext_8k/train.jsonl.gz"):
        if row["intent"] not in BITEXT_UNSURE:
            yield BITEXT.get(row["intent"], "other"), row["text"], "bitext_8k"
    for row in rows_of(data / "banking77/train.jsonl.gz"):
        yield "other", row["text"], "banking77"
    for row in rows_of(data / "natcs_intents/development.jsonl.gz"):
        yield "other", row["utterance"], "natcs"
    for row in rows_of(data / "crosswoz/val.jsonl.gz"):
        for turn in row["turns"]:
            if turn["r"] == "user" and re.search(r"[?？吗么呢哪几多什]", turn["text"]):
                yield "other", turn["text"], "crosswoz"
    for path in sorted(data.glob("multidogo/*.dev.jsonl.gz")):
        yield from _multidogo(path)


def _multidogo(path: Path) -> Iterator[Row]:
    """Turns with one intent; what only answers a question of the agent's says nothing by itself."""
    for row in rows_of(path):
        for turn in row["turns"]:
            intent = turn["intent"]
            if re.fullmatch(r"[a-z]+", intent) and intent not in MULTIDOGO_UNSURE and len(turn["text"]) > 3:
                yield MULTIDOGO.get(intent, "other"), turn["text"], "multidogo"


def sample(rows: Sequence[Row], *, each: int) -> list[Row]:
    """At most so many of a set and kind: the large sets would outshout the others."""
    shuffled = [row for row in dict.fromkeys(rows) if len(row[1]) <= LONGEST]
    random.Random(7).shuffle(shuffled)
    kept: list[Row] = []
    count: dict[tuple[str, str], int] = {}
    for row in shuffled:
        key = (row[0], row[2])
        count[key] = count.get(key, 0) + 1
        if count[key] <= each:
            kept.append(row)
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--each", type=int, default=900, help="messages of a kind and set")
    parser.add_argument("--strength", type=float, default=100.0, help="C of the regression")
    parser.add_argument(
        "--weight", type=float, default=4.0, help="of a sentence of ours against a public message"
    )
    parser.add_argument("--vectors", type=Path, help="keeps vectors between two fits (.npy)")
    chosen = parser.parse_args()
    told = list(prototypes())
    rows = sample(list(public(chosen.data)), each=chosen.each)
    embedder = HomeEmbeddings()
    vectors = remembered(
        [text for _, text in told] + [row[1] for row in rows], embedder=embedder, file=chosen.vectors
    )
    own, others = vectors[: len(told)], vectors[len(told) :]
    held = np.arange(len(rows)) % 3 == 0
    x = np.vstack([own, others[~held]])
    y = [act for act, _ in told] + [row[0] for row, out in zip(rows, held, strict=True) if not out]
    weight = [chosen.weight] * len(told) + [1.0] * int((~held).sum())
    model = LogisticRegression(C=chosen.strength, max_iter=3_000)
    model.fit(x, y, sample_weight=weight)
    chosen.out.write_text(json.dumps(as_fit(model, embedder=embedder.name)) + "\n", encoding="utf-8")
    report_unseen(read_acts_fit(chosen.out), embedder=embedder)
    report(model, others[held], [row for row, out in zip(rows, held, strict=True) if out])


def remembered(texts: Sequence[str], *, embedder: HomeEmbeddings, file: Path | None) -> Any:
    """As the chat embeds a message; slow, so that a file may keep them between two fits."""
    known = dict(np.load(file, allow_pickle=True).item()) if file and file.exists() else {}
    for text in texts:
        if text not in known:
            known[text] = np.asarray(embedder.embed_query(text), dtype=np.float32)
    if file:
        np.save(file, known, allow_pickle=True)
    return unit([known[text] for text in texts])


def heard(text: str, *, by: ActsFit, embedder: HomeEmbeddings) -> tuple[str, str]:
    """By the rules, and by meaning where they say nothing: "person", "talk" or "none"."""
    ruled = "person" if wants_person(text) else "talk" if small_talk_in(text) else "none"
    act = by.act_of(unit([embedder.embed_query(text)])[0])
    meant = act if act == "person" else "none" if act in ("other", "complaint") else "talk"
    return ruled, ruled if ruled != "none" else meant


def report_unseen(fit: ActsFit, *, embedder: HomeEmbeddings) -> None:
    rows = [line.split("\t") for line in UNSEEN.read_text(encoding="utf-8").splitlines() if "\t" in line]
    found = [(kind, *heard(text, by=fit, embedder=embedder)) for kind, text in rows]
    for kind in ("person", "talk", "none"):
        of = [one for one in found if one[0] == kind]
        print(
            f"  unseen {kind}: {sum(one[1] == kind for one in of)} of {len(of)} by rules, {sum(one[2] == kind for one in of)} with meaning"
        )


def unit(rows: Sequence[Sequence[float]]) -> Any:
    found = np.asarray(rows, dtype=np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def as_fit(model: LogisticRegression, *, embedder: str) -> dict[str, Any]:
    weights = {
        act: [round(float(weight), 2) for weight in row]
        for act, row in zip(model.classes_, model.coef_, strict=True)
    }
    bias = {act: round(float(one), 3) for act, one in zip(model.classes_, model.intercept_, strict=True)}
    return {"version": "acts-1", "embedder": embedder, "weights": weights, "bias": bias, "needed": NEEDED}


def report(model: LogisticRegression, x: Any, rows: Sequence[Row]) -> None:
    likely = model.predict_proba(x)
    best, sure = likely.argmax(axis=1), likely.max(axis=1)
    for needed in (0.5, 0.7, 0.8, 0.9):
        print(f"needed {needed}")
        for act in ACTS[:-1]:
            said = [(model.classes_[b] == act) and s >= needed for b, s in zip(best, sure, strict=True)]
            true = [row[0] == act for row in rows]
            hits = sum(s and t for s, t in zip(said, true, strict=True))
            false = [row for row, s, t in zip(rows, said, true, strict=True) if s and not t]
            print(
                f"  {act:10} {hits}/{sum(true)} recognised, {len(false)} of {len(rows) - sum(true)} wrongly",
                [f[1] for f in false[:4]],
            )


if __name__ == "__main__":
    main()
