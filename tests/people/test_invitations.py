"""Invitations: by mail, good once, for one site, within seven days."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.conversations.models import Member
from apps.people.models import Invitation
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk, make_person
from tests.people.conftest import Ask, logged, mailed_link

GOOD = "three quiet mornings"


@pytest.fixture
def admin(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["admin"])


def invited(post: Ask, admin: Client, email: str = "lea@example.org", role: str = "operator") -> str:
    """The way that the mail tells."""
    assert post(admin, "invite", email=email, role=role).status_code == 200
    return mailed_link()


def member_called(desk: Desk, username: str) -> Member | None:
    return Member.objects.filter(site=desk.site, user__username=username).first()


def test_a_new_person_is_invited_by_mail_and_joins_with_a_password_of_their_own(
    desk: Desk, admin: Client, post: Ask
) -> None:
    link = invited(post, admin, "Lea@Example.org ")
    assert mail.outbox[0].to == ["lea@example.org"]
    assert "Lantern & Loom" in mail.outbox[0].subject
    assert "Amara Okafor" in str(mail.outbox[0].body)
    browser = Client()
    assert "lea@example.org" in browser.get(link).content.decode()
    answer = browser.post(link, {"name": "Léa Martin", "password": GOOD})
    assert answer.url == reverse("conversations", args=[desk.site.pk])
    assert browser.get(answer.url).status_code == 200
    member = member_called(desk, "lea@example.org")
    assert member is not None
    assert (member.role, member.user.display_name) == ("operator", "Léa Martin")
    elsewhere = Client().post("/login/", {"username": "lea@example.org", "password": GOOD})
    assert elsewhere.status_code == 302
    assert logged(desk.site)[:2] == [
        ("Amara Okafor", "invited", "lea@example.org"),
        ("Léa Martin", "joined", ""),
    ]


def test_who_has_a_log_in_joins_with_it_after_logging_in(desk: Desk, admin: Client, post: Ask) -> None:
    User.objects.filter(pk=desk.stranger.pk).update(email="stranger@example.org")
    link = invited(post, admin, "stranger@example.org", role="agent")
    browser = Client()
    page = browser.get(link).content.decode()
    assert "You have a log-in already" in page
    assert 'name="password"' not in page
    assert browser.post(link, {"name": "Somebody", "password": GOOD}).status_code == 409
    browser.force_login(desk.stranger)
    assert browser.post(link).url == reverse("conversations", args=[desk.site.pk])
    member = member_called(desk, "stranger")
    assert member is not None
    assert member.role == "agent"


def test_a_member_who_is_invited_to_a_higher_role_rises_and_never_falls(
    desk: Desk, admin: Client, post: Ask, as_person: LogIn
) -> None:
    for role, now in (("operator", "operator"), ("agent", "operator")):
        link = invited(post, admin, f"{role}@elsewhere.example", role=role)
        as_person(desk.people["agent"]).post(link)
        assert Member.objects.get(site=desk.site, user=desk.people["agent"]).role == now


def test_a_link_is_good_once(desk: Desk, admin: Client, post: Ask, as_person: LogIn) -> None:
    link = invited(post, admin)
    Client().post(link, {"name": "Léa", "password": GOOD})
    second = Client()
    assert second.get(link).status_code == 404
    assert second.post(link, {"name": "Another", "password": GOOD}).status_code == 404
    assert as_person(desk.stranger).post(link).status_code == 404
    assert member_called(desk, "stranger") is None


def test_a_revoked_an_old_and_a_made_up_link_say_that_they_are_no_longer_valid(
    desk: Desk, admin: Client, post: Ask
) -> None:
    revoked = invited(post, admin, "one@example.org")
    post(admin, "revoke_invitation", Invitation.objects.get(email="one@example.org").pk)
    old = invited(post, admin, "two@example.org")
    Invitation.objects.filter(email="two@example.org").update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )
    for link in (revoked, old, f"{old}x"[:-3] + "/", "/invitation/garbage/"):
        answer = Client().get(link)
        assert answer.status_code == 404
        assert "This invitation is no longer valid" in answer.content.decode()
        assert Client().post(link, {"name": "Léa", "password": GOOD}).status_code == 404
    assert not User.objects.filter(username__endswith="@example.org").exists()


def test_a_new_link_makes_the_one_before_void(desk: Desk, admin: Client, post: Ask) -> None:
    before = invited(post, admin)
    post(admin, "resend_invitation", Invitation.objects.get().pk)
    after = mailed_link()
    assert Invitation.objects.count() == 1
    assert Client().get(before).status_code == 404
    assert Client().get(after).status_code == 200


@pytest.mark.parametrize(
    ("email", "role", "status"),
    [
        ("no address", "agent", 422),
        ("lea@example.org", "owner", 422),
        ("", "", 422),
        ("<img onerror=x>@example.org", "agent", 422),
        (f"{'a' * 200}@example.org", "agent", 422),
        ("agent@example.org", "agent", 409),
    ],
)
def test_what_cannot_be_invited_is_told_on_the_page(
    desk: Desk, admin: Client, post: Ask, email: str, role: str, status: int
) -> None:
    User.objects.filter(pk=desk.people["agent"].pk).update(email="Agent@example.org")
    answer = post(admin, "invite", email=email, role=role)
    assert answer.status_code == status
    assert 'role="alert"' in answer.content.decode()
    assert "<img onerror" not in answer.content.decode()
    assert not mail.outbox


@pytest.mark.parametrize(("name", "password"), [("", GOOD), ("Léa", "short"), ("Léa", "12345678901")])
def test_a_name_and_a_good_password_are_asked_for(admin: Client, post: Ask, name: str, password: str) -> None:
    link = invited(post, admin)
    answer = Client().post(link, {"name": name, "password": password})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert Client().post(link, {"name": "Léa", "password": GOOD}).status_code == 302


def test_an_invitation_is_in_the_language_of_its_site(desk: Desk, admin: Client, post: Ask) -> None:
    desk.site.locale = "zh-hans"
    desk.site.save()
    invited(post, admin)
    assert mail.outbox[-1].subject == "加入 SeekDesk 上的 Lantern & Loom"


def test_another_sites_invitations_are_not_there(desk: Desk, admin: Client, post: Ask) -> None:
    lead = make_person("lead", site=desk.other_site, role="admin")
    theirs = Invitation.objects.create(site=desk.other_site, email="lea@example.org", role="agent", by=lead)
    for route in ("resend_invitation", "revoke_invitation"):
        assert post(admin, route, theirs.pk).status_code == 404
    theirs.refresh_from_db()
    assert theirs.revoked_at is None
    assert "lea@example.org" not in admin.get(reverse("members", args=[desk.site.pk])).content.decode()


def test_a_name_that_is_no_name_is_shown_as_text(desk: Desk, admin: Client, post: Ask) -> None:
    Client().post(invited(post, admin), {"name": "<b onclick=x>{{7*7}}</b>", "password": GOOD})
    page = admin.get(reverse("members", args=[desk.site.pk])).content.decode()
    assert "<b onclick" not in page
    assert "{{7*7}}" in page
