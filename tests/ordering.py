"""Puts slow tests last, gives browsers a second look, and hands on how many passed. `make test` loads it."""

import json
import os
from pathlib import Path

import pytest

_PLURAL = {"error": "errors"}  # as pytest's closing line has it
# The run on PostgreSQL goes on beside the others, and is asked for its end after them.
_SLOWER = ("services", "model", "browser", "postgres")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_slowness)
    for item in items:
        if item.get_closest_marker("browser"):
            # A real browser beside real servers on two busy cores: one more look, and pytest lists who needed it.
            item.add_marker(pytest.mark.flaky(reruns=2))


def _slowness(item: pytest.Item) -> int:
    return max(
        (rank for rank, marker in enumerate(_SLOWER, start=1) if item.get_closest_marker(marker)), default=0
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """For the sum of several runs (`home/suite.py`)."""
    if file := os.environ.get("COUNTS_FILE"):
        counts = {
            _PLURAL.get(name, name): len(found) for name, found in terminalreporter.stats.items() if name
        }
        Path(file).write_text(json.dumps(counts))
