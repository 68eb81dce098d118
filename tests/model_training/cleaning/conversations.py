"""Conversations for tests, made from words that the cleaning was not fitted to."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def talk(name: str, *said: str, **given: Any) -> Row:
    """A conversation in which customer and agent take turns, the customer first."""
    messages = [
        {
            "role": "user" if place % 2 == 0 else "assistant",
            "content": text,
            "author": "contact" if place % 2 == 0 else "agent",
        }
        for place, text in enumerate(said)
    ]
    row: Row = {
        "id": name,
        "site": "shop",
        "contact": f"contact-{name}",
        "language": "",
        "started_at": "2026-03-01T10:00:00+00:00",
        "messages": messages,
        "outcome": {"status": "resolved", "resolved_by": "agent"},
        "consent": True,
        "provenance": {"source": "test"},
    }
    return row | given


def write(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
