"""Names and other personal data in sentences written for this alone: how many are left to read, how often in vain.

    python -m tests.benchmarks.cleaning_unseen [--half seen|unseen|later|last|blind] [--show]

`seen` are the sentences that the recognisers were made with, `unseen` were held back, `later` and `last` were written afterwards.
`blind` are lines by other hands that nobody has read, with the rules alone and with the tagger.
"""

import argparse
import json
from collections import Counter
from dataclasses import dataclass

from model_training.cleaning.personal_data import scrub_text
from model_training.cleaning.personal_data.names import find_by_rules, find_names
from tests.benchmarks.names.labelled import Found, Place, read
from tests.benchmarks.names.labelled import count as count_lines
from tests.benchmarks.planted.unseen import HALVES, HARMLESS, ITEMS, LATER, NAMES, sentences

BLIND = "blind"


@dataclass(frozen=True, slots=True)
class Counted:
    planted: Counter[str]
    left: list[tuple[str, str]]  # the kind, and what is left in which text
    in_vain: list[str]
    harmless: int


def count(*, language: str, half: str) -> Counted:
    planted: Counter[str] = Counter()
    left: list[tuple[str, str]] = []
    for one in (row for name in (NAMES, ITEMS) for row in sentences(name, language=language, half=half)):
        planted.update(item.kind for item in one.items)
        text = scrub_text(one.text).text
        left += [(item.kind, f"{item.text!r} in {text!r}") for item in one.left_in(text)]
    harmless = [one.text for one in sentences(HARMLESS, language=language, half=half)]
    changed = [f"{text!r} became {scrub_text(text).text!r}" for text in harmless if scrub_text(text).found]
    return Counted(planted, left, changed, len(harmless))


def count_blind(language: str) -> dict[str, Found]:
    lines = read(f"blind_{language}")
    return {"rules alone": count_lines(lines, _by_rules), "rules and tagger": count_lines(lines, _by_all)}


def _by_rules(text: str) -> list[Place]:
    return [(span.start, span.end) for span in find_by_rules(text)]


def _by_all(text: str) -> list[Place]:
    return [(span.start, span.end) for span in find_names(text)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--half", choices=(*HALVES, *LATER, BLIND), default=LATER[-1])
    parser.add_argument("--show", action="store_true", help="what was left, and what was taken in vain")
    chosen = parser.parse_args()
    for language in ("en", "zh"):
        if chosen.half == BLIND:
            for by, found in count_blind(language).items():
                print(json.dumps({"language": language, "by": by} | found.told()))
            continue
        done = count(language=language, half=chosen.half)
        for kind, planted in done.planted.items():
            left = sum(one == kind for one, _ in done.left)
            print(json.dumps({"language": language, "kind": kind, "planted": planted, "left": left}))
        print(json.dumps({"language": language, "harmless": done.harmless, "in_vain": len(done.in_vain)}))
        if chosen.show:
            print("\n".join([*(f"  {kind} left: {text}" for kind, text in done.left), *done.in_vain]))


if __name__ == "__main__":
    main()
