"""Operators keep the registry of actions, and agents use it in a conversation, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import translation
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from apps.actions.models import Action
from apps.conversations.models import Contact, Conversation
from tests.actions.cast import register
from tests.actions.service import Orders, orders  # noqa: F401 - a fixture
from tests.browser.test_attachments import widget_of
from tests.browser.test_widget_confirmation import WORDS
from tests.dashboard.browsing import PHONE, Enter, is_wider_than_its_window
from tests.dashboard.seeding import Desk

pytest_plugins = ["tests.services", "tests.dashboard.browsing"]
pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def path_of(office: Desk, rest: str = "actions/") -> str:
    return f"/dashboard/sites/{office.site.pk}/{rest}"


@pytest.fixture
def language(locale: str) -> Iterator[None]:
    with translation.override("zh-hans" if locale == "zh-CN" else "en"):
        yield


BOTH = pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])


@BOTH
@pytest.mark.usefixtures("language")
def test_an_action_is_added_switched_off_and_given_a_new_secret(
    enter: Enter, office: Desk, locale: str
) -> None:
    page = enter("operator", path=path_of(office), locale=locale)
    page.get_by_role("link", name=_("Add an action")).click()
    page.get_by_label(_("Name for programs")).fill("cancel_order")
    page.get_by_label(_("Recognised by")).select_option(label=_("Cancel an order"))
    page.get_by_label(_("Address of your service")).fill("https://shop.example/cancel")
    for language, title in (("English", "Cancel an order"), ("中文", "取消订单")):
        page.get_by_role("group", name=language).get_by_label(_("Title")).fill(title)
    page.get_by_role("button", name=_("Save")).click()
    expect(page.get_by_text(_("Saved. It holds from the next message on."))).to_be_visible()
    secret = Action.objects.get().secret
    page.get_by_role("button", name=_("Make a new secret")).first.click()
    page.get_by_role("dialog").get_by_role("button", name=_("Make a new secret")).click()
    expect(page.get_by_text(_("The new secret signs from the next call on."))).to_be_visible()
    assert Action.objects.get().secret != secret
    page.goto(path_of(office))
    title = {"name": _("Cancel an order")}
    page.get_by_role("button", name=_("Switch %(name)s off") % title).click()
    expect(page.get_by_role("button", name=_("Switch %(name)s on") % title)).to_be_visible()
    assert not Action.objects.get().is_on


@BOTH
@pytest.mark.usefixtures("language")
def test_an_order_is_looked_up_beside_the_conversation_and_cancelled_at_the_customers_word(
    enter: Enter,
    office: Desk,
    desk_server: str,
    orders: Orders,  # noqa: F811
    locale: str,
) -> None:
    register(office.site, address=orders.address)
    conversation, words = office.conversations["mine"], WORDS["zh" if locale == "zh-CN" else "en"]
    own = "zh-hans" if locale == "zh-CN" else "en"
    Contact.objects.filter(pk=conversation.contact_id).update(external_id="ann", locale=own)
    Conversation.objects.filter(pk=conversation.pk).update(locale=own)
    path = path_of(office, f"conversations/{conversation.pk}/")
    page = enter("agent", path=path, viewport=WIDE, locale=locale)
    pane = page.locator("#context")
    pane.locator("#act-order_status summary").click()
    pane.get_by_role("textbox", name=words["label"]).fill("MW20418833")
    pane.get_by_role("button", name=_("Look up")).click()
    expect(pane).to_contain_text(re.compile("MW20418833.*PX-77"))
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    pane.locator("#act-cancel_order summary").click()
    pane.locator("#act-cancel_order").get_by_role("textbox", name=words["label"]).fill("MW20418833")
    pane.get_by_role("button", name=_("Ask the customer to confirm")).click()
    customer = widget_of(enter, office, desk_server, locale=locale)
    customer.locator(".confirmation").get_by_role("button", name=words["confirm"]).click()
    expect(customer.locator(".confirmation .outcome")).to_have_text(words["done"])
    expect(pane.locator(".pill.good").last).to_be_visible()
    expect(page.locator("#messages .divider").last).to_contain_text("MW20418833")


def test_what_is_typed_beside_the_conversation_outlives_its_news(enter: Enter, office: Desk) -> None:
    register(office.site, address="https://shop.example/orders/")
    conversation = office.conversations["mine"]
    Contact.objects.filter(pk=conversation.contact_id).update(external_id="ann")
    page = enter("agent", path=path_of(office, f"conversations/{conversation.pk}/"), viewport=WIDE)
    pane = page.locator("#context")
    pane.get_by_text("Look an order up").click()
    pane.get_by_role("textbox", name="order number").fill("MW20418833")
    pane.get_by_label("Snooze").select_option(label="A day")
    pane.get_by_label("Label", exact=True).fill("fragile")
    for _twice in range(2):
        page.evaluate(NEWS_ARE_DRAWN)
    pane.get_by_label("Priority").select_option(label="Urgent")
    pane.locator("#do-set-priority button").press("Enter")
    expect(page.locator(f"#row-{conversation.pk}")).to_contain_text("Urgent")
    expect(pane.locator("#do-set-priority button")).to_be_focused()
    expect(pane.get_by_role("textbox", name="order number")).to_have_value("MW20418833")
    expect(pane.get_by_label("Snooze")).to_have_value("24")
    expect(pane.get_by_label("Label", exact=True)).to_have_value("fragile")


WIDE = {"width": 1600, "height": 900}

NEWS_ARE_DRAWN = """() => new Promise((drawn) => {
  document.addEventListener("htmx:afterSettle", (event) => event.target.id === "context" && drawn());
  htmx.trigger(document.body, "live:thread");
})"""


@pytest.mark.parametrize(
    ("locale", "scheme", "viewport"),
    [("zh-CN", "dark", {"width": 1280, "height": 800}), ("en-GB", "light", PHONE)],
    ids=["chinese-dark-desktop", "english-light-phone"],
)
def test_axe_finds_nothing(
    enter: Enter, office: Desk, scheme: str, viewport: dict[str, int], locale: str
) -> None:
    page = enter("operator", path=path_of(office), color_scheme=scheme, viewport=viewport, locale=locale)
    places = [path_of(office), path_of(office, "actions/new/")]
    register(office.site, address=f"https://shop.example/{'x' * 300}/")
    places += [path_of(office), path_of(office, f"actions/{Action.objects.earliest('name').pk}/")]
    for place in places:
        page.goto(place)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert not is_wider_than_its_window(page)
