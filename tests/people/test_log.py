"""The log's page and its file: for admins, of one site."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.kinds import Kind
from apps.audit.recording import record
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk
from tests.people.conftest import Ask, logged


@pytest.fixture
def admin(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["admin"])


@pytest.fixture
def entries(desk: Desk) -> None:
    record(Kind.INVITED, site_id=desk.site.pk, by=desk.people["admin"], subject="=HYPERLINK(1)")
    record(Kind.JOINED, site_id=desk.site.pk, by=desk.colleague, detail="<script>alert(1)</script>")
    record(Kind.INVITED, site_id=desk.other_site.pk, by=desk.stranger, subject="theirs@example.org")


def shown(client: Client, desk: Desk, **query: object) -> str:
    return client.get(reverse("audit_log", args=[desk.site.pk]), query).content.decode()


def test_the_log_tells_who_did_what_as_text(desk: Desk, admin: Client, entries: None) -> None:
    page = shown(admin, desk)
    assert "=HYPERLINK(1)" in page
    assert "<script>alert(1)" not in page
    assert "theirs@example.org" not in page


def test_it_is_narrowed_by_person_kind_and_day(desk: Desk, admin: Client, entries: None) -> None:
    joined = "<strong>子涵</strong>"
    assert joined in shown(admin, desk, person=desk.colleague.pk)
    assert joined in shown(admin, desk, kind="joined")
    assert joined not in shown(admin, desk, person=desk.people["admin"].pk)
    assert joined not in shown(admin, desk, kind="invited")
    assert "Nothing of this kind was recorded" in shown(admin, desk, day="1999-12-31")


@pytest.mark.parametrize(
    "query",
    [
        {"person": "x"},
        {"person": "9" * 40},
        {"day": "soon"},
        {"day": "9999-12-31"},
        {"kind": "\x00"},
        {"page": "-1"},
    ],
)
def test_what_cannot_be_read_is_not_asked(
    desk: Desk, admin: Client, entries: None, query: dict[str, str]
) -> None:
    assert admin.get(reverse("audit_log", args=[desk.site.pk]), query).status_code == 200


def test_the_file_is_safe_for_spreadsheets_and_is_itself_an_entry(
    desk: Desk, admin: Client, entries: None, post: Ask
) -> None:
    answer = post(admin, "export_log")
    assert "attachment" in answer["Content-Disposition"]
    text = answer.getvalue().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["kind"] for row in rows] == ["log_exported", "joined", "invited"]
    assert rows[2]["subject"] == "'=HYPERLINK(1)"
    assert logged(desk.site)[-1] == ("Amara Okafor", "log_exported", "")


def test_the_file_holds_what_the_page_was_narrowed_to(
    desk: Desk, admin: Client, entries: None, post: Ask
) -> None:
    text = post(admin, "export_log", kind="joined").getvalue().decode("utf-8-sig")
    assert [row["kind"] for row in csv.DictReader(io.StringIO(text))] == ["joined"]


def test_failed_log_ins_are_told_without_what_was_typed(desk: Desk, admin: Client) -> None:
    Client().post("/login/", {"username": "agent", "password": "my-secret"})
    page = shown(admin, desk)
    assert "a log-in failed" in page
    assert "my-secret" not in page


@pytest.mark.parametrize("name", ["\x00", "agent\x00", "a" * 10_000, ""])
def test_a_name_that_cannot_be_stored_is_no_log_in(desk: Desk, name: str) -> None:
    assert Client().post("/login/", {"username": name, "password": "x"}).status_code == 422
