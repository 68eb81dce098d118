"""How strict should the guard be for this model? Recorded outputs to the golden questions through `dialogue`, again and again.

    python -m tests.benchmarks.model_guard --set golden.jsonl --outputs home=base.jsonl tuned=tuned.jsonl \\
        --guards 0,0.1,0.25,0.5,0.75,1 --out guard.json

A line of outputs is {"id", "text"}: what the model wrote, greedy, to the serving prompt of that question. The guard is
the share of the best sentence's score that a sentence of the model must have to be shown; below it the best sentences
are quoted in its place. Right of answerable questions, wrongly and rightly refused, and what the model itself picked.
"""

import argparse
import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from dialogue import Answer, Finished
from dialogue.answering import _Course
from dialogue.fit import DEFAULT_FIT, Fit
from dialogue.testing import ScriptedModel
from dialogue.turns import DEFAULT_LIMITS
from model_training.evaluating import EvaluationRow, read_evaluation, score
from model_training.evaluating.asking import given

FIGURES = (
    "correctness",
    "right_citations",
    "refusal_recall",
    "false_refusal",
    "model_correctness",
    "model_refusal",
)


async def answer_with(row: EvaluationRow, *, model: BaseChatModel | None, fit: Fit) -> Answer:
    """`dialogue.answer` has one fit; here each guard is tried."""
    course = _Course(row.turn, search=row.search, model=model, hand=None, limits=DEFAULT_LIMITS, fit=fit)
    async with aclosing(course.events()) as events:
        async for event in events:
            if isinstance(event, Finished):
                return event.answer
    raise AssertionError("an answer always ends with Finished")


async def figures(
    rows: Sequence[EvaluationRow], *, outputs: Mapping[str, str] | None, fit: Fit
) -> dict[str, float]:
    """`outputs` None: without a model."""
    scores = []
    for row in rows:
        text = "" if outputs is None else outputs[row.id]
        model = None if outputs is None else ScriptedModel(replies=[text], chunk=1_000)
        done = await answer_with(row, model=model, fit=fit)
        scores.append(score(row, given(row, done=done, model="recorded", seconds=0)))
    return {name: _mean([one[name] for one in scores if name in one]) for name in FIGURES}


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 3) if values else 0.0


def read_outputs(path: Path) -> dict[str, str]:
    return {row["id"]: row["text"] for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}


async def sweep(
    rows: Sequence[EvaluationRow], *, models: Mapping[str, Mapping[str, str] | None], guards: Sequence[float]
) -> list[dict[str, Any]]:
    return [
        {"model": name, "guard": guard, "language": language}
        | await figures(
            [row for row in rows if language in (row.language, "all")],
            outputs=outputs,
            fit=replace(DEFAULT_FIT, guard=guard),
        )
        for name, outputs in models.items()
        for guard in (guards if outputs is not None else guards[:1])
        for language in ("all", "en", "zh")
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", type=Path, required=True, help="frozen questions (golden_set makes them)")
    parser.add_argument("--outputs", nargs="+", required=True, metavar="NAME=FILE")
    parser.add_argument("--guards", default="0,0.1,0.25,0.5,0.75,1")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    models: dict[str, Mapping[str, str] | None] = {"none": None}
    models |= {pair.partition("=")[0]: read_outputs(Path(pair.partition("=")[2])) for pair in chosen.outputs}
    rows = read_evaluation(chosen.set)
    found = asyncio.run(sweep(rows, models=models, guards=[float(one) for one in chosen.guards.split(",")]))
    for line in found:
        print(json.dumps(line, ensure_ascii=False))
    if chosen.out:
        chosen.out.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
