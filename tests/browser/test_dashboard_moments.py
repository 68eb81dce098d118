"""What happens at the same moment: two clicks, a colleague who was quicker, and a refresh under somebody's hand."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from apps.actions.models import Action
from apps.conversations.models import Contact, Phrase, Site
from apps.integrations import outbox
from apps.integrations.models import AccessToken, Webhook
from apps.knowledge import faqs
from apps.knowledge.models import Document, Faq, IndexJob, LabelledQuestion, QualityRun, Website
from apps.people.models import Invitation
from tests.dashboard.browsing import PHONE, Enter
from tests.dashboard.seeding import Desk

pytest_plugins = ["tests.services", "tests.dashboard.browsing"]
pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def delivered_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "deliver_soon", lambda webhook_id: None)


def test_a_form_sent_twice_makes_one_token_whose_secret_is_seen(enter: Enter, office: Desk) -> None:
    page = enter("admin", path=f"/dashboard/sites/{office.site.pk}/integrations/")
    form = page.locator("form", has_text="Make an access token")
    form.get_by_label("What it is for").fill("Shop's server")
    form.get_by_label("Read conversations").check()
    slow: list[Route] = []
    page.route("**/tokens/make/", lambda route: slow.append(route))
    form.get_by_label("What it is for").focus()
    for _impatience in range(2):
        page.keyboard.press("Enter")
        page.wait_for_timeout(300)
    assert len(slow) == 1
    slow[0].continue_()
    expect(page.get_by_role("status", name="Access token").locator("pre")).to_contain_text("sdt_")
    page.wait_for_timeout(300)
    assert (len(slow), AccessToken.objects.count()) == (1, 1)


def test_what_a_colleague_was_quicker_with_is_told(enter: Enter, office: Desk) -> None:
    page = enter("operator", path=f"/dashboard/sites/{office.site.pk}/documents/?q=Invoices")
    Document.objects.filter(title="Invoices").delete()
    page.get_by_role("button", name="Delete Invoices").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    told = page.get_by_role("alert").filter(has_text="this page is out of date")
    expect(told).to_be_visible()


def test_what_a_browser_fills_in_again_replaces_nothing_unseen(enter: Enter, office: Desk) -> None:
    base = office.site.knowledge_base
    faq = Faq.objects.create(knowledge_base=base, question_en="How long?", answer_en="A week.", state="draft")
    page = enter("operator", path=f"/dashboard/sites/{office.site.pk}/faq/{faq.pk}/")
    answer = page.locator("[name=answer_en]")
    answer.fill("Mine.")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_text("Draft saved.")).to_be_visible()
    Faq.objects.filter(pk=faq.pk).update(answer_en="Theirs.", version=3)
    page.go_back()
    expect(answer).to_have_value("Mine.")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("alert").filter(has_text="while you were editing it")).to_be_visible()
    expect(answer).to_have_value("Mine.")
    assert Faq.objects.get(pk=faq.pk).answer_en == "Theirs."


def test_a_long_name_leaves_the_rest_in_the_window(enter: Enter, office: Desk) -> None:
    contact = office.conversations["waiting"].contact
    Contact.objects.filter(pk=contact.pk).update(name="Donaudampfschifffahrtsgesellschaft" * 2)
    page = enter("admin", path=f"/dashboard/sites/{office.site.pk}/contacts/{contact.pk}/", viewport=PHONE)
    box = page.locator("h1").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= PHONE["width"]


def test_what_is_open_and_what_a_button_does_stay_while_a_list_grows(enter: Enter, office: Desk) -> None:
    webhook = Webhook.objects.create(
        site=office.site, address="https://shop.example/hook", kinds=["conversation.resolved"]
    )
    old = webhook.deliveries.create(kind="test", state="failed", reason="bad_status", response="the old one")
    webhook.deliveries.create(kind="test")
    page = enter("admin", path=f"/dashboard/sites/{office.site.pk}/integrations/webhooks/{webhook.pk}/")
    page.get_by_label("Address").fill("https://shop.example/typed")
    page.locator("#deliveries summary").click()
    button = page.locator("#deliveries form button").last
    button.focus()
    webhook.deliveries.create(kind="test", state="failed", response="the new one")
    expect(page.locator("#deliveries li")).to_have_count(3)
    expect(page.locator("#deliveries details[open]")).to_contain_text("the old one")
    assert str(old.pk) in page.evaluate("document.activeElement.form.action")
    expect(page.get_by_label("Address")).to_have_value("https://shop.example/typed")


def test_a_visit_and_an_faq_are_told_as_they_go_on(enter: Enter, office: Desk) -> None:
    base, later = office.site.knowledge_base, timezone.now() + timedelta(minutes=5)
    website = Website.objects.create(
        knowledge_base=base, address="https://shop.example/", lease_until=later, done=1, total=2
    )
    website.pages.create(url="https://shop.example/a", name="web/a.md", visited_at=timezone.now())
    page = enter("operator", path=f"/dashboard/sites/{office.site.pk}/websites/")
    expect(page.get_by_text("1 fetched")).to_be_visible()
    page.locator("#websites summary").click()
    website.pages.create(
        url="https://shop.example/b", name="web/b.md", visited_at=timezone.now(), reason="too_slow"
    )
    Website.objects.update(done=2, lease_until=None, visited_at=timezone.now())
    expect(page.get_by_text("1 failed")).to_be_visible()
    expect(page.get_by_text("The page took too long.")).to_be_visible()  # the list is still open
    expect(page.locator("#websites progress")).to_have_count(0)
    faqs.add_faq(base, faqs.FaqText(question_en="How long?", answer_en="A week."), by=None, live=True)
    page.goto(f"/dashboard/sites/{office.site.pk}/faq/")
    expect(page.get_by_text("Being indexed")).to_be_visible()
    IndexJob.objects.filter(upload__origin="faq").update(state="done")
    expect(page.get_by_text("Being indexed")).to_have_count(0)


def test_a_button_never_becomes_another_under_the_hand(enter: Enter, office: Desk) -> None:
    base = office.site.knowledge_base
    LabelledQuestion.objects.create(knowledge_base=base, question="How long?", language="en")
    run = QualityRun.objects.create(knowledge_base=base, kind="measure")
    page = enter("operator", path=f"/dashboard/sites/{office.site.pk}/questions/")
    stop = page.get_by_role("button", name="Stop").element_handle()
    assert stop is not None
    QualityRun.objects.filter(pk=run.pk).update(state="cancelled")
    expect(page.get_by_role("button", name="Measure")).to_be_visible()
    assert not stop.evaluate("(button) => button.isConnected")


def test_saving_one_form_of_the_settings_keeps_what_is_typed_in_another(enter: Enter, office: Desk) -> None:
    page = enter("admin", path=f"/dashboard/sites/{office.site.pk}/settings/")
    face, hours = page.locator("#face"), page.locator("#hours")
    hours.get_by_label("Monday").fill("08:00-12:30")
    page.get_by_label("Give whoever waits to whoever is free, in turn").check()
    page.locator("#strictness-quotes").check()
    page.locator("#origins").fill("https://typed.example")
    Site.objects.filter(pk=office.site.pk).update(hours={"tue": [["10:00", "12:00"]]})  # by somebody else
    face.get_by_label("Greeting").first.fill("Good morning!")
    face.get_by_label("Name").fill("Lamps & Looms")
    face.get_by_role("button", name="Save").click()
    expect(face.get_by_role("status")).to_have_text("Saved.")
    expect(page.locator("#switcher summary")).to_have_text("Lamps & Looms")
    expect(hours.get_by_label("Monday")).to_have_value("08:00-12:30")
    expect(page.locator("#assigns")).to_be_checked()
    expect(page.locator("#strictness-quotes")).to_be_checked()
    expect(page.locator("#origins")).to_have_value("https://typed.example")
    hours.get_by_role("button", name="Save").click()
    expect(hours.get_by_role("alert")).to_contain_text("while you were editing it")
    expect(hours.get_by_role("alert")).to_be_in_viewport()
    hours.get_by_role("button", name="Save").click()
    expect(hours.get_by_role("status")).to_have_text("Saved.")
    expect(page.locator("#assigns")).to_be_checked()
    site = Site.objects.get(pk=office.site.pk)
    assert site.greeting_in("en") == "Good morning!"
    assert site.hours["mon"] == [["08:00", "12:30"]]
    assert not site.assigns


def test_pages_of_several_forms_keep_what_is_typed_in_other_forms(enter: Enter, office: Desk) -> None:
    page = enter("admin", path=f"/dashboard/sites/{office.site.pk}/members/")
    mail, rule = page.get_by_label("E-mail"), page.locator("#rule")
    mail.fill("lea@example.org")
    page.locator("#invite-role").select_option("operator")
    rule.check()
    skills = page.locator("form.skills")
    skills.first.get_by_role("textbox").fill("typed, not set")
    set_role(page, "Mei Lin", "operator")
    expect(page.locator(".people li", has_text="Mei Lin").get_by_role("status")).to_have_text("Saved.")
    set_role(page, "Amara Okafor", "agent")  # the only admin
    expect(page.locator(".people li", has_text="Amara Okafor").get_by_role("alert")).to_be_in_viewport()
    skills.last.get_by_role("textbox").fill("repairs")
    skills.last.get_by_role("button").click()
    expect(page.get_by_text("Skills of this site: repairs.")).to_be_visible()
    page.get_by_role("button", name="Remove 子涵").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("status")).to_have_text("子涵 is no member any more.")
    expect(skills.first.get_by_role("textbox")).to_have_value("typed, not set")
    expect(rule).to_be_checked()
    expect(mail).to_have_value("lea@example.org")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_role("status", name="Invitation")).to_contain_text("/invitation/")
    expect(mail).to_have_value("")
    assert Invitation.objects.get().role == "operator"

    page.goto(f"/dashboard/sites/{office.site.pk}/integrations/")
    page.get_by_label("What it is for").fill("Shop's server")
    page.get_by_label("Read conversations").check()
    page.get_by_label("Address", exact=True).fill("https://shop.example/hook")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("Choose at least one kind of event.")
    page.get_by_label("Resolved").check()
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_role("status", name="Access token")).to_contain_text("sdt_")
    expect(page.get_by_label("What it is for")).to_have_value("")
    expect(page.get_by_label("Address", exact=True)).to_have_value("https://shop.example/hook")
    page.get_by_label("What it is for").fill("Another one")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("status", name="Signing secret")).to_contain_text("whsec_")
    expect(page.get_by_label("What it is for")).to_have_value("Another one")

    page.get_by_role("link", name="https://shop.example/hook").first.click()
    page.get_by_label("Message").check()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_role("status")).to_contain_text("A test is on its way.")
    page.get_by_role("button", name="New signing secret").click()
    expect(page.get_by_role("status", name="Signing secret")).to_contain_text("whsec_")
    expect(page.locator("#deliveries")).to_contain_text("Waiting")
    expect(page.get_by_label("Message")).to_be_checked()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    assert sorted(Webhook.objects.get().kinds) == ["message", "resolved"]

    action = Action.objects.create(
        site=office.site, name="order_status", address="https://shop.example/orders"
    )
    page.goto(f"/dashboard/sites/{office.site.pk}/actions/{action.pk}/")
    page.get_by_label("Address of your service").fill("https://shop.example/orders/2")
    page.get_by_role("button", name="Make a new secret").click()
    page.get_by_role("dialog").get_by_role("button", name="Make a new secret").click()
    expect(page.get_by_role("status")).to_contain_text("The new secret signs")
    expect(page.get_by_label("Address of your service")).to_have_value("https://shop.example/orders/2")

    Phrase.objects.create(site=office.site, name="old", text="Old.")
    page.goto(f"/dashboard/sites/{office.site.pk}/phrases/")
    page.get_by_label("Name").fill("new")
    page.get_by_role("button", name="Delete /old").click()
    expect(page.locator(".phrase-list")).to_have_count(0)
    expect(page.get_by_label("Name")).to_have_value("new")
    page.get_by_label("Text").fill("New.")
    page.get_by_role("button", name="Keep the phrase").click()
    expect(page.locator(".phrase-list")).to_contain_text("/new")
    expect(page.get_by_label("Name")).to_have_value("")


def set_role(page: Page, name: str, role: str) -> None:
    page.get_by_label(f"Role of {name}", exact=True).select_option(role)
    page.get_by_role("button", name=f"Set the role of {name}").click()
