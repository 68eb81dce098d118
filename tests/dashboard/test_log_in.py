"""Logging in and out, the language, and the way to one's sites."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.conversations.models import Member
from apps.dashboard.account import entrance as account
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import PASSWORD, Desk


@pytest.fixture(autouse=True)
def nobody_tried_before() -> None:
    cache.clear()


def try_to_log_in(client: Client, name: str, password: str, **fields: str) -> object:
    return client.post("/login/", {"username": name, "password": password, **fields})


def test_a_member_logs_in_with_a_new_session_and_lands_at_their_site(client: Client, desk: Desk) -> None:
    client.get("/login/")
    client.session["before"] = "x"
    key = client.session.session_key
    answer = try_to_log_in(client, "agent", PASSWORD)
    assert (answer.status_code, answer.url) == (302, "/dashboard/")
    assert client.session.session_key != key
    assert client.get("/dashboard/").url == reverse("conversations", args=[desk.site.pk])


@pytest.mark.parametrize("name", ["agent", "nobody-of-this-name"])
def test_a_wrong_password_and_an_unknown_name_read_the_same(client: Client, desk: Desk, name: str) -> None:
    answer = try_to_log_in(client, name, "wrong")
    assert answer.status_code == 422
    page = answer.content.decode().replace(name, "NAME")
    other = try_to_log_in(client, "another-name", "wrong").content.decode().replace("another-name", "NAME")
    assert without_token(page) == without_token(other)


def without_token(page: str) -> str:
    return "".join(line for line in page.splitlines() if "csrfmiddlewaretoken" not in line)


def test_too_many_attempts_at_one_account_are_told_to_wait(client: Client, desk: Desk) -> None:
    for _ in range(account.PER_ACCOUNT.attempts):
        assert try_to_log_in(client, "agent", "wrong").status_code == 422
    answer = try_to_log_in(client, " AGENT", PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= account.PER_ACCOUNT.seconds
    assert "Too many attempts" in answer.content.decode()
    assert try_to_log_in(client, "operator", PASSWORD).status_code == 302


def test_too_many_attempts_from_one_address_are_told_to_wait(client: Client, desk: Desk) -> None:
    for number in range(account.PER_ADDRESS.attempts):
        assert try_to_log_in(client, f"guess-{number}", "wrong").status_code == 422
    assert try_to_log_in(client, "agent", PASSWORD).status_code == 429
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert try_to_log_in(elsewhere, "agent", PASSWORD).status_code == 302


def test_a_right_password_clears_the_count_of_its_account(client: Client, desk: Desk) -> None:
    for _ in range(account.PER_ACCOUNT.attempts - 1):
        try_to_log_in(client, "agent", "wrong")
    assert try_to_log_in(client, "agent", PASSWORD).status_code == 302
    client.logout()
    assert try_to_log_in(client, "agent", "wrong").status_code == 422


@pytest.mark.services
def test_attempts_are_counted_in_the_broker_for_all_processes(broker_url: str, settings: Settings) -> None:
    settings.REDIS_URL = broker_url
    limit = account.Limit("test", attempts=2, seconds=60)
    assert [limit.take("somebody") for _ in range(2)] == [0, 0]
    cache.clear()  # another process knows nothing of this one's memory
    assert 0 < limit.take("somebody") <= 60
    limit.forget("somebody")
    assert limit.take("somebody") == 0


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/dashboard/?choose", "/dashboard/?choose"),
        ("https://elsewhere.example/", "/dashboard/"),
        ("//elsewhere.example/", "/dashboard/"),
        ("javascript:alert(1)", "/dashboard/"),
    ],
)
def test_one_goes_on_only_to_pages_of_ours(client: Client, desk: Desk, wanted: str, reached: str) -> None:
    assert try_to_log_in(client, "agent", PASSWORD, next=wanted).url == reached


def test_logging_out_needs_a_post(as_person: LogIn, desk: Desk) -> None:
    client = as_person(desk.people["agent"])
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").url == "/login/"
    assert client.get("/dashboard/").url.startswith("/login/")


def test_one_who_works_at_two_sites_chooses_and_is_led_back(as_person: LogIn, desk: Desk) -> None:
    client = as_person(desk.people["admin"])
    page = client.get("/dashboard/").content.decode()
    assert "Lantern &amp; Loom" in page
    assert "Northwind Cycles" in page
    client.get(reverse("conversations", args=[desk.other_site.pk]))
    assert client.get("/dashboard/").url == reverse("conversations", args=[desk.other_site.pk])


def test_one_without_a_site_is_told_what_to_do(as_person: LogIn, desk: Desk) -> None:
    Member.objects.filter(user=desk.people["agent"]).delete()
    assert "not a member of any site" in as_person(desk.people["agent"]).get("/dashboard/").content.decode()


def test_the_language_stays_with_the_browser_and_the_person(as_person: LogIn, desk: Desk) -> None:
    client = as_person(desk.people["agent"])
    client.post("/language/", {"locale": "zh-hans", "next": "/dashboard/"})
    page = client.get(reverse("conversations", args=[desk.site.pk])).content.decode()
    assert '<html lang="zh-Hans"' in page
    assert "会话" in page
    elsewhere = Client(HTTP_ACCEPT_LANGUAGE="en")
    try_to_log_in(elsewhere, "agent", PASSWORD)
    assert elsewhere.cookies["django_language"].value == "zh-hans"


def test_an_unknown_language_changes_nothing(client: Client, db: None) -> None:
    answer = client.post("/language/", {"locale": "tlh", "next": "/login/"})
    assert answer.url == "/login/"
    assert "django_language" not in answer.cookies


@pytest.mark.parametrize(("language", "sentence"), [("en", "There is nothing"), ("zh-CN", "没有内容")])
def test_a_page_that_is_not_there_says_so_in_the_readers_language(
    client: Client, db: None, language: str, sentence: str
) -> None:
    answer = client.get("/nowhere/", headers={"accept-language": language})
    assert answer.status_code == 404
    assert sentence in answer.content.decode()
    assert "Content-Security-Policy" in answer
