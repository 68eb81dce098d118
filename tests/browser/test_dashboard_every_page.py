"""Every page of the dashboard, found by its route: nothing for axe to find, and nothing wider than its window.

Pages with something long or unusual on them are looked at beside what is done there.
"""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone

from apps.conversations.models import Skill
from apps.knowledge.models import Website
from tests.dashboard.browsing import PHONE, Enter, is_wider_than_its_window
from tests.dashboard.seeding import Desk
from tests.dashboard.test_access import ids_at, whole_pages

pytest_plugins = ["tests.services", "tests.dashboard.browsing"]
pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

# Reports of runs are files that `model_training` made; no script runs in them, not even axe.
NOT_OURS = "/reports/"


def places_of(office: Desk) -> list[str]:
    client = Client()
    client.force_login(office.people["admin"])
    site = f"/dashboard/sites/{office.site.pk}"
    conversations = [f"{site}/conversations/{it.pk}/" for it in office.conversations.values()]
    found = [place for place in whole_pages(client, ids_at(office)) if NOT_OURS not in place]
    others = [f"{site}/conversations/?view=mentions", "/dashboard/?choose", "/account/", "/nowhere/"]
    return list(dict.fromkeys([*found, *conversations, *others]))


def visited(office: Desk) -> None:
    """A website that is being read, with a page that could not be."""
    website = Website.objects.create(
        knowledge_base=office.site.knowledge_base,
        address="https://read.example/",
        lease_until=timezone.now() + timedelta(minutes=5),
        done=1,
        total=2,
    )
    website.pages.create(url="https://read.example/a", reason="too_slow", visited_at=timezone.now())


@pytest.mark.parametrize(
    ("locale", "scheme", "viewport"),
    [("en-GB", "light", {"width": 1280, "height": 800}), ("zh-CN", "dark", PHONE)],
    ids=["english-light-desktop", "chinese-dark-phone"],
)
def test_axe_finds_nothing_on_any_page(
    enter: Enter, office: Desk, locale: str, scheme: str, viewport: dict[str, int]
) -> None:
    Skill.objects.create(site=office.site, name="repairs")
    visited(office)
    places = places_of(office)
    assert len(places) > 40
    page = enter("admin", path=places[0], locale=locale, color_scheme=scheme, viewport=viewport)
    for place in places:
        page.goto(place)
        results = Axe().run(page)
        assert results.violations_count == 0, f"{place}\n{results.generate_report()}"
        assert not is_wider_than_its_window(page), place
