"""Websites in the dashboard: what would be read is shown first; private addresses and broken ones are told apart."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.knowledge.models import IndexJob, Origin, Website
from apps.knowledge.services import add_upload
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


def read_page(website: Website, name: str, *, job: str = "", reason: str = "") -> None:
    """One page of a visit, and what became of its document: a job that is pending, done or failed."""
    page = website.pages.create(
        url=f"https://shop.example/{name}", name=f"web/{name}.md", reason=reason, visited_at=timezone.now()
    )
    if job:
        file = ContentFile(f"# {name}".encode())
        made = add_upload(website.knowledge_base, file=file, name=page.name, origin=Origin.WEBSITE)
        IndexJob.objects.filter(pk=made.pk).update(state=job, reason_code="worker_lost")


def test_a_visit_tells_how_far_it_is(operator: Client, desk: Desk) -> None:
    later = timezone.now() + timedelta(minutes=1)
    website = Website.objects.create(
        knowledge_base=desk.site.knowledge_base,
        address="https://shop.example/",
        lease_until=later,
        done=5,
        total=9,
        gone=2,
    )
    read_page(website, "indexed", job="done")
    read_page(website, "unchanged")
    read_page(website, "indexing", job="pending")
    read_page(website, "lost", job="failed")
    read_page(website, "away", reason="gone")
    state = reverse("websites_state", args=[desk.site.pk])
    page = operator.get(state).content.decode()
    told = ("9 pages found", "5 fetched", "2 indexed", "1 being indexed", "3 gone", "1 failed")
    assert [one for one in told if f"<li>{one}</li>" not in page.replace(' class="bad"', "")] == []
    assert '<progress max="9" value="5"' in page
    assert "The worker stopped three times" in page
    failed = IndexJob.objects.get(upload__origin="website", state="failed")
    assert reverse("retry_job", args=[desk.site.pk, failed.pk]) in page
    assert "web/lost.md" not in operator.get(reverse("documents", args=[desk.site.pk])).content.decode()
    assert state in page  # it looks again
    Website.objects.update(lease_until=None, next_visit_at=later)
    assert "Being indexed" in operator.get(state).content.decode()
    IndexJob.objects.filter(state="pending").update(state="done")
    assert state not in operator.get(state).content.decode()
    post(operator, desk, "visit_website", website.pk)
    page = show(operator, desk)
    assert "Waiting to be read" in page
    assert state in page
