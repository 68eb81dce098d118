"""An admin invites somebody, who joins and sets up a second factor; says who is there when, who is given what, who is warned,
and who may do what, and reads the log; somebody forgets a password; a customer is sent their transcript, exported and
erased. With axe, in both languages."""

import json
import re
from pathlib import Path

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from playwright.sync_api import Page, expect

from apps.accounts import passwords
from apps.accounts import tasks as account_tasks
from apps.accounts.models import User
from apps.conversations.desk import alerting, transcripts
from apps.conversations.live import bells
from apps.conversations.models import Contact, Member, Message
from apps.people import data_jobs, tasks
from apps.people.models import DataJob
from tests.dashboard.browsing import PHONE, Enter, is_wider_than_its_window
from tests.dashboard.seeding import Desk

pytest_plugins = ["tests.services", "tests.dashboard.browsing"]
pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

GOOD = "three quiet mornings"


@pytest.fixture(autouse=True)
def mails_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.mail_invitation, "delay", lambda invitation_id: None)
    monkeypatch.setattr(account_tasks.mail_reset, "delay", lambda user_id: None)
    monkeypatch.setattr(bells, "ring", lambda name, id: None)


def room(office: Desk, name: str) -> str:
    return f"/dashboard/sites/{office.site.pk}/{name}/"


def look(page: Page) -> None:
    """Nothing for axe to find, and nothing wider than the window."""
    results = Axe().run(page)
    assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"
    assert not is_wider_than_its_window(page), page.url


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-GB"), ("dark", "zh-CN")])
def test_somebody_is_invited_joins_and_sets_up_a_second_factor(
    enter: Enter, office: Desk, scheme: str, locale: str
) -> None:
    admin = enter("admin", path=room(office, "members"), color_scheme=scheme, locale=locale)
    with translation.override("zh-hans" if locale == "zh-CN" else "en"):
        admin.get_by_label(_("E-mail")).fill("lea@example.org")
        admin.get_by_role("button", name=_("Invite"), exact=True).click()
        link = admin.locator("pre.snippet").inner_text()
        look(admin)
        set_skills_and_overflow(admin, office)
        say_when_people_are_there(admin)
        be_warned(admin, office)
        change_who_may_do_what(admin, office)
        read_the_log(admin, office)
        forget_the_password(enter, office, locale)
        join(enter, office, link[link.index("/invitation/") :], locale=locale, color_scheme=scheme)


def join(enter: Enter, office: Desk, link: str, *, locale: str, color_scheme: str) -> None:
    page = enter(path=link, locale=locale, color_scheme=color_scheme, viewport=PHONE)
    look(page)
    page.get_by_label(_("Your name")).fill("Léa Martin")
    page.get_by_label(_("Choose a password")).fill(GOOD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/conversations/$"))
    assert Member.objects.filter(site=office.site, user__username="lea@example.org").exists()
    secret = set_up_second_factor(page)
    log_in_with_code(enter, secret, locale=locale)


def set_skills_and_overflow(page: Page, office: Desk) -> None:
    skills = page.locator("form.skills").first
    skills.get_by_label(_("Skills, with commas between them")).fill("repairs, second line")
    skills.get_by_role("button").click()
    expect(page.get_by_text(f"{_('Skills of this site:')} repairs, second line.")).to_be_visible()
    page.goto(room(office, "settings"))
    needs = page.locator("#skills")
    needs.get_by_label(_("Conversations with")).first.select_option(label=_("A complaint, or anger"))
    needs.get_by_label(_("Skill"), exact=True).first.select_option(label="repairs")
    needs.get_by_role("button", name=_("Save")).click()
    others = page.locator("#assignment")
    others.get_by_label(_("After this many working minutes, ask others")).fill("15")
    others.locator("[name=overflow_to]").select_option(label="second line")
    others.get_by_role("button", name=_("Save")).click()
    chosen = others.locator("[name=overflow_to]").locator("option:checked")
    expect(chosen).to_have_text("second line")
    expect(needs.get_by_label(_("Skill"), exact=True).first.locator("option:checked")).to_have_text("repairs")


def say_when_people_are_there(page: Page) -> None:
    hours = page.locator("#hours")
    hours.get_by_label(_("Time zone")).fill("Asia/Shanghai")
    for day in hours.locator(".week input").all():
        day.fill("00:00-24:00")
    hours.get_by_label(_("Holidays, one a line, like 2026-12-25")).fill("2030-10-01")
    hours.get_by_role("button", name=_("Save")).click()
    expect(hours.get_by_label(_("Holidays, one a line, like 2026-12-25"))).to_have_value("2030-10-01")
    expect(hours.locator(".week input").first).to_have_value("00:00-24:00")


def change_who_may_do_what(page: Page, office: Desk) -> None:
    page.goto(room(office, "members"))
    colleague = {"name": "子涵"}
    role = page.get_by_label(_("Role of %(name)s") % colleague, exact=True)
    role.select_option(str(Member.Role.OPERATOR))
    page.get_by_role("button", name=_("Set the role of %(name)s") % colleague).click()
    expect(role).to_have_value(Member.Role.OPERATOR)
    page.get_by_role("button", name=_("End the sessions of %(name)s") % colleague).click()
    page.get_by_role("button", name=_("Remove %(name)s") % colleague).click()
    page.get_by_role("dialog").get_by_role("button", name=_("Remove")).click()
    expect(role).to_have_count(0)
    assert not Member.objects.filter(site=office.site, user=office.colleague).exists()


def read_the_log(page: Page, office: Desk) -> None:
    page.goto(room(office, "log"))
    entries = page.locator(".log li")
    expect(entries.filter(has_text="子涵")).not_to_have_count(0)
    page.get_by_label(_("Kind")).select_option("member_removed")
    page.get_by_role("button", name=_("Show")).click()
    expect(entries).to_have_count(1)
    with page.expect_download() as file:
        page.get_by_role("button", name=_("As a CSV file")).click()
    assert file.value.suggested_filename.endswith(".csv")


def forget_the_password(enter: Enter, office: Desk, locale: str) -> None:
    User.objects.filter(username="agent").update(email="mei@example.org")
    page = enter(path="/password/forgotten/", locale=locale)
    page.locator("[name=name]").fill("mei@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_be_visible()
    passwords.mail_reset(User.objects.get(username="agent"))
    (link,) = re.findall(r"/password/\S+", mail.outbox[-1].body)
    page.goto(link)
    page.locator("[name=password]").fill("four quiet mornings")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/**")
    page.locator("[name=username]").fill("agent")
    page.locator("[name=password]").fill("four quiet mornings")
    page.keyboard.press("Enter")
    page.wait_for_url("**/conversations/")
    page.goto("/account/")
    expect(page.locator(".devices li")).to_have_count(1)
    end_the_other_session(enter, page)


def end_the_other_session(enter: Enter, page: Page) -> None:
    """Of two browsers in which one is logged in, one ends the other."""
    other = enter("agent", path="/account/")
    page.reload()
    expect(page.locator(".devices li")).to_have_count(2)
    page.get_by_role("button", name=_("End all others")).click()
    expect(page.locator(".devices li")).to_have_count(1)
    other.reload()
    other.wait_for_url("**/login/**")


def be_warned(page: Page, office: Desk) -> None:
    """Clara has been waiting for twelve minutes."""
    User.objects.filter(username="admin").update(email="amara@example.org")
    promises = page.locator("#promises")
    promises.locator("[name=first_reply]").fill("5")
    promises.get_by_label(_("Send mails when a promise is broken, or nearly")).check()
    promises.get_by_label(_("To the admins: minutes after")).fill("1")
    promises.get_by_role("button", name=_("Save")).click()
    expect(promises.get_by_label(_("To the admins: minutes after"))).to_have_value("1")
    look(page)
    expect(page.locator("#waiting [data-late='1']")).to_be_attached()
    admin = Member.objects.select_related("site").get(site=office.site, user__username="admin")
    alerting.raise_alerts(admin.site)
    assert alerting.mail_alerts(admin.pk)
    assert office.conversations["waiting"].reference in mail.outbox[-1].body


def set_up_second_factor(page: Page) -> str:
    page.goto("/account/second-factor/")
    look(page)
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    page.get_by_role("textbox", name=_("Code")).fill(pyotp.TOTP(secret).at(timezone.now()))
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    look(page)
    page.goto("/account/")
    look(page)
    return secret


def log_in_with_code(enter: Enter, secret: str, *, locale: str) -> None:
    page = enter(locale=locale)
    page.get_by_label(_("User name")).fill("lea@example.org")
    page.get_by_label(_("Password")).fill(GOOD)
    page.keyboard.press("Enter")
    code = page.get_by_label(_("Code"))
    expect(code).to_be_focused()
    look(page)
    code.fill(pyotp.TOTP(secret).at(timezone.now(), counter_offset=1))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Léa Martin").first).to_be_visible()


@pytest.mark.parametrize(
    ("locale", "viewport"), [("en-GB", {"width": 1280, "height": 800}), ("zh-CN", PHONE)], ids=["en", "zh"]
)
def test_a_customer_is_exported_and_erased(
    enter: Enter, office: Desk, locale: str, viewport: dict[str, int], tmp_path: Path
) -> None:
    waiting = office.conversations["waiting"]
    clara = waiting.contact
    page = enter("admin", path=room(office, f"conversations/{waiting.pk}"), locale=locale, viewport=viewport)
    send_transcript(page)
    page.goto(room(office, "contacts"))
    look(page)
    page.get_by_role("link", name="Clara Hoffmann").click()
    look(page)
    page.locator("form[action$='/export/'] button").click()
    expect(page.locator(".pill.waiting")).to_be_visible()
    look(page)
    data_jobs.run(DataJob.objects.get().pk)
    with page.expect_download() as download:
        page.locator("a[href$='/file/']").click()  # the page has seen for itself that it is done
    download.value.save_as(tmp_path / "kept.json")
    kept = json.loads((tmp_path / "kept.json").read_text())
    assert kept["contact"]["name"] == "Clara Hoffmann"
    page.locator(f"a[href$='/contacts/{clara.pk}/']").click()
    erase = page.locator("form[action$='/erase/']")
    erase.get_by_role("button").click()
    assert Contact.objects.filter(pk=clara.pk).exists()  # the box is not ticked yet
    erase.get_by_role("checkbox").check()
    erase.get_by_role("button").click()
    expect(page.locator(".pill.waiting")).to_be_visible()
    data_jobs.run(DataJob.objects.latest("created_at").pk)
    expect(page.locator(".pill.good")).to_have_count(2)
    assert not Contact.objects.filter(pk=clara.pk).exists()
    expect(page.get_by_role("link", name="Clara Hoffmann")).to_have_count(0)


def send_transcript(page: Page) -> None:
    page.locator("[data-context]").click()
    page.locator("form[action$='/transcript/mail/'] button").click()
    expect(page.locator("#messages .divider").last).to_contain_text(
        re.compile("transcript was mailed|会话记录")
    )
    transcripts.mail(Message.objects.get(reason="transcript_mailed").pk)
    assert mail.outbox[-1].to == ["clara@example.org"]
    look(page)


@pytest.mark.parametrize("place", ["/login/", "/password/forgotten/", "/password/MQ/x-y/", "/invitation/x/"])
def test_axe_finds_nothing_at_the_doors(enter: Enter, office: Desk, place: str) -> None:
    look(enter(path=place, viewport=PHONE))
