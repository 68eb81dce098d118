"""Two people edit the same thing: the second is told, keeps what they typed, and replaces nothing unseen."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.conversations.models import Phrase, Site
from apps.integrations import outbox, webhooks
from apps.integrations.models import Webhook
from apps.knowledge.models import Document, LabelledQuestion
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk

TOLD = "This was changed elsewhere while you were editing it."
OPENED = '<input type="hidden" name="opened" value="'


@dataclass(frozen=True)
class Case:
    """A page with a form, what both type into it, and what is kept in the end."""

    page: str
    form: str
    theirs: dict[str, Any]
    mine: dict[str, Any]
    kept: Callable[[Desk], object]
    ids: Callable[[Desk], list[object]] = lambda desk: []


def _question(desk: Desk) -> LabelledQuestion:
    rows = LabelledQuestion.objects.filter(knowledge_base=desk.site.knowledge_base)
    return rows.first() or rows.create(
        question="How long?", language="en", knowledge_base=desk.site.knowledge_base
    )


def _webhook(desk: Desk) -> Webhook:
    rows = Webhook.objects.filter(site=desk.site)
    kinds = ["conversation.resolved"]
    return rows.first() or rows.create(site=desk.site, address="https://shop.example/hook", kinds=kinds)


def _site(desk: Desk) -> Site:
    return Site.objects.get(pk=desk.site.pk)


def _document(desk: Desk) -> Document:
    return Document.objects.get(pk=desk.documents["Returns"].pk)


KINDS = [kind.value for kind in webhooks.CHOICES]
WEEK = {"zone": "Asia/Shanghai", "tue": "10:00-12:00"}
CASES = {
    "hours": Case(
        "site_settings",
        "save_hours",
        {**WEEK, "mon": "08:00-12:00"},
        {**WEEK, "mon": "09:00-17:30"},
        lambda desk: _site(desk).hours["mon"][0][0],
    ),
    "promises": Case(
        "site_settings",
        "save_promises",
        {"first_reply": "15"},
        {"first_reply": "45"},
        lambda desk: _site(desk).targets["first_reply"],
    ),
    "assignment": Case(
        "site_settings",
        "save_assignment",
        {"overflow_minutes": "31"},
        {"overflow_minutes": "47", "assigns": "yes"},
        lambda desk: _site(desk).overflow_minutes,
    ),
    "prices": Case(
        "numbers",
        "set_prices",
        {"currency": "EUR", "quiet_hours": "5"},
        {"currency": "CNY", "quiet_hours": "7"},
        lambda desk: _site(desk).quiet_hours,
    ),
    "webhook": Case(
        "webhook",
        "change_webhook",
        {"address": "https://shop.example/theirs", "kinds": KINDS[:1]},
        {"address": "https://shop.example/mine", "kinds": KINDS[:2]},
        lambda desk: _webhook(desk).address,
        lambda desk: [_webhook(desk).pk],
    ),
    "labelled question": Case(
        "labelled_question",
        "save_question",
        {"question": "How long?", "label": "theirs"},
        {"question": "How long?", "label": "mine"},
        lambda desk: _question(desk).label,
        lambda desk: [_question(desk).pk],
    ),
    "readers": Case(
        "document",
        "set_document",
        {"audience": "public", "valid_until": "2030-01-31"},
        {"audience": "internal", "valid_until": "2031-12-31"},
        lambda desk: _document(desk).valid_until.isoformat(),
        lambda desk: [_document(desk).pk],
    ),
}


@pytest.fixture(autouse=True)
def _no_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "ring", lambda webhook: None)
    monkeypatch.setattr(webhooks, "ring", lambda webhook: None)


@pytest.fixture
def me(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["admin"])


def mark_in(page: str, *, form: str) -> str:
    """What the form of this address shows of itself."""
    start = page.index(f'action="{form}"')
    return page[page.index(OPENED, start) + len(OPENED) :].partition('"')[0]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_second_is_told_and_loses_nothing(desk: Desk, me: Client, case: Case) -> None:
    ids = [desk.site.pk, *case.ids(desk)]
    form = reverse(case.form, args=ids)
    mark = mark_in(me.get(reverse(case.page, args=ids)).content.decode(), form=form)
    assert me.post(form, {**case.theirs, "opened": mark}).status_code == 302
    theirs = case.kept(desk)
    told = me.post(form, {**case.mine, "opened": mark})
    page = told.content.decode()
    assert (told.status_code, case.kept(desk)) == (409, theirs)
    assert TOLD in page
    assert all(typed in page for typed in case.mine.values() if isinstance(typed, str))
    again = me.post(form, {**case.mine, "opened": mark_in(page, form=form)})
    assert again.status_code == 302
    assert case.kept(desk) != theirs


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_same_sent_twice_is_no_quarrel(desk: Desk, me: Client, case: Case) -> None:
    ids = [desk.site.pk, *case.ids(desk)]
    form = reverse(case.form, args=ids)
    mark = mark_in(me.get(reverse(case.page, args=ids)).content.decode(), form=form)
    for _click in range(2):
        assert me.post(form, {**case.mine, "opened": mark}).status_code == 302


def test_a_second_new_secret_does_not_end_the_one_that_is_still_in_use(desk: Desk, me: Client) -> None:
    ids = [desk.site.pk, _webhook(desk).pk]
    in_use, form = _webhook(desk).secret, reverse("rotate_webhook", args=ids)
    mark = mark_in(me.get(reverse("webhook", args=ids)).content.decode(), form=form)
    first = me.post(form, {"opened": mark})
    assert _webhook(desk).secret in first.content.decode()
    second = me.post(form, {"opened": mark}, follow=True)
    assert "A new secret was made a moment ago." in second.content.decode()
    assert _webhook(desk).old_secret == in_use
    assert _webhook(desk).old_secret_until > timezone.now()


def test_a_colleagues_phrase_is_seen_before_it_is_replaced(desk: Desk, me: Client, as_person: LogIn) -> None:
    form = reverse("keep_phrase", args=[desk.site.pk])
    as_person(desk.colleague).post(form, {"name": "hello", "text": "Good morning!"})
    told = me.post(form, {"name": "/hello", "text": "Hi there."})
    page = told.content.decode()
    assert told.status_code == 409
    assert "There is a phrase /hello already" in page
    assert "Hi there." in page
    assert "Good morning!" in page
    assert Phrase.objects.get(site=desk.site, name="hello").text == "Good morning!"
    replaces = re.findall(r'name="replaces" value="(\w+)"', page)[0]
    assert me.post(form, {"name": "hello", "text": "Hi there.", "replaces": replaces}).status_code == 302
    assert Phrase.objects.get(site=desk.site, name="hello").text == "Hi there."


def test_days_in_the_wrong_order_stay_as_they_were_typed(desk: Desk, me: Client) -> None:
    form = reverse("set_document", args=[desk.site.pk, _document(desk).pk])
    typed = {"audience": "verified", "valid_from": "2031-05-02", "valid_until": "2030-05-01"}
    page = me.post(form, typed).content.decode()
    assert "The last day is before the first." in page
    assert 'value="2031-05-02"' in page
    assert 'value="2030-05-01"' in page
    assert '<option value="verified" selected>' in page
