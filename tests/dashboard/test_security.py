"""Pages hold no script and no style of their own, load nothing from elsewhere, and stay in nobody's cache."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from apps import dashboard
from apps.dashboard.security import POLICY
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk

FOLDER = Path(dashboard.__file__).parent
INLINE = re.compile(
    r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals=['\"]js", re.IGNORECASE
)
ELSEWHERE = re.compile(r"(src|href|action)=[\"'](https?:)?//", re.IGNORECASE)


@pytest.mark.parametrize("template", sorted(FOLDER.rglob("*.html")), ids=lambda path: path.name)
def test_a_template_holds_nothing_that_the_policy_forbids(template: Path) -> None:
    text = template.read_text()
    assert not INLINE.search(text)
    assert not ELSEWHERE.search(text)


def test_every_page_carries_the_policy(client: Client, db: None) -> None:
    for address in ("/login/", "/nowhere/", "/dashboard/"):
        assert client.get(address)["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY


def test_a_page_behind_the_log_in_stays_in_no_cache(as_person: LogIn, desk: Desk) -> None:
    page = as_person(desk.people["agent"]).get(reverse("conversations", args=[desk.site.pk]))
    assert "no-store" in page["Cache-Control"]
    assert page["X-Frame-Options"] == "DENY"


def test_a_page_for_the_wrong_role_says_so_plainly(as_person: LogIn, desk: Desk) -> None:
    page = as_person(desk.people["agent"]).get(reverse("documents", args=[desk.site.pk]))
    assert page.status_code == 403
    assert "Your role does not include this." in page.content.decode()
