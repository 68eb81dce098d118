"""A customer says whether their conversations may be learnt from, by mouse and by keyboard, in both languages."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Shop, Visit
from tests.browser.test_widget_everyone import violations

WORDS = {
    "en": "My conversations may be used to improve the assistant",
    "zh-CN": "允许使用我的对话来改进智能客服",
}


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_consent_is_given_and_taken_back(shop: Shop, visit: Visit, lang: str) -> None:
    widget = visit(f"?lang={lang}").open()
    widget.frame.locator(".to-list").click()
    box = widget.frame.get_by_role("checkbox", name=WORDS[lang])
    expect(box).not_to_be_checked()
    with widget.page.expect_response("**/consent"):
        box.check()
    expect(box).to_be_checked()
    assert violations(widget) == []
    with widget.page.expect_response("**/consent"):
        box.press("Space")
    expect(box).not_to_be_checked()
    expect(box).to_be_focused()
    assert [body["may_train"] for body in shop.stand_in.posted("consent")] == [True, False]


def test_a_word_that_was_not_heard_is_not_shown(shop: Shop, visit: Visit) -> None:
    widget = visit().open()
    widget.frame.locator(".to-list").click()
    shop.stand_in.spoil("POST consent", status=503)
    box = widget.frame.get_by_role("checkbox")
    with widget.page.expect_response("**/consent"):
        box.click()
    expect(box).not_to_be_checked()
