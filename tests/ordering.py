"""How `make test` spreads the suite over its processes, and a second look for browsers.

What needs the same real parts stays together in one process, so that each service is started once. These long groups begin
first; fast tests, file by file, fill what is left beside and behind them.
"""

import pytest

_GROUPS = {"services": "parts", "postgres": "parts", "model": "parts", "browser": "browser"}
_LANES = ("parts", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
        if item.get_closest_marker("browser"):
            # A real browser beside real servers on two busy cores: one more look, and pytest lists who needed it.
            item.add_marker(pytest.mark.flaky(reruns=2))
    items.sort(key=_place)


def _group(item: pytest.Item) -> str:
    """A browser over services of its own stays with the browsers; all that asks the model stays together."""
    markers = {mark.name for mark in item.iter_markers()}
    if "browser" in markers and "model" not in markers:
        return "browser"
    named = (group for marker, group in _GROUPS.items() if marker in markers)
    return next(named, item.nodeid.partition("::")[0])


def _place(item: pytest.Item) -> tuple[int, int]:
    """The run on PostgreSQL begins before all others of its group, and is asked for its end after them."""
    group = _group(item)
    lane = _LANES.index(group) if group in _LANES else len(_LANES)
    runs = item.get_closest_marker("postgres")
    if runs is not None:
        return lane, runs.kwargs["place"]
    return lane, 1 if item.get_closest_marker("model") else 0
