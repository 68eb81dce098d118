"""Puts fast tests first, so that a plain mistake is seen in seconds, and gives browsers a second look. `make test` loads it."""

import pytest

_SLOWER = ("services", "postgres", "model", "browser")


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
