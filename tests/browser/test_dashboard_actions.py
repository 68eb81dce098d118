"""Operators keep the registry of actions, and agents use it in a conversation, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from apps.actions.models import Action
from apps.conversations.models import Contact
from tests.actions.cast import register
from tests.actions.service import Orders, orders  # noqa: F401 - a fixture
from tests.dashboard.browsing import PHONE, Enter, is_wider_than_its_window
from tests.dashboard.seeding import Desk

pytest_plugins = ["tests.services", "tests.dashboard.browsing"]
pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def path_of(office: Desk, rest: str = "actions/") -> str:
    return f"/dashboard/sites/{office.site.pk}/{rest}"


def test_an_action_is_added_switched_off_and_given_a_new_secret(enter: Enter, office: Desk) -> None:
    page = enter("operator", path=path_of(office))
    page.get_by_role("link", name="Add an action").click()
    page.get_by_label("Name for programs").fill("cancel_order")
    page.get_by_label("Recognised by").select_option(label="Cancel an order")
    page.get_by_label("Address of your service").fill("https://shop.example/cancel")
    page.get_by_role("group", name="English").get_by_label("Title").fill("Cancel an order")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It holds from the next message on.")).to_be_visible()
    secret = Action.objects.get().secret
    page.get_by_role("button", name="Make a new secret").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Make a new secret").click()
    expect(page.get_by_text("The new secret signs from the next call on.")).to_be_visible()
    assert Action.objects.get().secret != secret
    page.goto(path_of(office))
    page.get_by_role("button", name="Switch Cancel an order off").click()
    expect(page.get_by_role("button", name="Switch Cancel an order on")).to_be_visible()
    assert not Action.objects.get().is_on


def test_an_agent_looks_an_order_up_beside_the_conversation(
    enter: Enter,
    office: Desk,
    orders: Orders,  # noqa: F811
) -> None:
    register(office.site, address=orders.address)
    conversation = office.conversations["mine"]
    Contact.objects.filter(pk=conversation.contact_id).update(external_id="ann")
    page = enter("agent", path=path_of(office, f"conversations/{conversation.pk}/"), viewport=WIDE)
    pane = page.locator("#context")
    pane.get_by_text("Look an order up").click()
    pane.get_by_role("textbox", name="order number").fill("MW20418833")
    pane.get_by_role("button", name="Look up").click()
    expect(pane).to_contain_text("Order MW20418833 is shipped: parcel PX-77.")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


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
    for _ in range(2):
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
