"""Strangers' questions over six small knowledge bases that are nothing like the demo: a bank, a broadband provider, a railway,
public pools, smart home devices, and a clinic whose pages are in one of two languages each.

    python -m tests.benchmarks.strangers [--show] [--base bank] [--kind person] [--out report.json]
    … --model http://127.0.0.1:8101/v1 --every 4

A table by kind and language: right, wrong (answered beside the point), wrongly refused, wrongly answered, wrongly handed
over, and other slips (a person or small talk that was missed, the wrong language). Nothing here is fitted on.

A row: {"id", "base", "kind", "language", "question", "history"?, "expect", "says"?, "never"?}. `says` has one list of
alternatives for each part that must be answered; `never` is what no answer may hold.
"""

import argparse
import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from langchain_core.language_models import BaseChatModel

from dialogue import Answer, connect, language_of
from tests.benchmarks.dialogue_quality import ask
from tests.benchmarks.dialogue_sets import Row, index_folder, read_rows, says

FOLDER = Path(__file__).parent
COLUMNS = ("right", "wrong", "wrongly refused", "wrongly answered", "wrongly handed over", "other slips")


def verdict(row: Row, *, done: Answer) -> str:
    """One of COLUMNS."""
    if any(says(done.text, row={"expected_text": [told]}) for told in row.get("never", ())):
        return "wrong"
    if done.reason == "asked_for_person":
        return (
            "right" if row["expect"] in ("person", "handoff", "answer_or_handoff") else "wrongly handed over"
        )
    if done.source == "rules" and language_of(done.text, locale="en") != row["language"]:
        return "other slips"
    answered = done.decision == "answer" and done.reason != "small_talk"
    match row["expect"]:
        case "person":
            return "wrongly answered" if answered else "other slips"
        case "talk" | "talk_or_clarify":
            fits = done.reason == "small_talk" or (done.decision == "clarify" and row["expect"] != "talk")
            return "right" if fits else "other slips"
        case "any" | "not_person":
            return "right" if done.reason != "small_talk" else "other slips"
        case "refuse" | "handoff" | "clarify" | "clarify_or_refuse":
            return _refusal(row, done=done, answered=answered)
        case _:
            return _answer(row, done=done, answered=answered)


def _refusal(row: Row, *, done: Answer, answered: bool) -> str:
    if answered:
        return "wrongly answered"
    wanted = {
        "refuse": ("handoff", "clarify", "answer"),
        "clarify_or_refuse": ("handoff", "clarify"),
        "handoff": ("handoff",),
        "clarify": ("clarify",),
    }
    return "right" if done.decision in wanted[row["expect"]] else "other slips"


def _answer(row: Row, *, done: Answer, answered: bool) -> str:
    if not answered:
        return "right" if done.decision in row["expect"] or "refuse" in row["expect"] else "wrongly refused"
    parts = row.get("says", ())
    return "right" if all(says(done.text, row={"expected_text": part}) for part in parts) else "wrong"


async def run(
    rows: Sequence[Row], *, model: BaseChatModel | None, show: bool, reads: bool
) -> list[tuple[Row, Answer, str]]:
    bases = sorted({row["base"] for row in rows})
    indexes = {base: index_folder(FOLDER / base, reads=reads) for base in bases}
    results = []
    for row in rows:
        done = await ask(row, index=indexes[row["base"]], model=model)
        found = verdict(row, done=done)
        results.append((row, done, found))
        if show and found != "right":
            print(
                f"{row['id']} {row['kind']}: {found} ({done.decision}, {done.reason}): {row['question'][-90:]}"
            )
            print(f"    {done.text!r}")
    return results


def table(results: Sequence[tuple[Row, Answer, str]]) -> Iterator[str]:
    counted: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row, _, found in results:
        for key in ((row["kind"], row["language"]), ("all", row["language"]), ("all", "")):
            counted[key][found] += 1
    yield f"{'kind':14}{'':4}{'asked':>6}" + "".join(f"{name:>21}" for name in COLUMNS)
    for kind, language in sorted(counted, key=lambda key: (key[0] == "all", key)):
        yield _line(kind, language, counted[kind, language])


def _line(kind: str, language: str, counts: Mapping[str, int]) -> str:
    cells = "".join(f"{counts.get(name, 0) or '·':>21}" for name in COLUMNS)
    return f"{kind:14}{language:4}{sum(counts.values()):>6}{cells}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", type=Path, default=FOLDER / "questions.jsonl")
    parser.add_argument("--base")
    parser.add_argument("--kind")
    parser.add_argument(
        "--model", help="address of an OpenAI-compatible server; without it passages are quoted"
    )
    parser.add_argument("--name", default="home", help="the model's name there")
    parser.add_argument("--every", type=int, default=1, help="only each n-th question")
    parser.add_argument("--show", action="store_true", help="print what is not right")
    parser.add_argument("--unread", action="store_true", help="without the cross-encoder")
    parser.add_argument("--out", type=Path, help="a JSON file with each row's verdict and answer")
    chosen = parser.parse_args()
    model = connect(base_url=chosen.model, api_key="", model=chosen.name) if chosen.model else None
    rows = [
        row
        for row in read_rows(chosen.questions)
        if chosen.base in (None, row["base"]) and chosen.kind in (None, row["kind"])
    ][:: chosen.every]
    results = asyncio.run(run(rows, model=model, show=chosen.show, reads=not chosen.unread))
    print("\n".join(table(results)))
    if chosen.out:
        told = [
            {"id": row["id"], "verdict": found, "reason": done.reason, "text": done.text}
            for row, done, found in results
        ]
        chosen.out.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
