"""A knowledge base's labelled questions → a fit of its own: fusion, relevance, and two thresholds.

For workers only: it needs scikit-learn, which a web process should not carry. What is promised is what was found by
cross-validation: each question is judged by a fit that never saw it.
"""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import close_old_connections

from apps.knowledge.chunk_store import Reader
from apps.knowledge.models import LabelledQuestion
from apps.knowledge.quality.labelling import utterances_of
from apps.knowledge.quality.measuring import auroc, mean
from apps.knowledge.quality.probing import probe
from apps.knowledge.quality.running import CannotRun
from apps.knowledge.searching import fitted_index_of
from dialogue import Turn
from retrieval import Fit
from retrieval.fitting import Example, Tried, fit_sets, mean_ndcg, try_settings
from retrieval.relevance import judge

FOLDS = 5
FEWEST = 20  # questions with an answer; below, a fit learns the questions by heart
FEWEST_REFUSED = 5  # questions without one, before a threshold for refusing is set
MAY_BE_REFUSED = 0.02  # of the questions that were answered by the first passage
SURE = 0.95  # of the answers that are given word for word, this share must be right
SURE_FROM = tuple(round(0.5 + 0.02 * step, 2) for step in range(25))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A question as a fit that did not see it judges its best passage."""

    relevance: float
    is_right: bool
    is_answerable: bool


async def example_of(knowledge_base_id: uuid.UUID, question: LabelledQuestion) -> Example:
    """What the chat's own recall finds for the question, standing alone."""
    turn = Turn(question=question.question, history=utterances_of(question.history))
    asked = await probe(knowledge_base_id, turn, reader=Reader.COLLEAGUE)
    return await asyncio.to_thread(_example, knowledge_base_id, asked.question, frozenset(question.right))


def _example(knowledge_base_id: uuid.UUID, asked: str, right: frozenset[str]) -> Example:
    close_old_connections()
    try:
        index = fitted_index_of(knowledge_base_id)
        found = index.recall(asked)
        ids = [candidate.id for candidate in found.candidates()]
        live = index.store.get(ids)
    finally:
        close_old_connections()
    names = {id: live[id].external_id if id in live else "" for id in ids}
    return Example(found=found, right=right, document_of=names)


def fit_examples(examples: Sequence[Example], *, version: str, start: Fit) -> tuple[Fit, dict[str, Any]]:
    """The fit on all questions, and what it may be expected to bring. Raises `CannotRun`."""
    answerable = sum(bool(each.right) for each in examples)
    if answerable < FEWEST:
        raise CannotRun(f"too_few:{answerable}:{FEWEST}")
    folds = folded(examples)
    tried = try_settings(folds, start=start)
    try:
        fits = {name: _fit_without(name, folds=folds, tried=tried, start=start) for name in folds}
        whole = fit_sets({"all": list(examples)}, tried=_merged(tried, folds), version=version, start=start)
    except ValueError as error:  # scikit-learn: all of one kind
        raise CannotRun("one_sided") from error
    before = [judged_by(start, each) for each in examples if _found(each)]
    judged = _judged_apart(folds, fits=fits)
    if _brier(judged) >= _brier(before):  # what is judged well already is left as it is
        whole = replace(whole, relevance=start.relevance)
        fits = {name: replace(fit, relevance=start.relevance) for name, fit in fits.items()}
        judged = _judged_apart(folds, fits=fits)
    fitted = replace(whole, refuse_below=refuse_below(judged), word_for_word_from=word_for_word_from(judged))
    after = {
        **_figures(judged),
        "ndcg": mean(
            [mean_ndcg([each], fit=fits[n]) for n, fold in folds.items() for each in fold if each.right]
        ),
    }
    report = {
        "before": {
            **_figures(before),
            "ndcg": mean([mean_ndcg([each], fit=start) for each in examples if each.right]),
            "fit": _summary(start),
        },
        "after": {**after, "fit": _summary(fitted)},
        "kept_relevance": whole.relevance == start.relevance,
    }
    return fitted, report


def _judged_apart(folds: dict[str, list[Example]], *, fits: dict[str, Fit]) -> list[Judged]:
    return [judged_by(fits[name], each) for name, fold in folds.items() for each in fold if _found(each)]


def _brier(judged: Sequence[Judged]) -> float:
    return sum((one.relevance - one.is_right) ** 2 for one in judged) / (len(judged) or 1)


def folded(examples: Sequence[Example]) -> dict[str, list[Example]]:
    """Questions with and without an answer are dealt out one by one, so that each fold has both."""
    folds: dict[str, list[Example]] = {str(number): [] for number in range(FOLDS)}
    dealt = [each for each in examples if each.right] + [each for each in examples if not each.right]
    for number, each in enumerate(dealt):
        folds[str(number % FOLDS)].append(each)
    return folds


def judged_by(fit: Fit, example: Example) -> Judged:
    best = example.ranking(fit)[0]
    weights = fit.relevance[example.found.kind]
    return Judged(
        relevance=judge(best, setting=example.found.setting, weights=weights),
        is_right=example.is_right(best.id),
        is_answerable=bool(example.right),
    )


def refuse_below(judged: Sequence[Judged]) -> float:
    """As high as it may be without refusing what was answered; 0 where too little speaks for any number."""
    right = sorted(one.relevance for one in judged if one.is_right)
    others = [one for one in judged if not one.is_answerable]
    if len(others) < FEWEST_REFUSED or not right:
        return 0.0
    return round(right[int(MAY_BE_REFUSED * len(right))] - 0.0001, 4)


def word_for_word_from(judged: Sequence[Judged]) -> float:
    """The least relevance from which the best passage is nearly always right."""
    for level in SURE_FROM:
        above = [one.is_right for one in judged if one.relevance >= level]
        if above and sum(above) / len(above) >= SURE:
            return level
    return 1.0


def _found(example: Example) -> bool:
    return any(True for _ in example.found.candidates())


def _fit_without(name: str, *, folds: dict[str, list[Example]], tried: Tried, start: Fit) -> Fit:
    others = {other: fold for other, fold in folds.items() if other != name}
    return fit_sets(others, tried=tried, version="held-out", start=start)


def _merged(tried: Tried, folds: dict[str, list[Example]]) -> Tried:
    """The folds' results as those of all questions together."""
    counts = {name: sum(bool(each.right) for each in fold) for name, fold in folds.items()}
    total = sum(counts.values())
    return {
        setting: {"all": sum(results[name] * n for name, n in counts.items()) / total}
        for setting, results in tried.items()
    }


def _figures(judged: Sequence[Judged]) -> dict[str, float | None]:
    """`brier` is how far relevance is from the truth, squared: less is better."""
    return {
        "hit_1": mean([one.is_right for one in judged if one.is_answerable]),
        "brier": round(_brier(judged), 4) if judged else None,
        "auroc": auroc(
            [one.relevance for one in judged if one.is_right],
            [one.relevance for one in judged if not one.is_right],
        ),
    }


def _summary(fit: Fit) -> dict[str, Any]:
    names = ("version", "dense_weight", "cosine_span", "refuse_below", "word_for_word_from")
    values = asdict(fit)
    return {name: values[name] for name in names}
