"""Everyone can use it: input methods, keyboard alone, screen readers, two languages, dark rooms, small phones."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Shop, Visit, Widget
from tests.browser.stand_in_api import Script, Sentence

PASSAGE = {
    "number": 1,
    "title": "配送时间",
    "text": "普通配送需要 3 个工作日。",
    "url": "",
    "heading_path": ["帮助", "配送"],
}
PHONE = {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def bilingual(shop: Shop) -> Shop:
    shop.stand_in.default = Script(
        (Sentence("Delivery takes 3 days.", (1,)), Sentence("It is free.")), (PASSAGE,)
    )
    shop.stand_in.site["suggestions"] = ["How long does delivery take?"]
    shop.stand_in.greetings["zh-hans"] = {
        "greeting": "您好，请问需要什么帮助？",
        "suggestions": ["多久能到？"],
    }
    return shop


# --- Input methods -------------------------------------------------------------------------------------------


def test_enter_that_chooses_a_word_does_not_send(bilingual: Shop, visit: Visit) -> None:
    widget = visit(at="same site").open()
    widget.composer.focus()
    keyboard = widget.page.context.new_cdp_session(widget.page)
    keyboard.send("Input.imeSetComposition", {"text": "duo jiu", "selectionStart": 7, "selectionEnd": 7})
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    keyboard.send("Input.insertText", {"text": "多久能到"})
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})
    expect(widget.composer).to_have_value("多久能到")
    assert bilingual.stand_in.posted("messages$") == []
    widget.page.wait_for_timeout(100)  # longer than the guard for Safari's order of events
    widget.composer.press("Enter")
    expect(widget.answers).to_have_count(1)
    assert [body["text"] for body in bilingual.stand_in.posted("messages$")] == ["多久能到"]


@pytest.mark.parametrize("signs", [{"isComposing": True}, {"keyCode": 229}])
def test_enter_is_the_input_methods_own_by_either_sign(
    bilingual: Shop, visit: Visit, signs: dict[str, object]
) -> None:
    widget = visit().open()
    widget.composer.fill("草稿")
    press = """(field, signs) => {
      const enter = {key: 'Enter', bubbles: true, cancelable: true, ...signs};
      field.dispatchEvent(new KeyboardEvent('keydown', enter));
    }"""
    widget.composer.evaluate(press, signs)
    expect(widget.composer).to_have_value("草稿")


def test_enter_just_after_a_composition_ended_does_not_send(bilingual: Shop, visit: Visit) -> None:
    widget = visit().open()
    widget.composer.fill("草稿")
    widget.composer.evaluate("""(field) => {
      field.dispatchEvent(new CompositionEvent('compositionend', {data: '草稿'}));
      field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true}));
    }""")
    expect(widget.composer).to_have_value("草稿")


def test_shift_and_enter_begin_a_new_line(bilingual: Shop, visit: Visit) -> None:
    widget = visit().open()
    widget.composer.press_sequentially("one")
    widget.composer.press("Shift+Enter")
    widget.composer.press_sequentially("two")
    expect(widget.composer).to_have_value("one\ntwo")
    widget.composer.press("Enter")
    expect(widget.questions.locator(".bubble")).to_have_text("one\ntwo")


# --- Keyboard -------------------------------------------------------------------------------------------------


def test_a_whole_conversation_by_keyboard_alone(bilingual: Shop, visit: Visit) -> None:
    widget = visit()
    keys = widget.page.keyboard
    widget.launcher.focus()
    keys.press("Enter")
    expect(widget.composer).to_be_focused()
    expect(widget.frame.get_by_text("People often ask")).to_be_visible()
    tab_to(widget, "How long does delivery take?", back=True)
    keys.press("Enter")
    expect(widget.composer).to_be_focused()
    expect(widget.answers).to_have_count(1)
    tab_to(widget, "Source 1: 配送时间", back=True)
    keys.press("Enter")
    expect(widget.frame.get_by_role("dialog")).to_be_visible()
    for _ in range(4):
        keys.press("Tab")
        assert widget.inside().evaluate("document.activeElement.closest('dialog') !== null")
    keys.press("Escape")
    expect(widget.frame.get_by_role("dialog")).to_have_count(0)
    assert focused_name(widget) == "Source 1: 配送时间"
    keys.press("Escape")
    expect(widget.launcher).to_be_focused()
    expect(widget.launcher).to_have_attribute("aria-expanded", "false")


def tab_to(widget: Widget, name: str, *, back: bool = False) -> None:
    for _ in range(20):
        if focused_name(widget) == name:
            return
        widget.page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{name} cannot be reached by Tab.")


def focused_name(widget: Widget) -> str:
    focused = "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
    return str(widget.inside().evaluate(focused))


def test_focus_is_seen(bilingual: Shop, visit: Visit) -> None:
    widget = visit().open()
    expect(
        widget.composer
    ).to_be_focused()  # opening puts the focus there, a moment after the composer is seen
    widget.page.keyboard.press("Tab")
    expect(widget.frame.locator(":focus")).to_have_css("outline-style", "solid")


def test_focus_stays_with_a_person_when_the_answer_settles_under_it(bilingual: Shop, visit: Visit) -> None:
    bilingual.stand_in.shown = 1
    widget = visit().open().say("delivery?")
    expect(widget.frame.locator(".message[aria-busy='true']")).to_contain_text("3 days")
    reply = bilingual.stand_in.only().messages[-1]["id"]
    bilingual.stand_in.only().emit("citations", {"message_id": reply, "citations": [PASSAGE]})
    mark = widget.frame.locator("button.mark")
    mark.focus()
    bilingual.stand_in.shown = 99
    expect(widget.answers).to_have_count(1)
    assert focused_name(widget) in ("Source 1: 配送时间", "Your message")


def test_focus_comes_back_from_a_passage_whose_answer_has_settled_behind_it(
    bilingual: Shop, visit: Visit
) -> None:
    bilingual.stand_in.shown = 1
    widget = visit().open().say("delivery?")
    expect(widget.frame.locator(".message[aria-busy='true']")).to_contain_text("3 days")
    reply = bilingual.stand_in.only().messages[-1]["id"]
    bilingual.stand_in.only().emit("citations", {"message_id": reply, "citations": [PASSAGE]})
    widget.frame.locator("button.mark").click()
    expect(widget.frame.get_by_role("dialog")).to_be_visible()
    bilingual.stand_in.shown = 99
    expect(widget.answers).to_have_count(1)
    widget.page.keyboard.press("Escape")
    expect(widget.frame.get_by_role("dialog")).to_have_count(0)
    assert focused_name(widget) in ("Source 1: 配送时间", "Your message")


# --- Screen readers --------------------------------------------------------------------------------------------

SPOKEN = """() => {
  window.spoken = [];
  const isSilent = (node) => {
    const live = (node.nodeType === 1 ? node : node.parentElement).closest("[aria-live]");
    return live.getAttribute("aria-live") === "off";
  };
  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]);
    spoken.push(...added.filter((node) => !isSilent(node)).map((node) => node.textContent));
  }).observe(document.querySelector("[role=log]"), {childList: true, subtree: true});
}"""


def test_log_speaks_an_answer_once_when_it_has_settled(bilingual: Shop, visit: Visit) -> None:
    bilingual.stand_in.shown = 0
    widget = visit().open()
    expect(widget.frame.get_by_role("log")).to_have_attribute("aria-live", "polite")
    widget.inside().evaluate(SPOKEN)
    widget.say("delivery?")
    running = widget.frame.locator(".message[aria-busy='true']")
    expect(running).to_have_attribute("aria-live", "off")
    bilingual.stand_in.shown = 1
    expect(running).to_contain_text("3 days")
    assert widget.inside().evaluate("spoken") == []
    bilingual.stand_in.shown = 99
    expect(widget.answers).to_have_count(1)
    spoken = widget.inside().evaluate("spoken")
    assert len(spoken) == 1
    assert "Delivery takes 3 days" in spoken[0]
    widget.frame.get_by_role("button", name="Not helpful").click()
    expect(widget.frame.locator(".feedback")).to_be_visible()
    assert len([text for text in widget.inside().evaluate("spoken") if "Delivery takes" in text]) == 1


def test_conversation_that_is_opened_again_is_not_spoken(bilingual: Shop, visit: Visit) -> None:
    widget = visit().open().say("delivery?")
    expect(widget.answers).to_have_count(1)
    widget.page.reload()
    widget.open()
    log = widget.frame.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(widget.answers).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_axe_finds_nothing(bilingual: Shop, visit: Visit, scheme: str, lang: str) -> None:
    widget = visit(f"?lang={lang}", color_scheme=scheme, reduced_motion="reduce").open()
    expect(widget.frame.locator(".suggestion")).to_be_visible()
    assert violations(widget) == []
    widget.say("delivery?")
    widget.answers.locator(".thumb").last.click()
    expect(widget.frame.locator(".feedback")).to_be_visible()
    assert violations(widget) == []
    widget.frame.locator(".source").click()
    assert violations(widget) == []
    widget.page.keyboard.press("Escape")
    widget.frame.locator(".person").click()
    expect(widget.frame.locator(".card")).to_be_visible()
    bilingual.stand_in.agent_joins("林晓")
    bilingual.stand_in.agent_says("您好！", name="林晓")
    expect(widget.frame.locator(".message.agent")).to_be_visible()
    widget.frame.locator(".to-list").click()
    assert violations(widget) == []


def violations(widget: Widget) -> list[str]:
    """What axe finds in the frame, and in the shadow of the host page where the launcher lives."""
    inside = Axe().run(widget.inside()).response["violations"]
    outside = Axe().run(widget.page, context="#seekdesk", options={"iframes": False}).response["violations"]
    return [
        f"{one['id']}: {json.dumps([node['html'] for node in one['nodes']])}" for one in [*inside, *outside]
    ]


# --- Languages ---------------------------------------------------------------------------------------------------


def test_page_in_chinese_has_a_chat_in_chinese(bilingual: Shop, visit: Visit) -> None:
    widget = visit("?lang=zh-CN")
    expect(widget.launcher).to_have_accessible_name("联系客服")
    widget.open()
    expect(widget.frame.get_by_text("您好，请问需要什么帮助？")).to_be_visible()
    assert bilingual.stand_in.posted("sessions")[0]["locale"] == "zh-hans"
    assert widget.inside().evaluate("document.documentElement.lang") == "zh-Hans"
    bilingual.stand_in.spoil("POST .*/messages", status=422, code="bad_text")
    widget.say("多久能到？")
    expect(widget.questions).to_contain_text("这条消息无法发送")


def test_language_can_be_changed_while_people_talk(bilingual: Shop, visit: Visit) -> None:
    widget = visit("?locale=en&lang=zh-CN").open().say("delivery?")
    expect(widget.answers).to_have_count(1)
    widget.composer.fill("a draft")
    widget.page.evaluate("SeekDesk.setLocale('zh-hans')")
    expect(widget.frame.get_by_role("button", name="转人工客服")).to_be_visible()
    expect(widget.frame.get_by_role("log")).to_have_attribute("aria-live", "polite")  # it goes on speaking
    expect(widget.composer).to_be_focused()
    expect(widget.launcher).to_have_accessible_name("关闭对话")
    expect(widget.composer).to_have_value("a draft")
    expect(widget.answers).to_have_count(1)


def test_both_languages_have_every_sentence(bilingual: Shop, visit: Visit) -> None:
    widget = visit().open()
    shape = """async (locale) => {
      const {textsIn} = await import(new URL("/static/widget/texts.js", location));
      const below = (value, path) => Object.entries(value).flatMap(([key, one]) => keys(one, path + "." + key));
      const keys = (value, path) => typeof value === "object" ? below(value, path) : [path];
      return keys(textsIn(locale), "");
    }"""
    assert widget.inside().evaluate(shape, "en") == widget.inside().evaluate(shape, "zh-hans")


# --- Light, size, movement -----------------------------------------------------------------------------------------


def test_dark_follows_the_system_or_the_page(bilingual: Shop, visit: Visit) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    system = visit(color_scheme="dark").open()
    dark = system.inside().evaluate(background)
    asked = visit("?theme=dark").open()
    assert asked.inside().evaluate(background) == dark
    light = visit("?theme=light", color_scheme="dark").open()
    assert light.inside().evaluate(background) != dark


def test_small_phone_shows_the_chat_full_screen(bilingual: Shop, visit: Visit) -> None:
    bilingual.stand_in.default = Script((Sentence("https://shop.example/" + "a" * 300 + " 货" * 5),))
    widget = visit(**PHONE)
    widget.launcher.tap()
    expect(widget.composer).to_be_visible()
    frame = widget.page.locator("#seekdesk iframe").bounding_box()
    assert frame == {"x": 0, "y": 0, "width": 320, "height": 568}
    expect(widget.launcher).to_be_hidden()
    widget.say("a" * 500)
    expect(widget.answers).to_have_count(1)
    overflow = (
        "document.querySelector('.scroller').scrollWidth - document.querySelector('.scroller').clientWidth"
    )
    assert widget.inside().evaluate(overflow) <= 0
    sizes = widget.inside().evaluate(
        "[...document.querySelectorAll('textarea')].map((field) => getComputedStyle(field).fontSize)"
    )
    assert set(sizes) == {"16px"}  # below that, phones zoom in
    assert widget.page.evaluate("getComputedStyle(document.documentElement).overflow") == "hidden"
    widget.frame.get_by_role("button", name="Close chat").tap()
    expect(widget.launcher).to_be_visible()
    assert widget.page.evaluate("document.documentElement.style.overflow") == ""


def test_greeting_is_read_from_its_beginning_on_a_low_screen(bilingual: Shop, visit: Visit) -> None:
    bilingual.stand_in.site["suggestions"] = [f"Question {number}?" for number in range(9)]
    widget = visit(**PHONE | {"viewport": {"width": 700, "height": 320}})
    widget.launcher.tap()
    expect(widget.frame.locator(".greeting")).to_be_in_viewport()


def test_phone_is_not_trapped_in_a_chat_that_does_not_load(bilingual: Shop, visit: Visit) -> None:
    widget = visit(**PHONE)
    widget.page.route("**/widget/frame/**", lambda route: None)  # never answered
    widget.launcher.tap()
    expect(widget.launcher).to_have_accessible_name("Close chat")
    widget.launcher.tap()
    expect(widget.launcher).to_have_accessible_name("Chat with us")
    expect(widget.page.locator("#seekdesk .panel")).to_be_hidden()


def test_full_screen_keeps_the_focus_inside(bilingual: Shop, visit: Visit) -> None:
    widget = visit(**PHONE)
    widget.launcher.tap()
    expect(widget.frame.locator(".suggestion")).to_be_visible()
    for _ in range(15):
        widget.page.keyboard.press("Tab")
        assert widget.page.evaluate("document.activeElement.id") == "seekdesk"
    widget.frame.get_by_role("button", name="Your conversations").tap()
    reached = set()
    for _ in range(6):
        widget.page.keyboard.press("Tab")
        reached.add(widget.inside().evaluate("document.activeElement.type"))
    assert "checkbox" in reached


def test_low_screen_with_the_keyboard_up_still_shows_what_was_said(bilingual: Shop, visit: Visit) -> None:
    widget = visit(viewport={"width": 740, "height": 160}, has_touch=True).open().say("delivery?")
    expect(widget.answers).to_have_count(1)
    stage = widget.frame.locator(".scroller").bounding_box()
    assert stage is not None
    assert stage["height"] > 50
    expect(widget.frame.get_by_role("button", name="Talk to a person")).to_be_in_viewport(ratio=1)


def test_page_behind_moves_again_when_the_chat_no_longer_covers_it(bilingual: Shop, visit: Visit) -> None:
    widget = visit(viewport={"width": 400, "height": 700}).open()
    overflow = "getComputedStyle(document.documentElement).overflowY"
    assert widget.page.evaluate(overflow) == "hidden"
    widget.page.set_viewport_size({"width": 1180, "height": 800})
    expect(widget.launcher).to_be_visible()
    widget.page.wait_for_function(f"{overflow} === 'visible'")


def test_one_colour_is_legible_on_light_and_dark(bilingual: Shop, visit: Visit) -> None:
    bilingual.stand_in.colour = "#ffd84d"
    widget = visit().open().say("delivery?")
    expect(widget.answers).to_have_count(1)
    assert violations(widget) == []
    dark = visit(color_scheme="dark").open().say("delivery?")
    expect(dark.answers).to_have_count(1)
    assert violations(dark) == []


def test_less_motion_is_respected(bilingual: Shop, visit: Visit) -> None:
    widget = visit(reduced_motion="reduce").open().say("delivery?")
    expect(widget.answers).to_have_count(1)
    duration = "parseFloat(getComputedStyle(document.querySelector('.message')).animationDuration)"
    assert widget.inside().evaluate(duration) < 0.001


def test_strict_page_policies_do_not_hinder_the_loader(bilingual: Shop, visit: Visit) -> None:
    nothing = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="  # of the page's own, empty script
    policy = f"default-src 'none'; style-src 'self'; script-src {bilingual.desk} '{nothing}'; frame-src {bilingual.desk}"
    bilingual.host.policy = (
        '<meta name="referrer" content="no-referrer">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    )
    widget = visit().open().say("delivery?")
    expect(widget.answers).to_have_count(1)
    position = widget.launcher.evaluate("button => getComputedStyle(button).position")
    assert position == "fixed"
    own_style = [line for line in widget.complaints if "style" in line]
    assert own_style
    for line in own_style:  # the page's own <style>, which its policy refuses
        widget.complaints.remove(line)
