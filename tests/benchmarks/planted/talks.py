"""Good conversations that no rule was made for: from trades in `en.txt` and `zh.txt`, and from Python's own manual.

A conversation speaks of two trades one after the other, and no two speak of the same two: so none repeats another.
"""

import random
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

Row = dict[str, Any]
_FOLDER = Path(__file__).parent
_OPENINGS = {
    "en": ("", "", "Good evening, ", "Hi there! ", "Quick question: "),
    "zh": ("", "", "你好，", "在吗？", "麻烦问下，"),
}
_NEXT = {
    "en": ("And another thing: ", "Thanks. ", "Understood. Also, ", ""),
    "zh": ("还有一件事，", "谢谢。", "明白了。另外，", ""),
}
_MAIL = ("To whom it may concern,\n\n{}\n\nWith kind regards", "Hello,\n\n{}\n\nYour service desk")
_PROSE = re.compile(r"[A-Z][^:>]{180,900}\.$", re.DOTALL)


def pairs(language: str) -> list[tuple[str, str]]:
    lines = (_FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split(" | ")) for line in lines if not line.startswith("#")]


def trades(language: str, *, rows: int, rnd: random.Random) -> list[Row]:
    twos = list(combinations(pairs(language), 2))
    chosen = rnd.sample(twos, min(rows, len(twos)))
    return [
        _row(f"{language}{number}", _said(one, other, language=language, rnd=rnd), language=language, rnd=rnd)
        for number, (one, other) in enumerate(chosen)
    ]


def manual(*, rows: int, rnd: random.Random) -> list[Row]:
    """A paragraph answers who asks what stands at its beginning; the manual itself says some things twice."""
    found = list({_beginning(text)[:30]: text for text in _paragraphs()}.values())
    return [
        _row(f"manual{number}", [f"How is this meant: {_beginning(text)}?", text], language="en", rnd=rnd)
        for number, text in enumerate(rnd.sample(found, min(rows, len(found))))
    ]


SOURCES = {
    "en": lambda rows, rnd: trades("en", rows=rows, rnd=rnd),
    "zh": lambda rows, rnd: trades("zh", rows=rows, rnd=rnd),
    "manual": lambda rows, rnd: manual(rows=rows, rnd=rnd),
}


def _said(one: tuple[str, str], other: tuple[str, str], *, language: str, rnd: random.Random) -> list[str]:
    said = [
        rnd.choice(_OPENINGS[language]) + one[0],
        one[1],
        rnd.choice(_NEXT[language]) + other[0],
        other[1],
    ]
    if language == "en" and rnd.random() < 0.3:
        return [_MAIL[place % 2].format(text) for place, text in enumerate(said)]
    return said


def _paragraphs() -> Iterator[str]:
    for text in topics.values():
        for paragraph in text.split("\n\n"):
            plain = " ".join(paragraph.replace("*", "").replace("“", '"').replace("”", '"').split())
            if not paragraph.startswith(" ") and _PROSE.fullmatch(plain):
                yield plain


def _beginning(text: str) -> str:
    return " ".join(text.split()[:9]).rstrip(",.;").lower()


def _row(name: str, said: list[str], *, language: str, rnd: random.Random) -> Row:
    messages = [
        {"role": "user" if place % 2 == 0 else "assistant", "content": text}
        for place, text in enumerate(said)
    ]
    return {
        "id": name,
        "site": "planted",
        "contact": f"contact-{name}",
        "language": language,
        "started_at": f"2026-{rnd.randrange(1, 13):02d}-{rnd.randrange(1, 29):02d}T09:00:00+00:00",
        "messages": messages,
        "outcome": {"status": "resolved"},
        "consent": True,
        "provenance": {"source": "planted"},
    }
