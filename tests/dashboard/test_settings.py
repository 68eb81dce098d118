"""What admins decide about their site: saved by parts, checked whole, kept in the log, and seen by customers."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Entry
from apps.conversations.desk import assigning, hours
from apps.conversations.models import Member, Site
from apps.dashboard.settings import forms as settings_pages
from apps.widget.refusals import Refused
from apps.widget.tokens import check_identity, sign_identity
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk

FACE = {
    "name": "Lantern & Loom",
    "locale": "zh-hans",
    "colour": "#123ABC",
    "greeting_en": "Hello!",
    "greeting_zh-hans": "您好！",
    "suggestions_en": "When do you deliver?\n\n  May I return it? ",
    "suggestions_zh-hans": "多久发货？",
}


@pytest.fixture
def admin(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["admin"])


def post(client: Client, site: Site, route: str, /, **given: object) -> HttpResponse:
    return client.post(reverse(route, args=[site.pk]), given)


def fresh(site: Site) -> Site:
    return Site.objects.get(pk=site.pk)


def test_what_customers_see_is_saved_and_shown_again(desk: Desk, admin: Client) -> None:
    answer = post(admin, desk.site, "save_face", **FACE)
    assert answer["Location"].endswith("/settings/#face")
    site = fresh(desk.site)
    assert (site.name, site.locale, site.colour) == ("Lantern & Loom", "zh-hans", "#123abc")
    assert site.suggestions_in("en") == ["When do you deliver?", "May I return it?"]
    page = admin.get(reverse("site_settings", args=[site.pk])).content.decode()
    told = page[page.index('id="face-title"') :].partition("</p>")[0]
    assert "Saved." in told  # where it was saved
    assert page.count("Saved.") == 1
    assert "您好！" in page
    assert f"data-site=&quot;{site.key}&quot;" in page


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": " "}, "A name has 1 to 100 characters."),
        ({"colour": "red"}, "A colour is written like #2f6f5e."),
        ({"locale": "fr"}, "The locale is en or zh-hans."),
        ({"greeting_en": "x" * 501}, "One of the texts is too long."),
        ({"suggestions_en": "\n".join("abcdefg")}, "Six suggested questions in each language are the most."),
    ],
)
def test_a_face_that_cannot_be_is_refused_and_stays_filled_in(
    desk: Desk, admin: Client, changes: dict[str, str], told: str
) -> None:
    before = fresh(desk.site)
    answer = post(admin, desk.site, "save_face", **{**FACE, "greeting_zh-hans": "还在这里", **changes})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert told in page
    assert "还在这里" in page
    assert fresh(desk.site).greeting == before.greeting


def test_a_greeting_is_text_and_nothing_else(desk: Desk, admin: Client) -> None:
    post(admin, desk.site, "save_face", **{**FACE, "greeting_en": "</textarea><img src=x onerror=alert(1)>"})
    page = admin.get(reverse("site_settings", args=[desk.site.pk])).content.decode()
    assert "<img src=x" not in page


def test_addresses_are_kept_as_browsers_write_them(desk: Desk, admin: Client) -> None:
    post(
        admin,
        desk.site,
        "save_origins",
        origins="HTTPS://Shop.Example/\nhttps://shop.example:443\nhttp://a.example:8080",
    )
    assert fresh(desk.site).origins == ["https://shop.example", "http://a.example:8080"]
    answer = post(admin, desk.site, "save_origins", origins="https://shop.example/path")
    assert answer.status_code == 422
    assert "https://shop.example/path" in answer.content.decode()
    assert fresh(desk.site).origins == ["https://shop.example", "http://a.example:8080"]


def test_a_new_secret_is_shown_once_and_the_old_one_is_refused(desk: Desk, admin: Client) -> None:
    old = sign_identity(desk.site, user_id="clara", exp=4_000_000_000)
    answer = post(admin, desk.site, "renew_identity_secret")
    site = fresh(desk.site)
    assert site.identity_secret != desk.site.identity_secret
    assert site.identity_secret in answer.content.decode()
    assert site.identity_secret not in admin.get(reverse("site_settings", args=[site.pk])).content.decode()
    with pytest.raises(Refused):
        check_identity(site, user_id="clara", exp=4_000_000_000, signature=old)


def test_hours_are_written_as_people_write_them(desk: Desk, admin: Client) -> None:
    given = {
        "zone": "Asia/Shanghai",
        "mon": "9:00-12:00、13:30–18:00",
        "sat": "10:00至14:00",
        "holidays": "2026-12-25\n2026-10-01",
    }
    post(admin, desk.site, "save_hours", **given)
    site = fresh(desk.site)
    assert site.hours == {"mon": [["09:00", "12:00"], ["13:30", "18:00"]], "sat": [["10:00", "14:00"]]}
    assert (site.zone, site.holidays) == ("Asia/Shanghai", ["2026-10-01", "2026-12-25"])
    assert (
        hours.written(site.hours["mon"])
        in admin.get(reverse("site_settings", args=[site.pk])).content.decode()
    )


@pytest.mark.parametrize(
    "changes", [{"zone": "Mars"}, {"mon": "all day"}, {"mon": "09:75-10:00"}, {"holidays": "Christmas"}]
)
def test_hours_that_make_no_sense_change_nothing(desk: Desk, admin: Client, changes: dict[str, str]) -> None:
    answer = post(admin, desk.site, "save_hours", **{"zone": "UTC", "tue": "09:00-18:00", **changes})
    assert answer.status_code == 422
    assert "09:00-18:00" in answer.content.decode()
    assert fresh(desk.site).hours == desk.site.hours


def test_promises_are_working_minutes_and_can_be_taken_back(desk: Desk, admin: Client) -> None:
    post(admin, desk.site, "save_promises", first_reply="10", next_reply="", resolution="480")
    assert fresh(desk.site).targets == {"first_reply": 10, "resolution": 480}
    for bad in ("0", "-5", "1.5", "soon", "9999999", "१०"):
        assert post(admin, desk.site, "save_promises", first_reply=bad).status_code == 422
    post(admin, desk.site, "save_promises")
    assert fresh(desk.site).targets == {}


def test_mails_about_promises_are_switched_on_with_their_minutes(desk: Desk, admin: Client) -> None:
    post(admin, desk.site, "save_promises", alerts="yes", before="5", admins_after="")
    assert fresh(desk.site).alerts == {"before": 5, "admins_after": 0}
    shown = admin.get(reverse("site_settings", args=[desk.site.pk])).content.decode()
    assert 'name="alerts" value="yes" checked' in shown
    assert post(admin, desk.site, "save_promises", alerts="yes", before="soon").status_code == 422
    post(admin, desk.site, "save_promises", before="5")
    assert fresh(desk.site).alerts == {}


def test_who_is_given_what(desk: Desk, admin: Client) -> None:
    agent = Member.objects.get(site=desk.site, user=desk.people["agent"])
    stranger = Member.objects.filter(site=desk.other_site).earliest("pk")
    given = {
        "assigns": "yes",
        "member": [agent.pk, stranger.pk],
        f"capacity_{agent.pk}": "2",
        f"languages_{agent.pk}": ["zh-hans"],
        f"capacity_{stranger.pk}": "99",
    }
    admin.post(reverse("save_assignment", args=[desk.site.pk]), given)
    agent.refresh_from_db()
    assert fresh(desk.site).assigns
    assert (agent.capacity, agent.languages) == (2, ["zh-hans"])
    stranger.refresh_from_db()
    assert stranger.capacity != 99
    waiting = desk.conversations["waiting"]
    Member.objects.filter(pk=agent.pk).update(seen_at=timezone.now(), is_available=True)
    Member.objects.filter(site=desk.site).exclude(pk=agent.pk).update(is_available=False)
    for locale, speaks in (("zh-hans", True), ("en", False)):
        waiting.locale = locale
        choice = assigning.choose(waiting, free=assigning.free_people(desk.site), now=timezone.now())
        assert (choice is not None) is speaks
    refused = admin.post(
        reverse("save_assignment", args=[desk.site.pk]), {**given, f"capacity_{agent.pk}": "many"}
    )
    assert refused.status_code == 422
    agent.refresh_from_db()
    assert agent.capacity == 2


def test_skills_are_named_on_the_members_page_and_asked_for_on_this_one(desk: Desk, admin: Client) -> None:
    page = reverse("site_settings", args=[desk.site.pk])
    assert "No skills yet." in admin.get(page).content.decode()
    agent = Member.objects.get(site=desk.site, user=desk.people["agent"])
    address = reverse("set_skills", args=[desk.site.pk, agent.pk])
    admin.post(address, {"skills": "<b>Repairs</b>， second line, repairs, REPAIRS"})
    assert [skill.name for skill in agent.skills.all()] == ["<b>Repairs</b>", "REPAIRS", "second line"]
    assert admin.post(address, {"skills": "x" * 41}).status_code == 422
    members = admin.get(reverse("members", args=[desk.site.pk])).content.decode()
    assert "&lt;b&gt;Repairs&lt;/b&gt;, REPAIRS, second line" in members
    repairs, team = agent.skills.get(name="REPAIRS"), agent.skills.get(name="second line")
    rows = {"when": ["reason:complaint", "", "reason:policy"], "skill": [repairs.pk, "", ""]}
    assert admin.post(reverse("save_skill_rules", args=[desk.site.pk]), rows).status_code == 302
    rule = desk.site.skill_rules.get()
    assert (rule.kind, rule.value, rule.skill) == ("reason", "complaint", repairs)
    bad = {"when": ["label:nothing"], "skill": [repairs.pk]}
    refused = admin.post(reverse("save_skill_rules", args=[desk.site.pk]), bad)
    assert refused.status_code == 422
    assert desk.site.skill_rules.count() == 1
    given = {"assigns": "yes", "overflow_minutes": "10", "overflow_to": team.pk}
    assert post(admin, desk.site, "save_assignment", **given).status_code == 302
    assert (fresh(desk.site).overflow_minutes, fresh(desk.site).overflow_to) == (10, team)
    for wrong in ({"overflow_minutes": "soon"}, {"overflow_to": "999999"}):
        assert post(admin, desk.site, "save_assignment", **{**given, **wrong}).status_code == 422
    admin.post(address, {"skills": "repairs"})
    shown = admin.get(page).content.decode()
    assert f'<option value="{team.pk}" selected>second line</option>' in shown
    assert '<option value="reason:complaint" selected>' in shown


def test_each_change_stands_in_the_log_without_its_value(desk: Desk, admin: Client) -> None:
    post(admin, desk.site, "save_promises", first_reply="10")
    post(admin, desk.site, "save_promises", first_reply="10")  # nothing changed
    post(admin, desk.site, "renew_identity_secret")
    entries = Entry.objects.filter(site_id=desk.site.pk, kind="settings_changed").order_by("pk")
    assert [entry.detail for entry in entries] == ["targets", "identity_secret"]
    assert {entry.by_id for entry in entries} == {desk.people["admin"].pk}


def test_the_check_is_chosen_and_its_rates_stand_beside(desk: Desk, admin: Client) -> None:
    post(admin, desk.site, "save_check", strictness="strict", asks_judge="yes")
    site = fresh(desk.site)
    assert (site.strictness, site.asks_judge) == ("strict", True)
    page = admin.get(reverse("site_settings", args=[site.pk])).content.decode()
    assert 'value="strict" checked' in page
    assert page.count("Wrong sentences caught:") == len(Site.Strictness)
    assert Entry.objects.get(kind="settings_changed").detail == "asks_judge, strictness"


def test_a_judge_that_is_not_served_is_told(
    desk: Desk, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for state, told in (
        ("not_served", "has no model named judge"),
        ("unreachable", "The judge is not served: the model server does not answer"),
        ("served", "The judge is served"),
    ):
        monkeypatch.setattr(settings_pages, "judge_state", lambda state=state: state)
        assert told in admin.get(reverse("site_settings", args=[desk.site.pk])).content.decode()


def test_an_unknown_strictness_is_refused(desk: Desk, admin: Client) -> None:
    answer = post(admin, desk.site, "save_check", strictness="anything")
    assert answer.status_code == 422
    assert "Choose how strictly answers are checked." in answer.content.decode()
    assert fresh(desk.site).strictness == "balanced"
