"""The list that many pages ask for at once."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from apps.conversations.live import events
from apps.dashboard.desk import shared_lists
from apps.dashboard.desk.shared_lists import Listed, shared


class Broker:
    """How far the notices of a site are."""

    def __init__(self) -> None:
        self.last: tuple[int, int] | None = (1, 0)

    def last_at_site(self, site_id: object) -> tuple[int, int] | None:
        return self.last


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    broker = Broker()
    monkeypatch.setattr(events, "last_at_site", broker.last_at_site)
    return broker


def lists(contents: str) -> Callable[[], Listed]:
    made = iter(contents)
    return lambda: Listed(next(made))


def test_the_same_list_is_made_once_until_something_happens(broker: Broker) -> None:
    site, made = uuid4(), lists("abc")
    assert [shared(site, "open", make=made).content for _ in range(3)] == ["a", "a", "a"]
    broker.last = (2, 0)
    assert shared(site, "open", make=made).content == "b"
    broker.last = (1, 5)  # asked before the others had heard
    assert shared(site, "open", make=made).content == "b"


def test_another_list_and_another_site_are_made_for_themselves(broker: Broker) -> None:
    site, made = uuid4(), lists("abc")
    asked = [(site, "open"), (site, "waiting"), (uuid4(), "open")]
    assert [shared(*one, make=made).content for one in asked] == ["a", "b", "c"]


def test_times_in_it_move_on(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_lists, "KEPT_SECONDS", 0.0)
    site, made = uuid4(), lists("ab")
    assert [shared(site, make=made).content for _ in range(2)] == ["a", "b"]


def test_without_a_broker_nothing_is_kept(broker: Broker) -> None:
    broker.last = None
    site, made = uuid4(), lists("ab")
    assert [shared(site, make=made).content for _ in range(2)] == ["a", "b"]
