"""Two models' answers to the same rows → figures side by side, with paired intervals, and the answers that differ.

An interval comes from drawing conversations with replacement, the same ones for both models: what is hard for both
takes nothing from the difference. Knows nothing of margins; the gate does.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from model_training.evaluating.asking import Given
from model_training.evaluating.rows import EvaluationRow
from model_training.evaluating.scoring import METRICS, score
from model_training.evaluating.settings import Settings

Scores = Mapping[str, float]
Scored = tuple[EvaluationRow, Scores, Scores]  # a row, the champion's scores, the challenger's
ALL = "all"
MOST_DIFFERING = 500


def compare(
    rows: Sequence[EvaluationRow],
    *,
    champion: Sequence[Given],
    challenger: Sequence[Given],
    settings: Settings,
    judged: Mapping[str, tuple[float, float]] = {},
) -> dict[str, Any]:
    """`judged`: row id → what a judging model says of both answers."""
    scored: list[Scored] = [
        (row, score(row, one) | first, score(row, other) | second)
        for row, one, other in zip(rows, champion, challenger, strict=True)
        for first, second in [_judgement(judged.get(row.id))]
    ]
    languages = sorted({row.language for row in rows})
    return {
        "rows": len(rows),
        "kinds": _counted(row.kind for row in rows),
        "languages": _counted(row.language for row in rows),
        "confidence": settings.confidence,
        "metrics": {
            part: _figures([one for one in scored if part in (ALL, one[0].language)], settings=settings)
            for part in (ALL, *languages)
        },
        "differing": _differing(scored, champion=champion, challenger=challenger),
    }


def _judgement(judged: tuple[float, float] | None) -> tuple[dict[str, float], dict[str, float]]:
    return ({}, {}) if judged is None else ({"judged": judged[0]}, {"judged": judged[1]})


def _counted(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for name in names:
        counts[name] += 1
    return dict(sorted(counts.items()))


def _figures(scored: Sequence[Scored], *, settings: Settings) -> dict[str, dict[str, Any]]:
    """Only metrics that some row has for both models; means over those rows."""
    figures = {}
    for name, metric in METRICS.items():
        told = [(row, one[name], other[name]) for row, one, other in scored if name in one and name in other]
        if told:
            pairs = [(row.group, one, other) for row, one, other in told]
            figures[name] = {
                **_figure(pairs, settings=settings),
                "better": metric.better,
                **_worsened(told, better=metric.better),
            }
    return figures


def _worsened(told: Sequence[tuple[EvaluationRow, float, float]], *, better: str) -> dict[str, Any]:
    """Rows in which the challenger is worse: a mean hides one that another row made good."""
    worse = [row.id for row, one, other in told if (other < one if better == "higher" else other > one)]
    return {"worse_rows": len(worse), "worse_example": worse[0] if worse else ""}


def _figure(pairs: Sequence[tuple[str, float, float]], *, settings: Settings) -> dict[str, Any]:
    one, other = (float(np.mean([pair[side] for pair in pairs])) for side in (1, 2))
    low, high, at_least, at_most = interval(pairs, settings=settings)
    return {
        "champion": round(one, 4),
        "challenger": round(other, 4),
        "difference": round(other - one, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "at_least": round(at_least, 4),  # one-sided: with this confidence the difference is no smaller
        "at_most": round(at_most, 4),
        "rows": len(pairs),
    }


def interval(
    pairs: Sequence[tuple[str, float, float]], *, settings: Settings
) -> tuple[float, float, float, float]:
    """Of the mean difference: both ends of the two-sided interval, and the two one-sided bounds."""
    totals: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for group, one, other in pairs:
        totals[group][0] += other - one
        totals[group][1] += 1
    sums = np.array(list(totals.values()))
    rnd = np.random.default_rng(settings.seed)
    means = []
    for _ in range(settings.resamples):
        drawn = sums[rnd.integers(0, len(sums), len(sums))].sum(axis=0)
        means.append(drawn[0] / drawn[1])
    left = 1 - settings.confidence
    low, high, at_least, at_most = np.quantile(means, [left / 2, 1 - left / 2, left, 1 - left])
    return float(low), float(high), float(at_least), float(at_most)


def _differing(
    scored: Sequence[Scored],
    *,
    champion: Sequence[Given],
    challenger: Sequence[Given],
) -> list[dict[str, Any]]:
    """Side by side, where the two show different things: first where one is right and the other is not."""
    differing: list[dict[str, Any]] = [
        {
            "id": row.id,
            "kind": row.kind,
            "language": row.language,
            "question": row.question,
            "history": [dict(said) for said in row.history],
            "expected": row.as_json()["expected"],
            "champion": _side(one, scores=first),
            "challenger": _side(other, scores=second),
        }
        for (row, first, second), one, other in zip(scored, champion, challenger, strict=True)
        if (one.text, one.decision) != (other.text, other.decision)
    ]
    differing.sort(key=lambda pair: -abs(pair["champion"]["right"] - pair["challenger"]["right"]))
    return differing[:MOST_DIFFERING]


def _side(given: Given, *, scores: Scores) -> dict[str, Any]:
    return {
        "text": given.text,
        "decision": given.decision,
        "reason": given.reason,
        "cites": list(given.cites),
        "raw": given.raw,
        "right": scores["right"],
    }
