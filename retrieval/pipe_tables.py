"""Tables that are drawn with bars inside a plain text ("| Weight | Fee |") → tables.

Markdown files are read as Markdown; this is for the texts of JSON lines, FAQs and text files, which are taken as they are.
"""

import re
from collections.abc import Iterator

from retrieval.documents import Table

_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)+\|?\s*$")
_BAR = re.compile(r"(?<!\\)\|")


def parts_of(text: str) -> Iterator[str | Table]:
    """In reading order; a text without such a table is itself the only part."""
    lines = text.split("\n")
    told: list[str] = []
    place = 0
    while place < len(lines):
        if place + 1 < len(lines) and "|" in lines[place] and _RULE.match(lines[place + 1]):
            if any(map(str.strip, told)):
                yield "\n".join(told).strip("\n")
            told = []
            end = place + 2
            while end < len(lines) and "|" in lines[end]:
                end += 1
            yield Table(header=_cells(lines[place]), rows=tuple(map(_cells, lines[place + 2 : end])))
            place = end
        else:
            told.append(lines[place])
            place += 1
    if any(map(str.strip, told)):
        yield "\n".join(told).strip("\n")


def _cells(line: str) -> tuple[str, ...]:
    line = re.sub(r"^\s*\||(?<!\\)\|\s*$", "", line)
    return tuple(cell.strip().replace("\\|", "|") for cell in _BAR.split(line))
