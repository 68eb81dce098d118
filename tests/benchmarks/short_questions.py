"""How well short questions are found, judged and answered: "how much is shipping", "怎么开发票？".

    python -m tests.benchmarks.short_questions [--data FOLDER] [--half unseen] [--cache FILE] [--show] [--json]

Search: the best passage is the right one (hit@1), nDCG@10, and how true its relevance is: Brier score, the area under the
curve against questions that nothing answers, and by fifths what was promised against what was right. Dialogue, without a
model: how many of the answered get an answer, and one with the right page, and how many of the others get none.
The sets of `short_sets.py`; without a folder, those written by hand. Numbers are fitted on the half "fit" only.
"""

import argparse
import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from dialogue import Answer
from dialogue.fit import DEFAULT_FIT
from retrieval import HomeEmbeddings, SearchResult
from retrieval.fitting import ndcg
from tests.benchmarks.dialogue_quality import ask
from tests.benchmarks.dialogue_sets import Row, index_chunks, says
from tests.benchmarks.retrieval_quality import RememberedEmbeddings
from tests.benchmarks.short_sets import ShortSet, load_short_sets, right_documents

FIFTHS = np.linspace(0, 1, 6)
NEEDED = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
NEEDED_WHEN_SAID = (0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.3)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question of a set with what was found and what was said."""

    row: Row
    right: frozenset[str]
    found: SearchResult
    done: Answer

    @property
    def relevance(self) -> float:
        return max((passage.relevance for passage in self.found.passages[:3]), default=0.0)

    @property
    def hit(self) -> bool:
        return bool(self.found.passages) and self.found.passages[0].chunk.document_id in self.right

    @property
    def answered(self) -> bool:
        return self.done.decision == "answer" and self.done.reason != "small_talk"

    @property
    def all_said(self) -> bool:
        return bool(self.done.trace["evidence_needed"] == DEFAULT_FIT.evidence_needed_when_said)

    @property
    def cited(self) -> bool:
        return self.answered and any(each.document_id in self.right for each in self.done.citations)

    @property
    def said(self) -> bool:
        return self.answered and says(self.done.text, row=self.row)


def ask_all(each: ShortSet, *, embedder: RememberedEmbeddings) -> list[Asked]:
    index = index_chunks(each.chunks, embedder=embedder)
    return [
        Asked(
            row=row,
            right=right_documents(row, chunks=each.chunks),
            found=index.search(row["question"], limit=16),
            done=asyncio.run(ask(row, index=index, model=None)),
        )
        for row in each.rows
    ]


def figures(asked: Sequence[Asked]) -> dict[str, float]:
    known = [each for each in asked if each.right]
    near = [each for each in asked if each.row["kind"] == "near"]
    far = [each for each in asked if each.row["kind"] == "far"]
    texts = [each for each in known if each.row["expected_text"]]
    return {
        "questions": len(known),
        "hit@1": _share(each.hit for each in known),
        "nDCG@10": float(np.mean([ndcg(_documents(each), each.right) for each in known])),
        "Brier": float(np.mean([(each.relevance - each.hit) ** 2 for each in asked])),
        "AUC near": _area(known, near),
        "AUC far": _area(known, far),
        "answered": _share(each.answered for each in known),
        "right page": _share(each.cited for each in known),
        "to the point": _share(each.said for each in texts),
        "near answered": _share(each.answered for each in near),
        "far answered": _share(each.answered for each in far),
    }


def calibration(asked: Sequence[Asked]) -> list[tuple[float, float, int]]:
    """For each fifth of relevance: what was promised, how often it was right, and of how many."""
    promised = np.array([each.relevance for each in asked])
    hits = np.array([each.hit for each in asked])
    place = np.clip(np.digitize(promised, FIFTHS) - 1, 0, 4)
    return [
        (float(promised[place == n].mean()), float(hits[place == n].mean()), int((place == n).sum()))
        for n in range(5)
        if (place == n).any()
    ]


def thresholds(asked: Sequence[Asked]) -> Iterator[tuple[float, float, dict[str, float]]]:
    """The shares of questions that would be answered, by kind, were as much evidence needed, and where all is said."""
    weighed = [each for each in asked if "evidence" in each.done.trace]
    for needed in NEEDED:
        for when_said in (one for one in NEEDED_WHEN_SAID if one <= needed):
            yield (
                needed,
                when_said,
                {
                    kind: _share(
                        each.done.trace["evidence"] >= (when_said if each.all_said else needed)
                        for each in weighed
                        if each.row["kind"] == kind
                    )
                    for kind in ("short", "near", "far")
                },
            )


def _documents(each: Asked) -> list[str]:
    return list(dict.fromkeys(passage.chunk.document_id for passage in each.found.passages))


def _share(values: Iterable[bool]) -> float:
    found = list(values)
    return float(np.mean(found)) if found else float("nan")


def _area(known: Sequence[Asked], others: Sequence[Asked]) -> float:
    if not others:
        return float("nan")
    scores = [each.relevance for each in (*known, *others)]
    return float(roc_auc_score([1] * len(known) + [0] * len(others), scores))


def grouped(sets: Iterable[ShortSet], *, embedder: RememberedEmbeddings) -> dict[str, list[Asked]]:
    """By set; the small ones of help pages together by language, and the demo shop by the question's."""
    groups: dict[str, list[Asked]] = defaultdict(list)
    for each in sets:
        print(f"asking {each.name}", file=sys.stderr)
        for asked in ask_all(each, embedder=embedder):
            name = " ".join(each.name.split()[:2])
            groups[name if each.name.endswith(" short") else f"{name} {asked.row['language']}"].append(asked)
        embedder.save()
    return groups


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--half", choices=("fit", "unseen"), default="unseen")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    parser.add_argument("--thresholds", action="store_true", help="print what other thresholds would answer")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    embedder = RememberedEmbeddings(HomeEmbeddings(), path=options.cache)
    groups = grouped(load_short_sets(options.data, half=options.half), embedder=embedder)
    table = {name: figures(asked) for name, asked in groups.items()}
    table["mean"] = {
        what: float(np.nanmean([row[what] for row in table.values()])) for what in table[next(iter(table))]
    }
    if options.show:
        _show(groups)
    if options.thresholds:
        for needed, when_said, shares in thresholds([one for asked in groups.values() for one in asked]):
            print(f"{needed:.2f}, {when_said:.2f} where all is said: answered {shares}")
    if options.json:
        print(
            json.dumps(
                {
                    "sets": table,
                    "calibration": calibration([one for asked in groups.values() for one in asked]),
                }
            )
        )
        return
    print(f"{'':18}" + "".join(what.rjust(14) for what in table["mean"]))
    for name, row in table.items():
        print(f"{name:18}" + "".join(f"{value:14.3f}" for value in row.values()))
    for promised, right, number in calibration([one for asked in groups.values() for one in asked]):
        print(f"relevance {promised:.2f}: right {right:.2f} of {number}")


def _show(groups: dict[str, list[Asked]]) -> None:
    for name, asked in groups.items():
        for each in asked:
            best = each.found.passages[0].chunk.document_id if each.found.passages else ""
            is_wrong = not (each.hit and each.cited) if each.right else each.answered
            if is_wrong:
                print(
                    f"{name} [{each.row['kind']}] {each.row['question']} -> {best} {each.relevance:.2f}"
                    f" {each.done.decision} {each.done.reason} evidence {each.done.trace.get('evidence')}"
                )


if __name__ == "__main__":
    main()
