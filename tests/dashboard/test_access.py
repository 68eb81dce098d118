"""Who may open what: every route of the dashboard × every kind of person × ids of one's own and of others.

The routes are read from the URL configuration, so that a new one cannot be forgotten: it must be entered in `ROUTES`.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from apps.accounts.models import User
from apps.conversations.models import Member, Message
from apps.dashboard import urls
from apps.training.models import ModelVersion
from tests.dashboard import action_routes, integrations_routes, knowledge_routes, people_routes
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk, attached, make_upload, ready_document, say, start, trace_of
from tests.training.seeding import judged_version

AGENT, OPERATOR, ADMIN = Member.Role.AGENT, Member.Role.OPERATOR, Member.Role.ADMIN


@dataclass(frozen=True)
class Route:
    method: str
    role: Member.Role


ROUTES = {
    "events": Route("GET", AGENT),
    "waiting": Route("GET", AGENT),
    "conversations": Route("GET", AGENT),
    "conversation_list": Route("GET", AGENT),
    "conversation": Route("GET", AGENT),
    "thread": Route("GET", AGENT),
    "context": Route("GET", AGENT),
    "transcript": Route("GET", AGENT),
    "mail_transcript": Route("POST", AGENT),
    "sort_many": Route("POST", AGENT),
    "keep_filter": Route("POST", AGENT),
    "forget_filter": Route("POST", AGENT),
    "note": Route("POST", AGENT),
    "draft": Route("POST", AGENT),
    "translate": Route("POST", AGENT),
    "undo": Route("POST", AGENT),
    "set_priority": Route("POST", AGENT),
    "snooze": Route("POST", AGENT),
    "label": Route("POST", AGENT),
    "unlabel": Route("POST", AGENT),
    "phrases": Route("GET", AGENT),
    "keep_phrase": Route("POST", AGENT),
    "forget_phrase": Route("POST", AGENT),
    "set_availability": Route("POST", AGENT),
    "take_over": Route("POST", AGENT),
    "reply": Route("POST", AGENT),
    "attach": Route("POST", AGENT),
    "attachment": Route("GET", AGENT),
    "discard_draft": Route("POST", AGENT),
    "edit_message": Route("POST", AGENT),
    "typing": Route("POST", AGENT),
    "give_back": Route("POST", AGENT),
    "resolve": Route("POST", AGENT),
    "trace": Route("GET", AGENT),
    "documents": Route("GET", OPERATOR),
    "document_list": Route("GET", OPERATOR),
    "upload": Route("POST", OPERATOR),
    "document": Route("GET", OPERATOR),
    "document_file": Route("GET", OPERATOR),
    "delete_document": Route("POST", OPERATOR),
    "retry_job": Route("POST", OPERATOR),
    "cancel_job": Route("POST", OPERATOR),
    "models": Route("GET", OPERATOR),
    "model_list": Route("GET", OPERATOR),
    "version": Route("GET", OPERATOR),
    "download_version": Route("GET", OPERATOR),
    "deploy": Route("POST", OPERATOR),
    "rollback": Route("POST", OPERATOR),
    "stop_trial": Route("POST", OPERATOR),
    "new_run": Route("GET", OPERATOR),
    "run_estimate": Route("GET", OPERATOR),
    "start_run": Route("POST", OPERATOR),
    "run": Route("GET", OPERATOR),
    "run_live": Route("GET", OPERATOR),
    "run_report": Route("GET", OPERATOR),
    "run_answers": Route("GET", OPERATOR),
    "cancel_run": Route("POST", OPERATOR),
    "retry_run": Route("POST", OPERATOR),
}
ROUTES |= {
    name: Route("GET", OPERATOR) for name in ("numbers", "counted", "export_counted", "export_numbers")
}
ROUTES["set_prices"] = Route("POST", OPERATOR)
ROUTES |= {name: Route("GET", OPERATOR) for name in knowledge_routes.SHOWN}
ROUTES |= {name: Route("POST", OPERATOR) for name in knowledge_routes.CHANGED}
ROUTES |= {name: Route("GET", ADMIN) for name in people_routes.SHOWN}
ROUTES |= {name: Route("POST", ADMIN) for name in people_routes.CHANGED}
ROUTES |= {name: Route("GET", ADMIN) for name in integrations_routes.SHOWN}
ROUTES |= {name: Route("POST", ADMIN) for name in integrations_routes.CHANGED}
OPEN_TO_ALL = {"home", "log_in", "log_out", "set_language", "dashboard"} | people_routes.OF_ACCOUNTS
ROUTES |= {name: Route("GET", OPERATOR) for name in action_routes.SHOWN}
ROUTES |= {name: Route("POST", OPERATOR) for name in action_routes.CHANGED}
ROUTES["act"] = Route("POST", AGENT)


Patterns = list[URLPattern | URLResolver]


def routes(
    patterns: Patterns, *, above: frozenset[str] = frozenset()
) -> Iterator[tuple[str, frozenset[str]]]:
    for pattern in patterns:
        ids = above | frozenset(pattern.pattern.converters)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, above=ids)
        else:
            assert pattern.name, f"{pattern} has no name"
            yield pattern.name, ids


FOUND = dict(routes(urls.urlpatterns))
RANKS = list(Member.Role.values)
PEOPLE = ["anonymous", "stranger", "agent", "operator", "admin"]


def test_every_route_is_entered_here() -> None:
    assert set(FOUND) - OPEN_TO_ALL == set(ROUTES)


def ids_of(version: ModelVersion) -> dict[str, Any]:
    return {"version_id": version.pk, "run_id": version.run_id, "kind": "training"}


@pytest.fixture(autouse=True)
def quick_drafts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may wish for a draft is asked here, not what stands in it."""

    async def nothing(*args: object, **options: object) -> None:
        return None

    monkeypatch.setattr("apps.conversations.desk.drafting.draft", nothing)


@pytest.fixture
def own(desk: Desk) -> dict[str, Any]:
    return ids_at(desk)


def ids_at(desk: Desk) -> dict[str, Any]:
    """One of each kind."""
    return {
        "site_id": desk.site.pk,
        "conversation_id": desk.conversations["mine"].pk,
        "message_id": desk.answer.pk,
        "document_id": desk.documents["Returns"].pk,
        "job_id": desk.jobs["running"].pk,
        "attachment_id": attached(desk.conversations["mine"]).pk,
        **knowledge_routes.knowledge_ids(desk.site),
        **people_routes.people_ids(desk.site),
        **integrations_routes.integrations_ids(desk.site),
        **action_routes.action_ids(desk.site),
        **ids_of(judged_version(desk.site)),
    }


@pytest.fixture
def foreign(desk: Desk) -> dict[str, uuid.UUID]:
    """The same kinds of things at another site."""
    site = desk.other_site
    document = ready_document(
        site, name="secret.md", title="Secret", language="en", headings=["Secret"], text="Theirs.", by=None
    )
    conversation = start(site, name="Their customer")
    answer = say(conversation, "assistant", "Theirs.", trace=trace_of(document, others=[document, document]))
    job = make_upload(site, name="other.md").jobs.create(knowledge_base=site.knowledge_base)
    return {
        "site_id": site.pk,
        "conversation_id": conversation.pk,
        "message_id": answer.pk,
        "document_id": document.pk,
        "job_id": job.pk,
        "attachment_id": attached(conversation).pk,
        **knowledge_routes.knowledge_ids(site),
        **people_routes.people_ids(site),
        **integrations_routes.integrations_ids(site),
        **action_routes.action_ids(site),
        **ids_of(judged_version(site, name="theirs-v1")),
    }


def person(desk: Desk, who: str) -> User | None:
    return {"anonymous": None, "stranger": desk.stranger, **desk.people}[who]


# What these work on is named in the form, which is empty here.
NOTHING_NAMED = {
    "keep_phrase": 422,
    "keep_filter": 422,
    "set_prices": 422,
    "upload": 400,
    "attach": 422,
    "discard_draft": 404,
    "edit_message": 404,
    "start_run": 422,
    "translate": 422,
    **knowledge_routes.NOTHING_GIVEN,
    **people_routes.NOTHING_GIVEN,
    **integrations_routes.NOTHING_GIVEN,
    **action_routes.NOTHING_GIVEN,
}


def address_of(name: str, ids: dict[str, Any]) -> str:
    return reverse(name, kwargs={key: ids[key] for key in FOUND[name]})


def ask(client: Client, name: str, ids: dict[str, Any]) -> int:
    call = client.get if ROUTES[name].method == "GET" else client.post
    return int(call(address_of(name, ids)).status_code)


def whole_pages(client: Client, ids: dict[str, Any]) -> list[str]:
    """Their addresses, without those of parts of pages, of files and of streams."""
    shown = [name for name, route in ROUTES.items() if route.method == "GET" and name != "events"]
    return [address for name in shown if is_page(client, address := address_of(name, ids))]


def is_page(client: Client, address: str) -> bool:
    answer = client.get(address)
    return not answer.streaming and answer.content.lstrip()[:9].lower() == b"<!doctype"


def expected(name: str, who: str) -> set[int]:
    if who == "anonymous":
        return {401} if name == "events" else {302}
    if who == "stranger":
        return {404}
    if RANKS.index(who) < RANKS.index(ROUTES[name].role):
        return {403}
    return {NOTHING_NAMED[name]} if name in NOTHING_NAMED else {200, 204, 302}


@pytest.mark.parametrize("who", PEOPLE)
def test_a_route_opens_for_whoever_has_the_role(
    desk: Desk, own: dict[str, uuid.UUID], as_person: LogIn, who: str
) -> None:
    user = person(desk, who)
    for name in ROUTES:
        # What one route changes must not decide what the next one answers.
        with transaction.atomic():
            status = ask(as_person(user) if user else Client(), name, own)
            transaction.set_rollback(True)
        assert status in expected(name, who), f"{name} answered {who} with {status}"


@pytest.mark.parametrize("who", ["stranger", "agent", "operator", "admin"])
def test_an_id_of_another_site_is_not_there(
    desk: Desk, own: dict[str, Any], foreign: dict[str, Any], as_person: LogIn, who: str
) -> None:
    """Not even for one who works at both sites, as long as they ask through the wrong one. Whoever lacks the role learns
    that they lack it, whatever is there."""
    client = as_person(desk.stranger if who == "stranger" else desk.people[who])
    nowhere = {key: 10**9 if isinstance(value, int) else uuid.uuid4() for key, value in own.items()}
    for name in (name for name in ROUTES if FOUND[name] - {"site_id"}):
        may = who == "stranger" or RANKS.index(who) >= RANKS.index(ROUTES[name].role)
        for ids in (foreign, nowhere):
            assert ask(client, name, {**ids, "site_id": own["site_id"]}) == (404 if may else 403), name
        assert ask(client, name, {**own, "site_id": nowhere["site_id"]}) == 404, name


# Ids that are named in a form and not in the address: of what stands in one conversation.
IN_FORMS = [
    ("reply", "attachments", "attachment_id", {"client_msg_id": "walk", "text": ""}),
    ("reply", "draft", "message_id", {"text": "Let me in"}),
    ("discard_draft", "draft", "message_id", {}),
    ("translate", "message", "message_id", {"to": "en"}),
    ("edit_message", "message", "message_id", {"text": "Let me in"}),
]


@pytest.mark.parametrize(("name", "field", "key", "others"), IN_FORMS)
def test_an_id_in_a_form_is_not_there_either(
    desk: Desk,
    own: dict[str, uuid.UUID],
    foreign: dict[str, uuid.UUID],
    as_person: LogIn,
    name: str,
    field: str,
    key: str,
    others: dict[str, str],
) -> None:
    """Not of another site, not of another conversation, not at all, not as garbage; with htmx and without."""
    elsewhere = attached(desk.conversations["waiting"]).pk if key == "attachment_id" else desk.answer.pk
    client = as_person(desk.people["agent"])
    address = reverse(name, kwargs={one: own[one] for one in FOUND[name]})
    before = Message.objects.count()
    for named in (foreign[key], elsewhere, uuid.uuid4(), "garbage", "%00", "' OR 1=1"):
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.post(address, {**others, field: str(named)}, headers=headers)
            assert answer.status_code == 404, (named, headers)
    assert Message.objects.count() == before


def test_what_changes_something_is_a_post_and_what_shows_something_is_not(
    desk: Desk, own: dict[str, uuid.UUID], as_person: LogIn
) -> None:
    client = as_person(desk.people["admin"])
    for name, route in ROUTES.items():
        address = reverse(name, kwargs={key: own[key] for key in FOUND[name]})
        wrong = client.post if route.method == "GET" else client.get
        assert wrong(address).status_code == 405, name


def test_a_change_without_a_token_is_refused(desk: Desk, own: dict[str, uuid.UUID]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.people["admin"])
    for name in (name for name, route in ROUTES.items() if route.method == "POST"):
        assert ask(client, name, own) == 403, name


@pytest.mark.parametrize("name", ["log_in", "log_out", "set_language"])
def test_so_is_a_log_in_a_log_out_and_a_language(db: None, name: str) -> None:
    assert Client(enforce_csrf_checks=True).post(reverse(name)).status_code == 403


def test_pages_of_ones_own_ask_for_a_log_in_and_a_token(desk: Desk) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.people["agent"])
    for name in sorted(people_routes.ONES_OWN):
        address = reverse(name, kwargs={key: uuid.uuid4() for key in FOUND[name]})
        answer = Client().get(address) if name == "account" else Client().post(address)
        assert answer.url.startswith("/login/"), name
        assert client.post(address).status_code == 403, name


def test_a_foreign_conversation_cannot_be_listened_to(
    desk: Desk, foreign: dict[str, uuid.UUID], as_person: LogIn
) -> None:
    client = as_person(desk.people["admin"])
    address = reverse("events", args=[desk.site.pk])
    assert client.get(f"{address}?conversation={foreign['conversation_id']}").status_code == 404
    assert client.get(f"{address}?conversation=garbage").status_code == 404


def test_a_part_of_a_page_sends_the_whole_page_to_the_log_in(desk: Desk) -> None:
    address = reverse("conversation_list", args=[desk.site.pk])
    answer = Client().get(
        address, headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/dashboard/x/?a=1"}
    )
    assert answer["HX-Redirect"] == "/login/?next=%2Fdashboard%2Fx%2F%3Fa%3D1"


def test_one_who_left_is_a_stranger_at_once(desk: Desk, own: dict[str, uuid.UUID], as_person: LogIn) -> None:
    client = as_person(desk.people["agent"])
    assert ask(client, "conversation", own) == 200
    Member.objects.filter(user=desk.people["agent"]).delete()
    assert ask(client, "conversation", own) == 404
