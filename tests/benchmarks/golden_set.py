"""Golden questions over a folder of documents → a frozen set for `model_training.evaluate` and the model benchmarks.

    python -m tests.benchmarks.golden_set --documents demo/shop/documents --golden demo/shop/golden.jsonl \\
        --out RUN/dataset/golden.jsonl [--prompts prompts.jsonl]

`--prompts` are the serving prompts that these questions lead to, for a host without a server
(`model_training.training.generating`). A question that no model is asked has none.
"""

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dialogue import CannotReplay, rebuild_prompt
from dialogue.testing import ScriptedModel
from dialogue.turns import DEFAULT_LIMITS
from model_training.evaluating import EvaluationRow, golden_rows, write_evaluation
from model_training.evaluating.asking import answered
from model_training.records import write_rows
from tests.benchmarks.dialogue_sets import index_folder, read_rows

ROLES = {"human": "user", "ai": "assistant", "system": "system"}


def prompts_of(rows: Sequence[EvaluationRow]) -> Iterator[dict[str, Any]]:
    for row in rows:
        model = ScriptedModel(replies=["NONE"], chunk=1_000)
        done = asyncio.run(answered(row, model=model, limits=DEFAULT_LIMITS))
        try:
            messages = rebuild_prompt(done.trace, chunks={})
        except CannotReplay:
            continue
        told = [{"role": ROLES[one.type], "content": str(one.content)} for one in messages]
        yield {"id": row.id, "language": row.language, "prompt": told}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--golden", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--prompts", type=Path)
    chosen = parser.parse_args()
    rows = list(golden_rows(read_rows(chosen.golden), search=index_folder(chosen.documents).search))
    print(f"{write_evaluation(chosen.out, rows)} questions in {chosen.out}")
    if chosen.prompts:
        print(f"{write_rows(chosen.prompts, prompts_of(rows))} prompts in {chosen.prompts}")


if __name__ == "__main__":
    main()
