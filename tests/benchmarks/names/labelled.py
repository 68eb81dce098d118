"""Lines whose names are marked: where each of them stands, and how many of them were found."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.planted.unseen import HALVES, HARMLESS, LATER, NAMES, sentences

_FOLDER = Path(__file__).parent
_BESIDE_A_SURNAME = re.compile(
    "先生|女士|小姐|太太|老师|师傅|经理|总|姐|哥|工|医生|阿姨|叔|大|老板|主任|某|太|生|教练|律师|护士|同学|伯|爷|奶|妈|爸|嫂|婶|姨"
)
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Labelled:
    text: str
    names: tuple[Place, ...]


@dataclass(slots=True)
class Found:
    names: int = 0
    missed: int = 0
    nameless: int = 0
    in_vain: int = 0

    def add(self, line: Labelled, found: Sequence[Place]) -> None:
        """A name counts as found when none of its letters is left; a line without any when nothing of it is taken."""
        covered = {place for start, end in found for place in range(start, end)}
        self.names += len(line.names)
        self.missed += sum(
            any(line.text[place].isalnum() and place not in covered for place in range(*name))
            for name in line.names
        )
        self.nameless += not line.names
        self.in_vain += not line.names and bool(found)

    def told(self) -> dict[str, Any]:
        found, kept = 1 - self.missed / max(1, self.names), self.in_vain / max(1, self.nameless)
        return {
            "names": self.names,
            "found": round(found, 3),
            "nameless": self.nameless,
            "in_vain": round(kept, 3),
        }


def count(lines: Iterable[Labelled], find: Callable[[str], Sequence[Place]]) -> Found:
    found = Found()
    for line in lines:
        found.add(line, find(line.text))
    return found


def read(name: str) -> list[Labelled]:
    lines = (_FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_labelled(json.loads(line)) for line in lines if line.strip()]


def marked(name: str) -> list[Labelled]:
    """Lines with their names in braces."""
    lines = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()[1:]
    return [_unmarked(line) for line in lines]


def _unmarked(line: str) -> Labelled:
    text, names = "", []
    for piece in re.split(r"(\{[^}]+\})", line):
        if piece.startswith("{"):
            names.append((len(text), len(text) + len(piece) - 2))
        text += piece.strip("{}")
    return Labelled(text, tuple(names))


def planted(language: str) -> Iterator[Labelled]:
    """The sentences of the sets that the rules were made with and counted on."""
    for half in (*HALVES, *LATER):
        for one in sentences(NAMES, language=language, half=half):
            yield _labelled({"text": one.text, "names": [item.text for item in one.items], "others": []})
        for one in sentences(HARMLESS, language=language, half=half):
            yield Labelled(one.text, ())


def _labelled(row: dict[str, Any]) -> Labelled:
    """`spans` tell where the names stand; `names` and `others` where a look for them is enough."""
    if "spans" in row:
        return Labelled(row["text"], tuple((start, end) for start, end in row["spans"]))
    text, taken = row["text"], set[int]()
    others = [place for other in row["others"] for place in _places_of(other, text)]
    names: list[Place] = []
    for name in sorted(set(row["names"]), key=len, reverse=True):
        places = [
            place
            for place in _places_of(name, text)
            if taken.isdisjoint(range(*place)) and not any(_cuts(other, place) for other in others)
        ]
        places = _of_surname(text, places) if len(name) == 1 and len(places) > 1 else places
        taken.update(spot for place in places for spot in range(*place))
        names += places
    return Labelled(text, tuple(sorted(names)))


def _places_of(piece: str, text: str) -> list[Place]:
    edge = (
        r"(?<![^\W\u3400-\u9fff]){}(?![^\W\u3400-\u9fff])" if not "\u3400" <= piece[0] <= "\u9fff" else "{}"
    )
    return [found.span() for found in re.finditer(edge.format(re.escape(piece)), text)]


def _cuts(other: Place, name: Place) -> bool:
    """Whether a name's letters are another word's; one inside a name is the name's."""
    overlap = other[0] < name[1] and name[0] < other[1]
    return overlap and not (name[0] <= other[0] and other[1] <= name[1])


def _of_surname(text: str, places: list[Place]) -> list[Place]:
    """A letter that is a surname may stand elsewhere in the line as a word."""
    named = [
        (start, end)
        for start, end in places
        if _BESIDE_A_SURNAME.match(text, end) or (start and text[start - 1] in "小老阿姓大")
    ]
    return named or places[:1]
