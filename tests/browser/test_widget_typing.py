"""What somebody types beside the conversation is theirs, whatever happens meanwhile; and a press counts once."""

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Shop, Visit, Widget

NOBODY_THERE = {"minutes": None, "is_served": False, "opens_at": None, "reference": "K7"}


def reasons_for(widget: Widget) -> Locator:
    widget.frame.get_by_role("button", name="Not helpful").last.click()
    words = widget.frame.locator(".feedback textarea")
    words.fill("It takes longer abroad")
    return words


def test_words_stay_while_the_chat_is_still_coming(shop: Shop, visit: Visit) -> None:
    """Once the session was there, and the list of conversations not yet, the field was emptied under their hands."""
    widget = visit().open().say("hello")
    expect(widget.answers).to_have_count(1)
    shop.stand_in.spoil("POST sessions", delay=0.4)
    shop.stand_in.spoil("GET conversations$", delay=1)
    with widget.page.expect_response("**/sessions"):
        widget.page.reload()
        widget.open().composer.fill("and to the is")
    widget.composer.press_sequentially("lands?", delay=20)
    widget.composer.press("Enter")
    expect(widget.questions.last).to_contain_text("and to the islands?")
    expect(widget.answers).to_have_count(2)


def test_reasons_stay_until_they_have_arrived(shop: Shop, visit: Visit) -> None:
    widget = visit().open().say("delivery?")
    expect(widget.answers).to_have_count(1)
    words = reasons_for(widget)
    shop.stand_in.spoil("POST .*/feedback", status=503)
    widget.frame.locator(".feedback").get_by_role("button", name="Send").click()
    expect(widget.frame.get_by_role("alert")).to_contain_text("busy")
    expect(words).to_have_value("It takes longer abroad")
    widget.say("another question")
    shop.stand_in.only().emit("refetch", {})
    expect(widget.answers).to_have_count(2)
    expect(words).to_have_value("It takes longer abroad")
    widget.frame.locator(".feedback").get_by_role("button", name="Send").click()
    expect(words).to_have_count(0)
    assert shop.stand_in.posted("feedback")[-1]["comment"] == "It takes longer abroad"


def test_reasons_are_kept_from_rows_that_do_not_know_the_thumb_yet(shop: Shop, visit: Visit) -> None:
    widget = visit().open().say("delivery?")
    expect(widget.answers).to_have_count(1)
    shop.stand_in.spoil("POST .*/feedback", delay=0.6, lose_answer=True)
    words = reasons_for(widget)
    shop.stand_in.only().messages[-1]["feedback"] = None
    with widget.page.expect_response("**/messages?after=0"):
        shop.stand_in.only().emit("refetch", {})
    expect(widget.frame.get_by_role("button", name="Not helpful")).to_have_attribute("aria-pressed", "true")
    expect(widget.frame.get_by_role("alert")).to_contain_text("busy")  # now it is known that it was not taken
    expect(words).to_have_value("It takes longer abroad")


def test_reasons_outlive_a_change_of_language(shop: Shop, visit: Visit) -> None:
    widget = visit().open().say("delivery?")
    expect(widget.answers).to_have_count(1)
    words = reasons_for(widget)
    widget.frame.locator(".feedback .chip").first.click()
    words.focus()
    widget.page.evaluate("SeekDesk.setLocale('zh-hans')")
    expect(widget.frame.get_by_role("button", name="没有帮助")).to_be_visible()
    expect(words).to_have_value("It takes longer abroad")
    expect(words).to_be_focused()
    expect(widget.frame.locator(".feedback .chip").first).to_have_attribute("aria-pressed", "true")
    widget.frame.locator(".feedback [type=submit]").click()
    expect(words).to_have_count(0)
    assert shop.stand_in.posted("feedback")[-1]["comment"] == "It takes longer abroad"


def test_who_types_reasons_is_not_pulled_away_by_what_arrives(shop: Shop, visit: Visit) -> None:
    widget = visit(viewport={"width": 400, "height": 600}).open().say("delivery?")
    expect(widget.answers).to_have_count(1)
    words = reasons_for(widget)
    for number in range(3):
        shop.stand_in.agent_says(f"{number}: " + "A long line of somebody who helps. " * 6, name="Lin")
    expect(widget.frame.locator(".message.agent")).to_have_count(3)
    expect(words).to_be_in_viewport(ratio=1)
    widget.frame.get_by_role("button", name="New messages").click()
    expect(widget.frame.locator(".message.agent").last).to_be_in_viewport()


def test_second_thought_does_not_overtake_the_first(shop: Shop, visit: Visit) -> None:
    widget = visit().open().say("delivery?")
    expect(widget.answers).to_have_count(1)
    shop.stand_in.spoil("POST .*/feedback", delay=0.5)
    widget.frame.get_by_role("button", name="Not helpful").click()
    with widget.page.expect_response("**/feedback"):
        widget.frame.get_by_role("button", name="Helpful", exact=True).click()
        assert shop.stand_in.posted("feedback") == [{"rating": "down"}]
    expect(widget.frame.get_by_role("button", name="Undo")).to_be_visible()
    widget.frame.get_by_role("button", name="Undo").click()
    expect(widget.frame.get_by_role("button", name="Undo")).to_have_count(0)


def test_email_address_stays_while_the_line_moves_and_after_a_reload(shop: Shop, visit: Visit) -> None:
    shop.stand_in.expected = dict(NOBODY_THERE)
    widget = visit().open().say("my address is old@shop.example, 或者ada@shop.example。")
    expect(widget.answers).to_have_count(1)
    widget.frame.get_by_role("button", name="Talk to a person").click()
    address = widget.frame.get_by_label("Your e-mail address")
    expect(address).to_have_value("ada@shop.example")
    address.fill("")
    address.press_sequentially("clara@sho")
    shop.stand_in.line_moves(1)
    shop.stand_in.agent_says("One moment.", name="Lin")
    expect(widget.frame.locator(".message.agent")).to_have_count(1)
    expect(address).to_be_focused()
    address.press_sequentially("p.example")
    for locale in ("zh-hans", "en"):
        widget.page.evaluate("SeekDesk.setLocale", locale)
    expect(address).to_have_value("clara@shop.example")
    address.press("Enter")
    expect(widget.frame.locator(".left-email")).to_contain_text("clara@shop.example")
    expect(widget.composer).to_be_focused()
    widget.page.reload()
    expect(widget.open().frame.locator(".left-email")).to_contain_text("clara@shop.example")


def test_score_pressed_twice_on_a_slow_line_counts_once(shop: Shop, visit: Visit) -> None:
    shop.stand_in.open_parts = ["agent", "assistant"]
    widget = visit().open().say("hello")
    expect(widget.answers).to_have_count(1)
    shop.stand_in.resolve()
    shop.stand_in.spoil("POST .*/rating", delay=0.5)
    five = widget.frame.get_by_role("button", name="5 of 5")
    five.dblclick()
    expect(widget.frame.get_by_text("content were you with the assistant")).to_be_visible()
    assert shop.stand_in.posted("rating$") == [{"score": 5, "part": "agent"}]
    shop.stand_in.open_parts = []  # rated in another tab
    five.click()
    expect(widget.frame.get_by_role("alert")).to_contain_text("no longer possible")
    expect(five).to_have_count(0)


def test_who_skips_the_score_is_not_asked_again(shop: Shop, visit: Visit) -> None:
    shop.stand_in.open_parts = ["assistant"]
    widget = visit().open().say("hello")
    expect(widget.answers).to_have_count(1)
    shop.stand_in.resolve()
    widget.frame.get_by_role("button", name="Skip").click()
    widget.page.reload()
    expect(widget.open().frame.get_by_text("This conversation is closed.")).to_be_visible()
    expect(widget.frame.get_by_role("button", name="Skip")).to_have_count(0)


def test_last_word_on_learning_is_the_last_that_is_sent(shop: Shop, visit: Visit) -> None:
    widget = visit().open().say("hello")
    expect(widget.answers).to_have_count(1)
    widget.frame.get_by_role("button", name="Your conversations").click()
    box = widget.frame.get_by_role("checkbox")
    shop.stand_in.spoil("POST consent", delay=0.5)
    box.check()
    with widget.page.expect_response("**/consent"):
        box.uncheck()
        assert shop.stand_in.posted("consent") == [{"may_train": True}]
    expect(box).not_to_be_checked()
