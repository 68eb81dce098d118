"""Recorded outputs of two models to the golden questions → the evaluation and the gate, as if both had been served.

    python -m tests.benchmarks.model_replay RUN --champion home=base.jsonl --challenger picker-c=tuned.jsonl

RUN/dataset/golden.jsonl is the set (`golden_set`), nothing beside it is asked; outputs are {"id", "text"} a line, written to its prompts by
`model_training.training.generating` on a host without a server. A question that no model is asked needs none.
"""

import argparse
import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from dialogue.testing import ScriptedModel
from dialogue.turns import DEFAULT_LIMITS
from model_training.evaluating import EvaluationRow, Served, evaluate, read_evaluation
from model_training.evaluating.asking import Given, answered, given
from model_training.evaluating.freezing import FROZEN, GOLDEN
from model_training.gating import judge_run
from tests.benchmarks.model_guard import read_outputs


async def replay(row: EvaluationRow, *, served: Served, outputs: Mapping[str, str]) -> Given:
    model = ScriptedModel(replies=[outputs.get(row.id, "NONE")], chunk=1_000)
    done = await answered(row, model=model, limits=DEFAULT_LIMITS)
    return given(row, done=done, served=served, seconds=0.0)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("--champion", required=True, metavar="NAME=FILE")
    parser.add_argument("--challenger", required=True, metavar="NAME=FILE")
    chosen = parser.parse_args()
    dataset = chosen.run / "dataset"
    (dataset / FROZEN).write_bytes((dataset / GOLDEN).read_bytes())
    rows = read_evaluation(dataset / FROZEN)
    served = {}
    for side in ("champion", "challenger"):
        name, _, file = getattr(chosen, side).partition("=")
        outputs = read_outputs(Path(file))
        served[side] = Served(url="http://nowhere.invalid/v1", model=name)  # every answer is there already
        path = chosen.run / "evaluation" / f"{side}.jsonl"
        path.parent.mkdir(exist_ok=True)
        lines = [
            json.dumps(
                asdict(asyncio.run(replay(row, served=served[side], outputs=outputs))), ensure_ascii=False
            )
            for row in rows
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    comparison = evaluate(chosen.run, **served)
    for language, figures in comparison["metrics"].items():
        for name, one in figures.items():
            print(
                f"{language:4}{name:22}{one['champion']} → {one['challenger']} ({one['low']:+} … {one['high']:+})"
            )
    print(json.dumps(judge_run(chosen.run)["reasons"], indent=1))


if __name__ == "__main__":
    main()
