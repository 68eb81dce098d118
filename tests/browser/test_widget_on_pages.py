"""The loader on pages that treat it oddly: two tags, bodies that are replaced, elements that are thrown away."""

from playwright.sync_api import expect

from tests.browser.conftest import Shop, Visit
from tests.browser.stand_in_api import SITE_KEY

TAG_AGAIN = """() => {
  const before = document.querySelector("script[data-site]");
  const again = Object.assign(document.createElement("script"), {src: before.src});
  again.dataset.site = before.dataset.site;
  before.remove();
  document.head.append(again);
}"""


def test_page_that_isolates_itself_can_show_the_chat(shop: Shop, visit: Visit) -> None:
    shop.host.headers = {
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    widget = visit().open().say("hello")
    expect(widget.answers).to_have_count(1)
    assert widget.page.evaluate("crossOriginIsolated")


def test_two_tags_in_the_head_draw_one_launcher(shop: Shop, visit: Visit) -> None:
    tag = f'<script src="{shop.desk}/widget.js" data-site="{SITE_KEY}"></script>'
    shop.host.policy = tag + tag
    expect(visit().page.locator("#seekdesk")).to_have_count(1)


def test_page_that_replaces_its_body_keeps_the_chat(shop: Shop, visit: Visit) -> None:
    widget = visit().open().say("hello")
    expect(widget.answers).to_have_count(1)
    widget.composer.fill("a draft")
    widget.page.evaluate("document.body = document.createElement('body')")
    expect(widget.answers).to_have_count(1)
    expect(widget.composer).to_have_value("a draft")
    widget.say("and now?")
    expect(widget.answers).to_have_count(2)


def test_page_that_throws_the_chat_away_gets_it_back_with_the_tag(shop: Shop, visit: Visit) -> None:
    widget = visit().open().say("hello")
    expect(widget.answers).to_have_count(1)
    widget.page.evaluate("document.getElementById('seekdesk').remove()")
    widget.page.evaluate("SeekDesk.close(); SeekDesk.setLocale('zh'); SeekDesk.setLocale('en')")
    expect(widget.launcher).to_have_count(0)  # it was the page's wish
    widget.page.evaluate(TAG_AGAIN)
    expect(widget.launcher).to_have_count(1)
    expect(widget.open().answers).to_have_count(1)
