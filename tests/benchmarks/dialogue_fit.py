"""Fits the numbers of dialogue on labelled questions and writes them: `dialogue/fits/dialogue-3.json`.

    python -m tests.benchmarks.dialogue_fit --pages model_training/examples/help_pages.jsonl \\
        [--set DOCUMENTS_FOLDER GOLDEN.jsonl …] --out dialogue/fits/dialogue-3.json

Sentences: which of the found ones holds the answer (softmax over a question's sentences, then scaled to a likelihood).
Evidence: do the found passages hold it at all? Questions without an answer are the set's own and every other question
with all that answers it taken out. Both are fitted twice: by words alone, and with closeness in meaning. Thresholds are
chosen by hand, from the table that is printed, and kept. The demo's golden questions are for measuring, not for fitting.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from dialogue.fit import DEFAULT_FIT, Fit
from dialogue.language.sentences import is_chinese
from dialogue.searching.evidence import (
    Asked,
    Candidate,
    as_said,
    asked,
    candidates_in,
    closeness_features,
    evidence_features,
    rank,
    sentence_features,
)
from dialogue.understanding.reading import understand
from retrieval import KnowledgeIndex
from tests.benchmarks.dialogue_quality import RULED
from tests.benchmarks.dialogue_sets import (
    Labelled,
    Row,
    help_sets,
    index_chunks,
    index_folder,
    label,
    read_rows,
    says,
    turn_of,
)
from tests.benchmarks.short_sets import load_short_sets

NATURAL_WEIGHT = 3.0  # a question that people asked in vain tells more than one whose answer was taken out


def question_of(row: Row) -> Asked:
    understood = understand(turn_of(row))
    return asked(understood.question, focus=understood.focus)


def read_set(documents: Path, golden: Path) -> list[Labelled]:
    rows = [row for row in read_rows(golden) if row.get("kind") not in RULED]
    return _labelled(index_folder(documents), rows=rows)


def read_pages(path: Path, *, held_out: bool, strangers: Sequence[str] = ()) -> list[Labelled]:
    """Each group's own questions and, dealt out among the groups of their language, some that no page is about."""
    groups = list(help_sets(path, held_out=held_out))
    found = [one for index, rows in groups for one in _labelled(index, rows=rows)]
    for language in ("en", "zh"):
        same = [index for index, rows in groups if rows[0]["language"] == language]
        asked = [text for text in strangers if is_chinese(text) == (language == "zh")]
        for number, index in enumerate(same):
            rows = [_stranger(text, language=language) for text in asked[number :: len(same)]]
            found += _labelled(index, rows=rows)
    return found


def read_short() -> list[Labelled]:
    """The short questions that were written about the same pages, with near and far ones that nothing answers."""
    sets = load_short_sets(None, half="fit")
    return [one for each in sets for one in _labelled(index_chunks(each.chunks), rows=list(each.rows))]


def _stranger(text: str, *, language: str) -> Row:
    return {"id": text, "question": text, "language": language, "answerable": False, "kind": "far"}


def _labelled(index: KnowledgeIndex, *, rows: list[Row]) -> list[Labelled]:
    return list(label(rows, index=index, question_of=lambda row: question_of(row).question))


def fit_sentences(found: list[Labelled], *, fit: Fit, closely: bool) -> dict[str, float]:
    groups, names = [], []
    for one in found:
        rows, candidates = _rows(one, fit=fit, closely=closely)
        right = np.array([says(candidate.text, row=one.row) for candidate in candidates], dtype=float)
        if one.answerable and right.any():
            names = list(rows[0])
            groups.append((np.array([list(row.values()) for row in rows]), right))
    weights = _softmax_weights(groups)
    scores = np.concatenate([rows @ weights for rows, _ in groups])
    scale = LogisticRegression(C=100).fit(scores[:, None], np.concatenate([right for _, right in groups]))
    first = np.mean([right[np.argmax(rows @ weights)] for rows, right in groups])
    print(f"sentences{' compared' if closely else ''}: the best one is right in {first:.3f} of {len(groups)}")
    fitted = {
        name: round(float(weight * scale.coef_[0][0]), 3) for name, weight in zip(names, weights, strict=True)
    }
    return fitted | {"bias": round(float(scale.intercept_[0]), 3)}


def _rows(one: Labelled, *, fit: Fit, closely: bool) -> tuple[list[dict[str, float]], list[Candidate]]:
    question = as_said(question_of(one.row), passages=one.passages)
    candidates = candidates_in(one.passages)
    rows = sentence_features(question, candidates=candidates)
    if not closely or not candidates:
        return rows, candidates
    compared = rank(question, passages=one.passages, fit=fit, closeness=one.closeness)
    close = {candidate.key: candidate.close for candidate in compared}
    among = [value for value in close.values() if value is not None]
    added = [closeness_features(close[candidate.key], among=among) for candidate in candidates]
    return [row | more for row, more in zip(rows, added, strict=True)], candidates


def _softmax_weights(groups: list[tuple[np.ndarray, np.ndarray]], *, decay: float = 3.0) -> np.ndarray:
    every = np.vstack([rows for rows, _ in groups])
    centre, spread = every.mean(axis=0), every.std(axis=0) + 1e-6
    weights, speed = np.zeros(every.shape[1]), np.zeros(every.shape[1])
    for _ in range(300):
        slope = -decay * weights
        for rows, right in groups:
            scaled = (rows - centre) / spread
            chance = np.exp(scaled @ weights - (scaled @ weights).max())
            wanted = chance * right
            slope += (wanted / wanted.sum() - chance / chance.sum()) @ scaled
        speed = 0.9 * speed + slope / len(groups)
        weights += 0.15 * speed
    return weights / spread


def fit_evidence(found: list[Labelled], *, fit: Fit, closely: bool) -> dict[str, float]:
    rows, answerable, natural = [], [], []
    for one in found:
        question = as_said(question_of(one.row), passages=one.passages)
        if one.passages and (
            not one.answerable or any(says(p.chunk.text, row=one.row) for p in one.passages)
        ):
            closeness = one.closeness if closely else None
            ranked = rank(question, passages=one.passages, fit=fit, closeness=closeness)
            features = evidence_features(question, ranked=ranked)
            rows.append(features)
            answerable.append(one.answerable)
            natural.append(bool(one.row["answerable"]) == one.answerable)
    table, right, real = (
        np.array([list(row.values()) for row in rows]),
        np.array(answerable),
        np.array(natural),
    )
    centre, spread = table.mean(axis=0), table.std(axis=0) + 1e-6
    weight = np.where(real & ~right, NATURAL_WEIGHT, 1.0)
    model = LogisticRegression(C=0.3, max_iter=2_000).fit(
        (table - centre) / spread, right, sample_weight=weight
    )
    weights = model.coef_[0] / spread
    bias = float(model.intercept_[0] - weights @ centre)
    chance = 1 / (1 + np.exp(-(table @ weights + bias)))
    print(
        f"evidence{' compared' if closely else ''}: area under the curve {roc_auc_score(right, chance):.3f}"
    )
    for needed in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6):
        kinds = {
            "wrongly refused": right,
            "refused, taken out": ~right & ~real,
            "refused, in vain": ~right & real,
        }
        print(
            needed, {kind: round(float((chance[which] < needed).mean()), 3) for kind, which in kinds.items()}
        )
    fitted = {name: round(float(value), 3) for name, value in zip(rows[0], weights, strict=True)}
    return fitted | {"bias": round(bias, 3)}


def fit_all(found: list[Labelled], *, fit: Fit) -> Fit:
    fit = replace(fit, sentence=fit_sentences(found, fit=fit, closely=False))
    fit = replace(fit, sentence_closely=fit_sentences(found, fit=fit, closely=True))
    fit = replace(fit, evidence=fit_evidence(found, fit=fit, closely=False))
    return replace(fit, evidence_closely=fit_evidence(found, fit=fit, closely=True))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=Path)
    parser.add_argument(
        "--strangers", type=Path, help="a question a line, about nothing that a company is asked"
    )
    parser.add_argument(
        "--set", nargs=2, type=Path, action="append", default=[], metavar=("DOCUMENTS", "GOLDEN")
    )
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    found = [one for documents, golden in chosen.set for one in read_set(documents, golden)]
    if chosen.pages:
        strangers = chosen.strangers.read_text(encoding="utf-8").split("\n") if chosen.strangers else []
        found += read_pages(chosen.pages, held_out=False, strangers=[one for one in strangers if one.strip()])
        found += read_short()
    fit = fit_all(found, fit=DEFAULT_FIT)
    chosen.out.write_text(json.dumps(asdict(fit), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
