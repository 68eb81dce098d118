"""A customer asks, reads, opens passages, rates, stops, and asks for a person."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Shop, Visit
from tests.browser.stand_in_api import Script, Sentence

PASSAGE = {
    "number": 1,
    "title": "Delivery times",
    "text": "Standard delivery takes 3 working days.\nOrders over ¥199 are free.",
    "url": "https://shop.example/help/delivery",
    "heading_path": ["Help", "Delivery"],
}
DELIVERY = Script(
    (
        Sentence("Standard delivery takes 3 working days.", (1,)),
        Sentence("Orders over ¥199 are free.", (1,)),
    ),
    (PASSAGE,),
    text="Standard delivery takes **3 working days**.[1] Orders over ¥199 are free.[1]",
)


@pytest.fixture
def asked(shop: Shop) -> Shop:
    shop.stand_in.default = DELIVERY
    shop.stand_in.site["suggestions"] = ["How long does delivery take?"]
    shop.stand_in.site["greeting"] = "Ask me about your order."
    return shop


def test_nothing_is_asked_of_the_server_before_the_first_click(asked: Shop, visit: Visit) -> None:
    widget = visit()
    assert widget.page.locator("#seekdesk iframe").count() == 0
    assert asked.stand_in.calls == []
    widget.open()
    expect(widget.frame.get_by_text("Ask me about your order.")).to_be_visible()
    assert asked.stand_in.posted("^sessions$")[0]["site_key"]


def test_suggested_question_is_answered_sentence_by_sentence_with_its_passage(
    asked: Shop, visit: Visit
) -> None:
    asked.stand_in.shown = 1
    widget = visit().open()
    widget.frame.get_by_role("button", name="How long does delivery take?").click()
    running = widget.frame.locator(".message[aria-busy='true']")
    expect(running).to_contain_text("Standard delivery takes 3 working days.")
    expect(running).not_to_contain_text("¥199")
    asked.stand_in.shown = 99
    expect(widget.answers).to_contain_text("Orders over ¥199 are free.")
    expect(widget.answers.locator("strong")).to_have_text("3 working days")
    widget.frame.get_by_role("button", name="Source 1: Delivery times").first.click()
    dialog = widget.frame.get_by_role("dialog", name="Delivery times")
    expect(dialog).to_contain_text("Help › Delivery")
    expect(dialog.locator("blockquote")).to_have_text(PASSAGE["text"])
    expect(dialog.get_by_role("link", name="Open the page")).to_have_attribute("href", PASSAGE["url"])


def test_stop_keeps_what_was_shown(asked: Shop, visit: Visit) -> None:
    asked.stand_in.shown = 1
    widget = visit().open().say("delivery?")
    expect(widget.frame.locator(".message[aria-busy='true']")).to_contain_text("3 working days")
    widget.frame.get_by_role("button", name="Stop the answer").click()
    expect(widget.answers).to_contain_text("Stopped")
    expect(widget.answers).to_contain_text("3 working days")
    expect(widget.frame.get_by_role("button", name="Send")).to_be_visible()


def test_thumb_down_takes_a_reason_and_can_be_undone(asked: Shop, visit: Visit) -> None:
    widget = visit().open().say("delivery?")
    expect(widget.answers).to_be_visible()
    down = widget.frame.get_by_role("button", name="Not helpful")
    down.click()
    expect(down).to_have_attribute("aria-pressed", "true")
    widget.frame.get_by_role("button", name="Something is missing").click()
    widget.frame.get_by_placeholder("Anything else?").fill("Abroad?")
    widget.frame.locator(".feedback").get_by_role("button", name="Send").click()
    expect(widget.frame.locator(".feedback")).to_have_count(0)
    expect(down).to_be_focused()
    widget.frame.get_by_role("button", name="Undo").click()
    expect(down).to_have_attribute("aria-pressed", "false")
    expect(widget.frame.get_by_role("button", name="Helpful", exact=True)).to_be_focused()
    rated = asked.stand_in.posted("feedback")
    assert rated == [
        {"rating": "down"},
        {"rating": "down", "reason": "incomplete", "comment": "Abroad?"},
        {"rating": None},
    ]


def test_rating_that_was_not_taken_is_told_and_not_shown(asked: Shop, visit: Visit) -> None:
    asked.stand_in.spoil("feedback", status=503)
    widget = visit().open().say("delivery?")
    up = widget.frame.get_by_role("button", name="Helpful", exact=True)
    up.click()
    expect(widget.frame.get_by_role("alert")).to_contain_text("busy")
    expect(up).to_have_attribute("aria-pressed", "false")


def test_person_can_be_asked_for_without_a_question_and_joins(asked: Shop, visit: Visit) -> None:
    widget = visit().open()
    widget.frame.get_by_role("button", name="Talk to a person").click()
    expect(widget.frame.locator(".card")).to_contain_text("number 2 in line")
    asked.stand_in.only().emit("handoff", {"status": "waiting", "position": 1})
    expect(widget.frame.locator(".card")).to_contain_text("next in line")
    asked.stand_in.agent_joins("Lin")
    expect(widget.frame.locator(".status")).to_have_text("You are talking with Lin")
    asked.stand_in.only().emit("typing", {"sender": "agent"})
    expect(widget.frame.get_by_text("Lin is typing…")).to_be_visible()
    asked.stand_in.agent_says("Good morning!", name="Lin")
    expect(widget.frame.locator(".message.agent")).to_contain_text("Good morning!")
    expect(widget.frame.get_by_text("Lin is typing…")).to_be_hidden()
    widget.composer.press_sequentially("Hello Lin")
    widget.composer.press("Enter")
    expect(widget.questions).to_have_count(1)
    assert len(asked.stand_in.posted("handoff")) == 1
    assert len(asked.stand_in.posted("typing")) == 1  # not with each letter


def test_answer_that_offers_a_person_has_the_button_beside_it(asked: Shop, visit: Visit) -> None:
    asked.stand_in.default = Script((Sentence("I found nothing."),), offer_person=True)
    widget = visit().open().say("Do you sell boats?")
    widget.answers.get_by_role("button", name="Talk to a person").click()
    expect(widget.frame.locator(".status")).to_have_text("Waiting for a person")
    expect(widget.answers.get_by_role("button", name="Talk to a person")).to_be_hidden()


def test_answer_of_blanks_is_no_blank_bubble(asked: Shop, visit: Visit) -> None:
    asked.stand_in.default = Script((Sentence("\n"),), text=" \n ")
    widget = visit().open().say("anything?")
    expect(widget.answers).to_contain_text("there is no answer here")


def test_failed_answer_offers_to_ask_again_and_a_person(asked: Shop, visit: Visit) -> None:
    asked.stand_in.default = Script((Sentence("One."),), fails_with="model_lost")
    widget = visit().open().say("delivery?")
    expect(widget.answers).to_contain_text("could not finish")
    expect(widget.answers.get_by_role("button", name="Talk to a person")).to_be_visible()
    asked.stand_in.default = DELIVERY
    widget.answers.get_by_role("button", name="Ask again").click()
    expect(widget.answers.last).to_contain_text("3 working days")
    assert [body["text"] for body in asked.stand_in.posted("messages$")] == ["delivery?", "delivery?"]


def test_answer_withdrawn_by_a_person_is_not_shown(asked: Shop, visit: Visit) -> None:
    asked.stand_in.shown = 1
    widget = visit().open().say("delivery?")
    running = widget.frame.locator(".message[aria-busy='true']")
    expect(running).to_contain_text("3 working days")
    reply = asked.stand_in.only().messages[-1]
    asked.stand_in.only().emit(
        "failed", {"message_id": reply["id"], "code": "agent_took_over", "message": ""}
    )
    asked.stand_in.agent_joins("Lin")
    expect(running).to_have_count(0)
    expect(widget.frame.locator(".message.assistant")).to_have_count(0)


def test_model_that_is_away_is_told_in_a_small_hint(asked: Shop, visit: Visit) -> None:
    asked.stand_in.default = Script(DELIVERY.sentences, (PASSAGE,), notice="model_unavailable")
    widget = visit().open().say("delivery?")
    expect(widget.answers.locator(".notice")).to_contain_text("exact words of our help pages")


def test_page_in_another_language_is_told_in_the_customers(asked: Shop, visit: Visit) -> None:
    page = {
        "title": "Returns",
        "text": "Lamps may be returned within 30 days.",
        "url": "",
        "heading_path": [],
    }
    english, chinese = ({**page, "number": n, "language": one} for n, one in ((1, "en"), (2, "zh")))
    quoted = Sentence("Lamps may be returned within 30 days.", (1,))
    asked.stand_in.scripts["怎么退货？"] = Script((quoted,), citations=(english,), language="zh")
    asked.stand_in.scripts["再说一遍"] = Script((quoted,), citations=(english, chinese), language="zh")
    asked.stand_in.scripts["returns?"] = Script((quoted,), citations=(english,), language="en")
    widget = visit().open().say("怎么退货？")  # in a widget that speaks English
    told = widget.answers.last.locator(".notice")
    expect(told).to_have_text("这篇文章是英文的。")
    expect(told).to_have_attribute("lang", "zh-Hans")
    expect(widget.answers.last.locator(".words")).to_have_attribute("lang", "en")
    widget.answers.last.locator(".source").click()
    expect(widget.frame.locator("dialog blockquote")).to_have_attribute("lang", "en")
    widget.frame.get_by_role("button", name="Close", exact=True).click()
    widget.say("再说一遍")
    expect(widget.answers.last.locator(".notice")).to_have_text("第 1 篇文章是英文的。")
    widget.say("returns?")
    expect(widget.answers).to_have_count(3)
    expect(widget.answers.last.locator(".notice")).to_have_count(0)


def test_closed_conversation_says_so_and_a_new_one_begins(asked: Shop, visit: Visit) -> None:
    widget = visit().open().say("delivery?")
    expect(widget.answers).to_be_visible()
    asked.stand_in.only().status = "resolved"
    asked.stand_in.only().emit("resolved", {})
    expect(widget.frame.locator(".card")).to_contain_text("closed")
    widget.frame.locator(".card").get_by_role("button", name="New conversation").click()
    expect(widget.frame.get_by_text("Ask me about your order.")).to_be_visible()
    widget.say("another question")
    expect(widget.answers).to_have_count(1)
    assert len(asked.stand_in.conversations) == 2
    widget.frame.get_by_role("button", name="Your conversations").click()
    rows = widget.frame.locator(".list .row")
    expect(rows).to_have_count(2)
    rows.last.click()
    expect(widget.questions).to_contain_text("delivery?")


def test_message_is_limited_to_what_the_server_takes(asked: Shop, visit: Visit) -> None:
    widget = visit().open()
    widget.composer.fill("好" * 8_001)
    expect(widget.frame.locator(".count")).to_have_text("1 over the limit")
    widget.composer.press("Enter")
    assert asked.stand_in.posted("messages$") == []
    widget.composer.fill("好" * 7_999 + "😀")
    expect(widget.frame.locator(".count")).to_have_text("8000 / 8000")
    widget.composer.press("Enter")
    expect(widget.answers).to_be_visible()
    assert len(asked.stand_in.posted("messages$")[0]["text"]) == 8_000


def test_reading_further_up_is_not_disturbed_by_what_arrives(asked: Shop, visit: Visit) -> None:
    widget = visit().open().say("delivery?")
    expect(widget.answers).to_be_visible()
    asked.stand_in.agent_says("A long story.\n" * 60, name="Lin")
    expect(widget.frame.locator(".message.agent")).to_have_count(1)
    scroller = widget.frame.locator(".scroller")
    scroller.evaluate("element => { element.scrollTop = 0 }")
    expect(widget.frame.get_by_role("button", name="New messages")).to_be_hidden()
    asked.stand_in.agent_says("And the end of it.", name="Lin")
    pill = widget.frame.get_by_role("button", name="New messages")
    expect(pill).to_be_visible()
    assert scroller.evaluate("element => element.scrollTop") < 50
    pill.click()
    expect(widget.frame.get_by_text("And the end of it.")).to_be_in_viewport()
    expect(pill).to_be_hidden()


def test_host_page_hears_of_messages_but_not_what_they_say(asked: Shop, visit: Visit) -> None:
    asked.host.before = """
      window.heard = [];
      window.SeekDesk = window.SeekDesk || [];
      SeekDesk.push(["on", "message", (message) => heard.push(message)]);
      document.addEventListener("seekdesk:ready", () => heard.push("ready"));
    """
    widget = visit().open().say("delivery?")
    expect(widget.answers).to_be_visible()
    ready, message = widget.page.evaluate("heard")
    assert ready == "ready"
    assert set(message) == {"id", "conversation_id", "sender"}
    assert message["sender"] == "assistant"


def test_launcher_counts_what_arrives_while_closed(asked: Shop, visit: Visit) -> None:
    widget = visit().open().say("delivery?")
    expect(widget.answers).to_be_visible()
    widget.frame.get_by_role("button", name="Close chat").click()
    expect(widget.launcher).to_be_focused()
    asked.stand_in.agent_says("Are you there?", name="Lin")
    expect(widget.launcher).to_have_accessible_name("Chat with us (1 unread)")
    widget.launcher.click()
    expect(widget.launcher).to_have_accessible_name(re.compile("Close chat"))
    widget.launcher.click()
    expect(widget.launcher).to_have_accessible_name("Chat with us")


def test_host_page_drives_the_widget_even_before_it_is_loaded(asked: Shop, visit: Visit) -> None:
    user = '{user_id: "42", exp: 1, signature: "good", name: "Mei", attributes: {plan: "gold"}}'
    asked.host.before = f'window.SeekDesk = [["setUser", {user}], ["open"]]'
    widget = visit()
    expect(widget.composer).to_be_visible()
    expect(widget.frame.get_by_text("Ask me about your order.")).to_be_visible()
    identity = asked.stand_in.posted("sessions")[0]["identity"]
    assert (identity["user_id"], identity["attributes"]) == ("42", {"plan": "gold"})
    widget.page.evaluate("SeekDesk.close()")
    expect(widget.composer).to_be_hidden()


def test_unsigned_identity_leaves_a_guest_who_is_told(asked: Shop, visit: Visit) -> None:
    widget = visit().open().say("delivery?")
    expect(widget.answers).to_be_visible()
    widget.page.evaluate("SeekDesk.setUser({user_id: '42', exp: 1, signature: 'forged'})")
    expect(widget.frame.get_by_role("alert")).to_contain_text("as a guest")
    expect(widget.questions).to_have_count(1)


def test_reset_forgets_the_customer_on_this_browser(asked: Shop, visit: Visit) -> None:
    widget = visit().open().say("my secret question")
    expect(widget.answers).to_be_visible()
    widget.composer.fill("a draft")
    widget.page.evaluate("SeekDesk.reset()")
    expect(widget.frame.get_by_text("Ask me about your order.")).to_be_visible()
    expect(widget.composer).to_have_value("")
    widget.page.reload()
    widget.open()
    expect(widget.frame.get_by_text("Ask me about your order.")).to_be_visible()
    assert len(set(asked.stand_in.tokens.values())) == 2
