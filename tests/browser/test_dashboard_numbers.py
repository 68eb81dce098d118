"""The numbers in a real browser: read, followed to a conversation, in both languages, on a phone and in the dark."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import translation
from django.utils.translation import gettext as _
from playwright.sync_api import Page, expect

from apps.numbers.sweeping import sweep
from tests.dashboard.browsing import PHONE, Enter, is_wider_than_its_window
from tests.dashboard.seeding import Desk
from tests.numbers.conftest import history

pytest_plugins = ["tests.services", "tests.dashboard.browsing"]
pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def told(office: Desk) -> None:
    history(office.site)
    sweep(office.site)


def path_of(office: Desk) -> str:
    return f"/dashboard/sites/{office.site.pk}/numbers/"


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_numbers_are_read_followed_priced_and_taken_along(enter: Enter, office: Desk, locale: str) -> None:
    page = enter("operator", path=path_of(office), locale=locale)
    with translation.override("zh-hans" if locale == "zh-CN" else "en"):
        follow_to_the_conversation(page)
        page.goto(path_of(office))
        page.locator(".daily summary").click()
        expect(page.locator(".daily tbody tr")).to_have_count(30)
        say_what_the_model_costs(page)
        take_along(page)


def follow_to_the_conversation(page: Page) -> None:
    page.get_by_label(_("Language")).select_option("en")
    page.get_by_role("button", name=_("Show")).click()
    tile = page.locator(".tile", has_text=_("Resolved by the assistant"))
    expect(tile).to_contain_text(_("%(n)s of %(of)s") % {"n": 1, "of": 2})
    tile.get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(_("Resolved by the assistant"))
    page.get_by_role("link", name="Quiet Quentin").click()
    expect(page.locator(".messages")).to_contain_text("How long?")


def say_what_the_model_costs(page: Page) -> None:
    cost = page.locator(".tile", has_text=_("Cost per resolved conversation"))
    expect(cost.locator(".tile-number")).to_have_count(0)
    page.get_by_label(_("A million tokens written")).fill("60000")
    page.locator("#prices").get_by_role("button", name=_("Save")).click()
    expect(cost.locator(".tile-number")).to_contain_text(re.compile(r"[1-9]"))


def take_along(page: Page) -> None:
    page.get_by_role("navigation", name=_("By")).get_by_role("link", name=_("Intent")).click()
    expect(page.locator("#table tbody tr")).not_to_have_count(0)
    for name, begins in ((_("This table as CSV"), "numbers-"), (_("Conversations as CSV"), "")):
        with page.expect_download() as file:
            page.get_by_role("link", name=name).click()
        assert file.value.suggested_filename.startswith(begins)
        assert file.value.suggested_filename.endswith(".csv")


@pytest.mark.parametrize(
    ("locale", "scheme", "viewport"),
    [("zh-CN", "dark", {"width": 1280, "height": 800}), ("en-GB", "light", PHONE)],
    ids=["chinese-dark-desktop", "english-light-phone"],
)
def test_axe_finds_nothing(
    enter: Enter, office: Desk, locale: str, scheme: str, viewport: dict[str, int]
) -> None:
    page = enter("operator", path=path_of(office), locale=locale, color_scheme=scheme, viewport=viewport)
    for query in (
        "",
        "?by=intent",
        "conversations/?figure=started",
        "conversations/?figure=left_open&days=7",
    ):
        page.goto(path_of(office) + query)
        assert not is_wider_than_its_window(page), query
        results = Axe().run(page)
        assert results.violations_count == 0, f"{query}\n{results.generate_report()}"
