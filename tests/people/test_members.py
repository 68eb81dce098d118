"""The members of a site: roles, leaving, and who may decide about whom."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.conversations.models import Conversation, Member
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk, make_person
from tests.people.conftest import Ask, logged

HTMX = {"HX-Request": "true"}


@pytest.fixture
def admin(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["admin"])


def member(desk: Desk, user: User) -> Member:
    return Member.objects.get(site=desk.site, user=user)


def test_an_admin_sees_every_member_and_nobody_of_another_site(desk: Desk, admin: Client) -> None:
    page = admin.get(reverse("members", args=[desk.site.pk])).content.decode()
    for name in ("Mei Lin", "Jonas Weber", "Amara Okafor", "子涵"):
        assert name in page
    assert "stranger" not in page


def test_a_role_is_changed_and_counts_at_once(desk: Desk, admin: Client, post: Ask, as_person: LogIn) -> None:
    agent = as_person(desk.people["agent"])
    documents = reverse("documents", args=[desk.site.pk])
    assert agent.get(documents).status_code == 403
    post(admin, "set_role", member(desk, desk.people["agent"]).pk, role="operator")
    assert agent.get(documents).status_code == 200
    assert logged(desk.site) == [("Amara Okafor", "role_changed", "Mei Lin")]


def test_a_role_that_is_none_is_refused(desk: Desk, admin: Client, post: Ask) -> None:
    answer = post(admin, "set_role", member(desk, desk.people["agent"]).pk, role="owner")
    assert answer.status_code == 422
    assert member(desk, desk.people["agent"]).role == "agent"


def test_the_last_admin_stays_admin(desk: Desk, admin: Client, post: Ask) -> None:
    own = member(desk, desk.people["admin"])
    for route, fields in (("set_role", {"role": "agent"}), ("remove_member", {})):
        answer = post(admin, route, own.pk, **fields)
        assert answer.status_code == 409
        assert "A site needs an admin" in answer.content.decode()
    assert member(desk, desk.people["admin"]).role == "admin"
    assert logged(desk.site) == []


def test_one_who_cannot_log_in_does_not_count_as_another_admin(desk: Desk, admin: Client, post: Ask) -> None:
    gone = make_person("gone", site=desk.site, role="admin")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert post(admin, "remove_member", member(desk, desk.people["admin"]).pk).status_code == 409


def test_an_admin_may_step_down_when_there_is_another(desk: Desk, admin: Client, post: Ask) -> None:
    make_person("second", site=desk.site, role="admin")
    answer = post(admin, "set_role", member(desk, desk.people["admin"]).pk, role="operator")
    assert answer.url == reverse("dashboard")
    assert admin.get(reverse("members", args=[desk.site.pk])).status_code == 403


def test_the_conversations_of_one_who_is_removed_wait_for_somebody_else(
    desk: Desk, admin: Client, post: Ask, as_person: LogIn
) -> None:
    theirs = desk.conversations["mine"]
    answer = admin.post(
        reverse("remove_member", args=[desk.site.pk, member(desk, desk.people["agent"]).pk]), headers=HTMX
    )
    assert answer.url == reverse("members", args=[desk.site.pk])
    theirs.refresh_from_db()
    assert (theirs.status, theirs.assignee) == (Conversation.Status.WAITING, None)
    handoff = theirs.handoffs.get(closed_at=None)
    assert (handoff.taken_by, handoff.reason) == (None, "agent_took_over")
    assert as_person(desk.people["agent"]).get(reverse("members", args=[desk.site.pk])).status_code == 404
    waiting = as_person(desk.colleague).get(
        reverse("conversation_list", args=[desk.site.pk]), {"view": "waiting"}
    )
    assert "Tomás Rivera" in waiting.content.decode()
    kept = desk.conversations["theirs"]
    kept.refresh_from_db()
    assert kept.assignee == desk.colleague
    assert logged(desk.site) == [("Amara Okafor", "member_removed", "Mei Lin")]


def test_one_who_is_removed_here_stays_a_member_elsewhere(desk: Desk, post: Ask, as_person: LogIn) -> None:
    second = as_person(make_person("second", site=desk.site, role="admin"))
    post(second, "remove_member", member(desk, desk.people["admin"]).pk)
    assert Member.objects.filter(user=desk.people["admin"]).get().site == desk.other_site


def test_an_admin_ends_the_sessions_of_a_member(
    desk: Desk, admin: Client, post: Ask, as_person: LogIn
) -> None:
    agent = as_person(desk.people["agent"])
    inbox = reverse("conversations", args=[desk.site.pk])
    assert agent.get(inbox).status_code == 200
    post(admin, "end_sessions", member(desk, desk.people["agent"]).pk)
    assert agent.get(inbox).url.startswith("/login/")
    assert admin.get(inbox).status_code == 200


def test_members_of_another_site_are_not_there(desk: Desk, admin: Client, post: Ask) -> None:
    theirs = Member.objects.get(site=desk.other_site, user=desk.stranger)
    for route in ("set_role", "remove_member", "end_sessions"):
        assert post(admin, route, theirs.pk, role="agent").status_code == 404
    theirs.refresh_from_db()
    assert theirs.role == "admin"


def test_a_site_that_asks_for_a_second_factor_leads_there_first(
    desk: Desk, admin: Client, post: Ask, as_person: LogIn
) -> None:
    post(admin, "set_rule", second_factor="required")
    agent = as_person(desk.people["agent"])
    inbox = reverse("conversations", args=[desk.site.pk])
    assert agent.get(inbox).url == f"{reverse('second_factor')}?next={inbox.replace('/', '%2F')}"
    part = agent.get(
        reverse("conversation_list", args=[desk.site.pk]),
        headers=HTMX | {"HX-Current-URL": f"http://testserver{inbox}"},
    )
    assert part["HX-Redirect"].startswith(reverse("second_factor"))
    assert agent.get(reverse("events", args=[desk.site.pk])).status_code == 401
    assert "asks its members for a second factor" in agent.get(agent.get(inbox).url).content.decode()
    elsewhere = as_person(desk.stranger)
    assert elsewhere.get(reverse("conversations", args=[desk.other_site.pk])).status_code == 200
    assert logged(desk.site) == [("Amara Okafor", "settings_changed", "Lantern & Loom")]
