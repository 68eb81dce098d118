"""The card of an action that waits for the customer's word: seen, heard, decided, found again, and run out."""

from datetime import datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Shop, Visit, Widget
from tests.browser.stand_in_api import Json, Script, Sentence

WISH = "Please cancel my order MW20418833"
WORDS = {
    "en": {
        "title": "Cancel an order",
        "label": "order number",
        "confirm": "Confirm",
        "keep": "Keep as is",
        "line": "Order MW20418833 is cancelled.",
        "done": "Done",
        "kept": "Kept as it is",
        "out": "This offer has run out.",
    },
    "zh": {
        "title": "取消订单",
        "label": "订单号",
        "confirm": "确认办理",
        "keep": "保持不变",
        "line": "订单MW20418833已取消。",
        "done": "已办好",
        "kept": "已保持不变",
        "out": "已超过十分钟",
    },
}
LANGUAGES = pytest.mark.parametrize("lang", ["en", "zh"])


def proposes(shop: Shop, lang: str, **told: object) -> None:
    words = WORDS[lang]
    card: Json = {
        "title": words["title"],
        "details": [{"label": words["label"], "value": "MW20418833"}],
        "line": words["line"],
    } | told
    shop.stand_in.default = Script((Sentence("…"),), confirmation=card)


def card_in(widget: Widget) -> Locator:
    return widget.frame.locator(".confirmation")


def is_clean(widget: Widget) -> bool:
    found = Axe().run(widget.inside()).response["violations"]
    assert [one["id"] for one in found] == []
    return True


@LANGUAGES
def test_the_card_says_what_will_be_done_and_is_confirmed_by_keyboard(
    shop: Shop, visit: Visit, lang: str
) -> None:
    words = WORDS[lang]
    proposes(shop, lang)
    widget = visit(f"?lang={lang}").open().say(WISH)
    card = card_in(widget)
    expect(card).to_have_accessible_name(words["title"])
    expect(card.locator("dd")).to_have_text("MW20418833")
    assert is_clean(widget)
    button = card.get_by_role("button", name=words["confirm"])
    button.focus()
    button.press("Enter")
    expect(card.locator(".outcome")).to_have_text(words["done"])
    expect(card.get_by_role("button")).to_have_count(0)
    expect(widget.frame.locator(".system")).to_have_text(words["line"])
    assert shop.stand_in.posted("confirmations/") == [{"accept": True}]
    assert is_clean(widget)


@LANGUAGES
def test_it_can_be_kept_as_it_is(shop: Shop, visit: Visit, lang: str) -> None:
    proposes(shop, lang)
    widget = visit(f"?lang={lang}").open().say(WISH)
    card_in(widget).get_by_role("button", name=WORDS[lang]["keep"]).click()
    expect(card_in(widget).locator(".outcome")).to_have_text(WORDS[lang]["kept"])
    assert shop.stand_in.posted("confirmations/") == [{"accept": False}]


@LANGUAGES
def test_the_card_is_there_after_a_reload_and_says_when_it_has_run_out(
    shop: Shop, visit: Visit, lang: str
) -> None:
    proposes(shop, lang, good_for=6)
    widget = visit(f"?lang={lang}", at="same site").open().say(WISH)
    expect(card_in(widget).get_by_role("button")).to_have_count(2)
    widget.page.reload()
    widget.open()
    card = card_in(widget)
    expect(card.locator(".outcome")).to_contain_text(WORDS[lang]["out"])  # by itself, nobody was asked
    expect(card.get_by_role("button")).to_have_count(0)
    assert shop.stand_in.posted("confirmations/") == []


def test_a_device_whose_clock_is_hours_off_runs_no_card_out(shop: Shop, visit: Visit) -> None:
    proposes(shop, "en")
    widget = visit()
    widget.page.clock.set_fixed_time(datetime.now() + timedelta(hours=3))
    widget.open().say(WISH)
    card_in(widget).get_by_role("button", name="Confirm").click()
    expect(card_in(widget).locator(".outcome")).to_have_text("Done")


def test_a_word_that_got_lost_on_the_way_is_sent_again(shop: Shop, visit: Visit) -> None:
    """The first one arrived all the same: what came of it is found, and nothing is done twice."""
    proposes(shop, "en")
    shop.stand_in.spoil("POST confirmations", status=503)
    widget = visit().open().say(WISH)
    confirm = card_in(widget).get_by_role("button", name="Confirm")
    confirm.click()
    expect(widget.frame.get_by_role("alert")).to_be_visible()
    expect(confirm).to_be_visible()
    shop.stand_in.spoil("POST confirmations", lose_answer=True)
    confirm.click()
    expect(card_in(widget).locator(".outcome")).to_have_text("Done")
    expect(widget.frame.locator(".system")).to_have_count(1)


def test_after_a_failure_a_person_is_one_press_away(shop: Shop, visit: Visit) -> None:
    proposes(shop, "en", outcome="failed", line="I cannot say whether it was done.")
    widget = visit().open().say(WISH)
    card_in(widget).get_by_role("button", name="Confirm").click()
    expect(card_in(widget).locator(".outcome")).to_have_text("Not certain whether it was done")
    widget.frame.locator(".told [data-offer='person']").click()
    expect(widget.frame.locator(".card")).to_contain_text("number 2 in line")


def test_what_a_service_or_a_customer_says_is_shown_as_text(shop: Shop, visit: Visit) -> None:
    nasty = '<img src=x onerror="alert(1)">{{7*7}}'
    proposes(shop, "en", title=nasty, details=[{"label": nasty, "value": nasty}], line=nasty)
    widget = visit().open().say(WISH)
    expect(card_in(widget).locator("dd")).to_have_text(nasty)
    card_in(widget).get_by_role("button", name="Confirm").click()
    expect(widget.frame.locator(".system")).to_have_text(nasty)
    expect(card_in(widget).locator("img")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_small_phone_by_day_and_night(shop: Shop, visit: Visit, scheme: str) -> None:
    proposes(shop, "zh", details=[{"label": "新的收货地址", "value": "杭州市西湖区文三路" * 12}])
    phone = {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True}
    widget = visit("?lang=zh", color_scheme=scheme, **phone).open().say(WISH)
    expect(card_in(widget).get_by_role("button")).to_have_count(2)
    wide = widget.inside().evaluate("document.querySelector('.scroller').scrollWidth - innerWidth")
    assert wide <= 0
    assert is_clean(widget)
