"""How good are the answers? Golden questions through `dialogue.answer`, with a model or (default) quoting without one.

    python -m tests.benchmarks.dialogue_quality --documents demo/shop/documents --golden demo/shop/golden.jsonl
    … --model http://127.0.0.1:8101/v1 --every 4 --out report.json

Per language: right (an expected text is in the answer), wrong, cited (an expected document is), refused rightly and
wrongly, withheld sentences, seconds to the first checked sentence, tokens.
"""

import argparse
import asyncio
import json
import statistics
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from dialogue import Answer, AnswerLimits, Finished, answer, connect
from retrieval import KnowledgeIndex
from tests.benchmarks.dialogue_sets import Row, index_folder, is_expected, read_rows, says, turn_of

PATIENT = AnswerLimits(search=600.0, total=630.0)  # a busy machine is no wrong answer
RULED = ("handoff", "small_talk")  # kinds of questions that no passage answers


async def ask(row: Row, *, index: KnowledgeIndex, model: BaseChatModel | None) -> Answer:
    async for event in answer(turn_of(row), search=index.search, model=model, limits=PATIENT):
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("an answer always ends with Finished")


def verdict(row: Row, *, done: Answer) -> str:
    if row.get("kind") in RULED:
        expected = "asked_for_person" if row["kind"] == "handoff" else "small_talk"
        return "right" if done.reason == expected else "wrong"
    if not row["answerable"]:
        return "rightly refused" if done.decision != "answer" else "wrongly answered"
    if done.decision != "answer":
        return "wrongly refused"
    return "right" if says(done.text, row=row) else "wrong"


def summarize(results: Sequence[tuple[Row, Answer]]) -> dict[str, dict[str, Any]]:
    report: dict[str, dict[str, Any]] = defaultdict(lambda: defaultdict(int))
    for row, done in results:
        numbers = report[row["language"]]
        numbers["questions"] += 1
        numbers[verdict(row, done=done)] += 1
        numbers[f"reason {done.reason}"] += 1
        numbers["withheld"] += len(done.withheld)
        if row["answerable"] and done.citations:
            numbers["answered with citations"] += 1
            numbers["an expected document is cited"] += any(
                is_expected(citation.document_id, row=row) for citation in done.citations
            )
    for language, numbers in report.items():
        firsts = [
            d.timings["first_sentence"]
            for r, d in results
            if r["language"] == language and "first_sentence" in d.timings
        ]
        numbers["median seconds to the first sentence"] = (
            round(statistics.median(firsts), 3) if firsts else None
        )
        numbers["output tokens"] = sum(
            d.usage.get("output_tokens", 0) for r, d in results if r["language"] == language
        )
    return {language: dict(numbers) for language, numbers in report.items()}


async def run(
    rows: Sequence[Row], *, index: KnowledgeIndex, model: BaseChatModel | None, show: bool
) -> dict[str, Any]:
    results = []
    for row in rows:
        done = await ask(row, index=index, model=model)
        results.append((row, done))
        if show and "wrong" in verdict(row, done=done):
            print(
                f"{row['id']} {verdict(row, done=done)} ({done.reason}): {row['question']}\n    {done.text}"
            )
    return summarize(results)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--golden", type=Path, required=True)
    parser.add_argument(
        "--model", help="address of an OpenAI-compatible server; without it passages are quoted"
    )
    parser.add_argument("--name", default="home", help="the model's name there")
    parser.add_argument("--every", type=int, default=1, help="only each n-th question")
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    parser.add_argument("--unread", action="store_true", help="without the cross-encoder")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    model = connect(base_url=chosen.model, api_key="", model=chosen.name) if chosen.model else None
    rows = read_rows(chosen.golden)[:: chosen.every]
    report = asyncio.run(
        run(
            rows, index=index_folder(chosen.documents, reads=not chosen.unread), model=model, show=chosen.show
        )
    )
    print(json.dumps(report, ensure_ascii=False, indent=1))
    if chosen.out:
        chosen.out.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
