"""Sentences in which names and other items stand in braces, and such in which nobody is named.

Of each file every first line was there to make the recognisers with (`seen`); every second one was counted before any of them
was looked at (`unseen`). `later` ones were written when the recognisers stood, and `last` ones after what those had taught.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.planted.personal import Item

_FOLDER = Path(__file__).parent
_MARKED = re.compile(r"\{([^}]+)\}")
_WORDS = re.compile(r"[\u4e00-\u9fff]+|[^\W_\u4e00-\u9fff]+")
HALVES = ("seen", "unseen")
LATER = ("later", "last")
HARMLESS, NAMES, ITEMS = "no_names", "names", "items"


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    items: tuple[Item, ...]

    def left_in(self, text: str) -> list[Item]:
        return [item for item in self.items if item.left_in(text)]


def sentences(name: str, *, language: str, half: str) -> list[Sentence]:
    if half in LATER:
        return [_sentence(line, language=language) for line in _lines(f"{half}_{name}_{language}")]
    lines = _lines(f"{name}_{language}")[HALVES.index(half) :: 2]
    return [_sentence(line, language=language) for line in lines]


def _lines(file: str) -> list[str]:
    path = _FOLDER / f"{file}.txt"
    return path.read_text(encoding="utf-8").splitlines()[1:] if path.is_file() else []


def _sentence(line: str, *, language: str) -> Sentence:
    kind, marked, rest = line.partition(" | ")
    kind, line = (kind, rest) if marked else ("name", line)
    text = _MARKED.sub(r"\1", line)
    return Sentence(text, tuple(_items(line, kind=kind, language=language)))


def _items(line: str, *, kind: str, language: str) -> Iterator[Item]:
    for found in _MARKED.finditer(line):
        item = found.group(1)
        around = line[max(0, found.start() - 1) : found.start()], line[found.end() : found.end() + 1]
        telling = _of_name(item, around=around) if kind == "name" else _of_code(item, kind=kind)
        yield Item(kind, language, item, telling)


def _of_name(name: str, *, around: tuple[str, str]) -> tuple[str, ...]:
    """Each of its words; of a Chinese name what is given, of a surname alone how it stands there."""
    if not "\u4e00" <= name[0] <= "\u9fff":
        return tuple(word for word in _WORDS.findall(name) if len(word) > 1)
    before, behind = around
    return (name[1:] if len(name) > 2 else name if len(name) > 1 else before + name + behind,)


def _of_code(item: str, *, kind: str) -> tuple[str, ...]:
    words = _WORDS.findall(item)
    if kind == "mail":
        return (words[0],)
    return tuple(word for word in words if len(word) > 2 and any(map(str.isnumeric, word))) or (item,)
