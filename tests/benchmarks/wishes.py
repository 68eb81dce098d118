"""Wishes in unusual words: how many are recognised as the action that they ask for, and what is taken for one wrongly.

    python -m tests.benchmarks.wishes [--show] [--data ../shared/data]

`--data` adds public customer messages: which of them would be taken for a wish (a look at false alarms, not a score).
"""

import argparse
from collections import Counter
from pathlib import Path

from dialogue import Offer, Slot, Turn, request_in
from tests.benchmarks.acts_fit import public

WISHES = Path(__file__).parent / "strangers" / "wishes.txt"
CODE = Slot(name="order", kind="code", pattern=r"MW\d{8}")
OFFERS = (
    Offer(name="status", intent="status", slots=(CODE,), is_confirmed=False),
    Offer(name="cancel", intent="cancel", slots=(CODE,)),
    Offer(name="change_address", intent="change_address", slots=(CODE, Slot(name="address"))),
    Offer(name="return", intent="return", slots=(CODE,)),
)


def seen(text: str) -> str:
    found = request_in(Turn(question=text), offers=OFFERS)
    return found.offer.name if found else "none"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--data", type=Path)
    chosen = parser.parse_args()
    rows = [line.split("\t", 1) for line in WISHES.read_text(encoding="utf-8").splitlines() if "\t" in line]
    right: Counter[str] = Counter()
    for kind, text in rows:
        found = seen(text)
        right[kind] += found == kind
        if chosen.show and found != kind:
            print(f"{kind} taken for {found}: {text}")
    for kind, total in Counter(kind for kind, _ in rows).items():
        print(f"{kind:15} {right[kind]:>3} of {total}")
    for name in ("clinc150", "banking77", "natcs", "bitext_8k", "crosswoz") if chosen.data else ():
        texts = [text for _, text, of in public(chosen.data) if of == name]
        taken = [(kind, text) for text in texts if (kind := seen(text)) != "none"]
        print(f"{name}: {len(taken)} of {len(texts)} taken for a wish", taken[:6] if chosen.show else "")


if __name__ == "__main__":
    main()
