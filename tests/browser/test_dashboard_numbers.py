"""The numbers in a real browser: read, followed to a conversation, in both languages, on a phone and in the dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

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


def test_a_number_is_followed_to_the_conversation_behind_it(enter: Enter, office: Desk) -> None:
    page = enter("operator", path=path_of(office))
    page.get_by_label("Language").select_option("en")
    page.get_by_role("button", name="Show").click()
    tile = page.locator(".tile", has_text="Resolved by the assistant")
    expect(tile).to_contain_text("1 of 2")
    tile.get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Resolved by the assistant")
    page.get_by_role("link", name="Quiet Quentin").click()
    expect(page.locator(".messages")).to_contain_text("How long?")


def test_the_chart_stands_beneath_as_a_table(enter: Enter, office: Desk) -> None:
    page = enter("operator", path=path_of(office), locale="zh-CN")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.locator(".daily summary").click()
    expect(page.locator(".daily tbody tr")).to_have_count(30)
    with page.expect_download() as file:
        page.locator("#table .button").click()
    assert file.value.suggested_filename.startswith("numbers-")


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
