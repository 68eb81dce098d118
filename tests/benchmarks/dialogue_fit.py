"""Fits the numbers of dialogue on labelled questions and writes them: `dialogue/fits/dialogue-7.json`.

    python -m tests.benchmarks.dialogue_fit --pages model_training/examples/{,more_}help_pages.jsonl \\
        --cross tests/benchmarks/cross_questions/help_pages.jsonl --strangers FILE \\
        [--set DOCUMENTS_FOLDER GOLDEN.jsonl …] [--cache FILE] --out dialogue/fits/dialogue-7.json

Sentences: which of the found ones holds the answer (softmax over a question's sentences, then scaled to a likelihood).
Evidence: do the found passages hold it at all? Questions without an answer are the sets' own, strangers, and
every other question with all that answers it taken out. Both are fitted by words alone, with closeness in meaning, and for
pages in another language than the question's. Thresholds are chosen by hand, from the table that is printed, and kept, as is what a reader's word weighs (`tests.benchmarks.reading_fit`). The
demo's golden questions are for measuring, not for fitting.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Literal

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
from retrieval import HomeEmbeddings, KnowledgeIndex
from tests.benchmarks.dialogue_quality import RULED
from tests.benchmarks.dialogue_sets import (
    Labelled,
    Row,
    cross_sets,
    help_sets,
    index_chunks,
    index_folder,
    label,
    read_rows,
    says,
    turn_of,
)
from tests.benchmarks.retrieval_quality import RememberedEmbeddings
from tests.benchmarks.short_sets import load_short_sets

Way = Literal["words", "closely", "across"]
IN_VAIN = (
    3.0  # what a question that people asked in vain tells, of one that has an answer, or had it taken out
)
ACROSS = ("relevance", "first_passage", "kind", "opens", "asks", "short", "code", "close", "lead", "compared")
EVIDENCE_ACROSS = ("relevance", "closest", "stands_out")


def question_of(row: Row) -> Asked:
    understood = understand(turn_of(row))
    return asked(understood.question, focus=understood.focus)


def read_set(documents: Path, golden: Path) -> list[Labelled]:
    rows = [row for row in read_rows(golden) if row.get("kind") not in RULED]
    return _labelled(index_folder(documents), rows=rows)


def read_pages(
    path: Path, *, held_out: bool, strangers: Sequence[str] = (), embedder: RememberedEmbeddings | None = None
) -> list[Labelled]:
    """Each group's own questions and, dealt out among the groups of their language, some that no page is about."""
    groups = list(help_sets(path, held_out=held_out, embedder=embedder))
    found = [one for index, rows in groups for one in _labelled(index, rows=rows)]
    for language in ("en", "zh"):
        same = [index for index, rows in groups if rows[0]["language"] == language]
        found += _dealt(strangers, indexes=same, language=language)
    return found


def read_cross(
    path: Path, *, pages: Path, held_out: bool, strangers: Sequence[str] = (), embedder: RememberedEmbeddings
) -> list[Labelled]:
    groups = list(cross_sets(path, pages=pages, held_out=held_out, embedder=embedder))
    found = [one for index, rows in groups for one in _labelled(index, rows=rows)]
    for language in ("en", "zh"):
        asked = [index for index, rows in groups if any(row["language"] == language for row in rows)]
        found += _dealt(strangers, indexes=asked, language=language)
    return found


def _dealt(
    strangers: Sequence[str], *, indexes: Sequence[KnowledgeIndex], language: str
) -> Iterator[Labelled]:
    asked = [text for text in strangers if is_chinese(text) == (language == "zh")]
    for number, index in enumerate(indexes):
        rows = [_stranger(text, language=language) for text in asked[number :: len(indexes)]]
        yield from _labelled(index, rows=rows)


def read_short(*, embedder: RememberedEmbeddings) -> list[Labelled]:
    """The short questions that were written about the same pages, with near and far ones that nothing answers."""
    sets = load_short_sets(None, half="fit")
    return [
        one
        for each in sets
        for one in _labelled(index_chunks(each.chunks, embedder=embedder), rows=list(each.rows))
    ]


def _stranger(text: str, *, language: str) -> Row:
    return {"id": text, "question": text, "language": language, "answerable": False, "kind": "far"}


def _labelled(index: KnowledgeIndex, *, rows: list[Row]) -> list[Labelled]:
    return list(label(rows, index=index, question_of=lambda row: question_of(row).question))


def fit_sentences(found: list[Labelled], *, fit: Fit, way: Way) -> dict[str, float]:
    groups, others, names = [], [], []
    for one in found:
        rows, candidates = _rows(one, fit=fit, way=way)
        right = np.array([says(candidate.text, row=one.row) for candidate in candidates], dtype=float)
        names = [name for name in rows[0] if way != "across" or name in ACROSS] if rows else names
        if one.answerable and rows:
            table = np.array([[row[name] for name in names] for row in rows])
            (groups if right.any() else others).append((table, right))
    weights = _softmax_weights(groups)
    scaled = [*groups, *others] if way == "across" else groups  # where pages of both languages were found
    scores = np.concatenate([rows @ weights for rows, _ in scaled])
    scale = LogisticRegression(C=100).fit(scores[:, None], np.concatenate([right for _, right in scaled]))
    first = np.mean([right[np.argmax(rows @ weights)] for rows, right in groups])
    print(f"sentences, {way}: the best one is right in {first:.3f} of {len(groups)}")
    fitted = {
        name: round(float(weight * scale.coef_[0][0]), 3) for name, weight in zip(names, weights, strict=True)
    }
    return fitted | {"bias": round(float(scale.intercept_[0]), 3)}


def _rows(one: Labelled, *, fit: Fit, way: Way) -> tuple[list[dict[str, float]], list[Candidate]]:
    """Of all sentences by words; by closeness those in the question's language, across those in another."""
    question = as_said(question_of(one.row), passages=one.passages)
    candidates = candidates_in(one.passages)
    rows = sentence_features(question, candidates=candidates)
    if way == "words":
        return rows, candidates
    ranked = rank(question, passages=one.passages, fit=fit, closeness=one.closeness)
    close = {candidate.key: candidate.close for candidate in ranked}
    kept = [
        (row, candidate)
        for row, candidate in zip(rows, candidates, strict=True)
        if candidate.is_across(question) == (way == "across")
    ]
    among = [value for _, one in kept if (value := close[one.key]) is not None]
    return (
        [row | closeness_features(close[candidate.key], among=among) for row, candidate in kept],
        [candidate for _, candidate in kept],
    )


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


def fit_evidence(found: list[Labelled], *, fit: Fit, way: Way) -> dict[str, float]:
    rows, answerable, natural, strange = [], [], [], []
    for one in found:
        question = as_said(question_of(one.row), passages=one.passages)
        if one.passages and (
            not one.answerable or any(says(p.chunk.text, row=one.row) for p in one.passages)
        ):
            closeness = one.closeness if way != "words" else None
            ranked = rank(question, passages=one.passages, fit=fit, closeness=closeness)
            if way != "words" and ranked[0].is_across(question) != (way == "across"):
                continue
            features = evidence_features(question, ranked=ranked)
            rows.append({name: features[name] for name in (EVIDENCE_ACROSS if way == "across" else features)})
            answerable.append(one.answerable)
            natural.append(bool(one.row["answerable"]) == one.answerable)
            strange.append(one.row.get("kind") == "far")
    table, right, real = (
        np.array([list(row.values()) for row in rows]),
        np.array(answerable),
        np.array(natural),
    )
    centre, spread = table.mean(axis=0), table.std(axis=0) + 1e-6
    weight = np.where(real & ~right, IN_VAIN, 1.0)
    model = LogisticRegression(C=0.1, max_iter=2_000).fit(
        (table - centre) / spread, right, sample_weight=weight
    )
    weights = model.coef_[0] / spread
    bias = float(model.intercept_[0] - weights @ centre)
    chance = 1 / (1 + np.exp(-(table @ weights + bias)))
    print(
        f"evidence, {way}: area under the curve {roc_auc_score(right[real], chance[real]):.3f} of {real.sum()}"
    )
    for needed in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        kinds = {
            "wrongly refused": right,
            "refused, taken out": ~right & ~real,
            "refused, near": ~right & real & ~np.array(strange),
            "refused, far": np.array(strange),
        }
        print(
            needed, {kind: round(float((chance[which] < needed).mean()), 3) for kind, which in kinds.items()}
        )
    fitted = {name: round(float(value), 3) for name, value in zip(rows[0], weights, strict=True)}
    return fitted | {"bias": round(bias, 3)}


def fit_all(found: list[Labelled], *, cross: list[Labelled], fit: Fit) -> Fit:
    fit = replace(fit, sentence=fit_sentences(found, fit=fit, way="words"))
    fit = replace(fit, sentence_closely=fit_sentences(found, fit=fit, way="closely"))
    fit = replace(fit, evidence=fit_evidence(found, fit=fit, way="words"))
    fit = replace(fit, evidence_closely=fit_evidence(found, fit=fit, way="closely"))
    if not cross:
        return fit
    fit = replace(fit, sentence_across=fit_sentences(cross, fit=fit, way="across"))
    return replace(fit, evidence_across=fit_evidence(cross, fit=fit, way="across"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=Path, nargs="*", default=[])
    parser.add_argument(
        "--cross", type=Path, help="questions in the other language about the first of the pages"
    )
    parser.add_argument(
        "--strangers", type=Path, help="a question a line, about nothing that a company is asked"
    )
    parser.add_argument(
        "--set", nargs=2, type=Path, action="append", default=[], metavar=("DOCUMENTS", "GOLDEN")
    )
    parser.add_argument("--cache", type=Path, help="keeps vectors between two fits")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    embedder = RememberedEmbeddings(HomeEmbeddings(), path=chosen.cache)
    strangers = chosen.strangers.read_text(encoding="utf-8").split("\n") if chosen.strangers else []
    strangers = [one for one in strangers if one.strip()]
    found = [one for documents, golden in chosen.set for one in read_set(documents, golden)]
    for path in chosen.pages:
        found += read_pages(path, held_out=False, strangers=strangers, embedder=embedder)
    found += read_short(embedder=embedder) if chosen.pages else []
    cross = (
        read_cross(
            chosen.cross, pages=chosen.pages[0], held_out=False, strangers=strangers, embedder=embedder
        )
        if chosen.cross
        else []
    )
    fit = fit_all(found, cross=cross, fit=DEFAULT_FIT)
    embedder.save()
    chosen.out.write_text(json.dumps(asdict(fit), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
