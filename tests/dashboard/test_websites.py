"""Websites in the dashboard: what would be read is shown first; private addresses and broken ones are told apart."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.knowledge.models import Website
from apps.knowledge.websites.services import Plan
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk


@pytest.fixture
def operator(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["operator"])


def show(client: Client, desk: Desk, **query: str) -> str:
    return client.get(reverse("website_list", args=[desk.site.pk]), query).content.decode()


def post(client: Client, desk: Desk, name: str, *ids: object, **form: str) -> object:
    return client.post(reverse(name, args=[desk.site.pk, *ids]), form)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://127.0.0.1:1/", "leads into a private network"),
        ("http://2130706433/", "leads into a private network"),
        ("http://[::ffff:10.0.0.1]/", "leads into a private network"),
        ("ftp://x.example/", "no address that can be read"),
        ("nonsense", "no address that can be read"),
    ],
)
def test_what_cannot_be_read_says_why(operator: Client, desk: Desk, address: str, sentence: str) -> None:
    assert sentence in show(operator, desk, address=address)
    assert not Website.objects.exists()


def test_what_would_be_read_is_shown_first(
    operator: Client, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = tuple(f"https://shop.example/{n}" for n in range(500))
    planned = Plan(pages=pages, listed=10_000, forbidden=3)
    monkeypatch.setattr("apps.knowledge.websites.services.plan", lambda address, fetch: planned)
    page = show(operator, desk, address="https://shop.example/sitemap.xml")
    assert "https://shop.example/99<" in page
    assert "10000 pages are listed here, but only the first 500" in page
    assert "3 pages are kept away by robots.txt." in page
    assert not Website.objects.exists()


def test_one_is_added_read_again_and_removed(operator: Client, desk: Desk) -> None:
    post(
        operator, desk, "add_website", address="https://shop.example/help/", every="168", audience="verified"
    )
    website = Website.objects.get()
    assert (website.every_hours, website.audience) == (168, "verified")
    again = post(operator, desk, "add_website", address="https://shop.example/help/")
    assert "This address is here already." in again.content.decode()
    Website.objects.update(reason="too_slow", next_visit_at="2090-01-01T00:00Z")
    assert "The page took too long." in show(operator, desk)
    before = Website.objects.get().next_visit_at
    post(operator, desk, "visit_website", website.pk)
    assert Website.objects.get().next_visit_at < before
    post(operator, desk, "delete_website", website.pk)
    assert not Website.objects.exists()


def test_an_empty_list_tells_what_to_do_next(operator: Client, desk: Desk) -> None:
    assert "No website is read yet." in show(operator, desk)
