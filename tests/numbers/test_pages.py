"""The numbers over HTTP: who may see them, what they say, and what stands behind each of them."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.numbers.sweeping import sweep
from tests.dashboard.seeding import Desk
from tests.numbers.conftest import history, logged_in


def page(client: Client, desk: Desk, **query: object) -> str:
    return client.get(reverse("numbers", args=[desk.site.pk]), query).content.decode()


@pytest.mark.parametrize(
    ("who", "status"), [("agent", 403), ("operator", 200), ("admin", 200), ("stranger", 404)]
)
def test_numbers_are_for_operators_of_the_site(desk: Desk, who: str, status: int) -> None:
    client = logged_in(desk, who)
    for name in ("numbers", "counted"):
        assert client.get(reverse(name, args=[desk.site.pk])).status_code == status


def test_every_number_leads_to_the_conversations_behind_it(desk: Desk, operator: Client) -> None:
    history(desk.site)
    sweep(desk.site)
    tiles = operator.get(reverse("numbers", args=[desk.site.pk])).context["tiles"]
    assert {tile.name: tile.count for tile in tiles} == {"started": 5, "handed_over": 2, "by_assistant": 1}
    listed = operator.get(reverse("counted", args=[desk.site.pk]), {"figure": "by_assistant"})
    assert "Quiet Quentin" in listed.content.decode()
    assert "Open Olga" not in listed.content.decode()
