"""Nothing is lost and nothing is doubled: reloads, second tabs, lost networks, refused tokens, servers that stumble."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Shop, Visit, Widget
from tests.browser.stand_in_api import Script, Sentence

STORY = Script((Sentence("One is done."), Sentence("Two is done."), Sentence("Three is done.")))
both_storages = pytest.mark.parametrize("at", ["other site", "same site"])


@pytest.fixture
def story(shop: Shop) -> Shop:
    shop.stand_in.default = STORY
    return shop


@both_storages
def test_reload_in_the_middle_of_an_answer_brings_it_back_whole(story: Shop, visit: Visit, at: str) -> None:
    story.stand_in.shown = 2
    widget = visit(at=at).open().say("go on")
    expect(widget.frame.locator(".message[aria-busy='true']")).to_contain_text("One is done. Two is done.")
    widget.page.reload()
    widget.open()
    expect(widget.frame.locator(".message[aria-busy='true']")).to_contain_text("One is done. Two is done.")
    story.stand_in.shown = 99
    expect(widget.answers).to_contain_text("One is done. Two is done. Three is done.")
    expect(widget.questions).to_have_count(1)
    assert len(story.stand_in.conversations) == 1


@both_storages
def test_second_tab_shows_the_same_conversation_as_it_happens(story: Shop, visit: Visit, at: str) -> None:
    first = visit(at=at).open()
    second = visit(at=at, context=first.page.context).open()
    first.say("from the first tab")
    expect(second.questions).to_contain_text("from the first tab")
    expect(second.answers).to_contain_text("Three is done.")
    second.say("from the second tab")
    expect(first.questions.last).to_contain_text("from the second tab")
    expect(first.answers).to_have_count(2)
    assert len(story.stand_in.conversations) == 1


@both_storages
def test_two_tabs_that_write_at_once_send_each_message_once(story: Shop, visit: Visit, at: str) -> None:
    story.stand_in.spoil("POST conversations$", delay=0.5, times=2)
    first = visit(at=at).open()
    second = visit(at=at, context=first.page.context).open()
    for tab, words in ((first, "from the first"), (second, "from the second")):
        tab.say(words)
    for tab in (first, second):
        expect(tab.frame.locator(".unsent")).to_have_count(0)
        expect(tab.answers).not_to_have_count(0)
        expect(tab.frame.locator("[aria-busy='true']")).to_have_count(0)
    said = [row for one in story.stand_in.conversations.values() for row in one.messages]
    texts = sorted(row["text"] for row in said if row["sender"] == "contact")
    assert texts == ["from the first", "from the second"]


def test_dropped_stream_goes_on_where_it_was(story: Shop, visit: Visit) -> None:
    story.stand_in.shown = 1
    widget = visit().open().say("go on")
    running = widget.frame.locator(".message[aria-busy='true']")
    expect(running).to_contain_text("One is done.")
    story.stand_in.cuts += 1
    story.stand_in.shown = 2
    expect(running).to_contain_text("One is done. Two is done.")
    story.stand_in.cuts += 1
    story.stand_in.shown = 99
    expect(widget.answers).to_contain_text("One is done. Two is done. Three is done.")
    expect(widget.frame.locator(".message.assistant")).to_have_count(1)


def test_stream_that_cannot_be_had_is_replaced_by_the_rows(story: Shop, visit: Visit) -> None:
    story.stand_in.spoil("GET .*/events", status=503, times=10_000)
    widget = visit().open().say("go on")
    expect(widget.answers).to_contain_text("Three is done.")


def test_answer_on_a_line_that_is_held_back_is_read_from_the_rows(story: Shop, visit: Visit) -> None:
    story.stand_in.holds_streams = True
    widget = visit()
    widget.page.clock.install()
    widget.open().say("go on")
    expect(widget.frame.locator(".message[aria-busy='true']")).to_be_visible()
    expect_last_event(story, "done")
    widget.page.clock.fast_forward(9_000)
    expect(widget.answers).to_contain_text("Three is done.")


def test_rows_that_come_late_do_not_undo_what_happened_meanwhile(story: Shop, visit: Visit) -> None:
    widget = visit().open().say("first")
    expect(widget.answers).to_have_count(1)
    story.stand_in.spoil("GET .*/messages", delay=1)
    story.stand_in.resolve()
    expect(widget.frame.locator(".card")).to_be_visible()
    story.stand_in.shown = 1
    with widget.page.expect_response(lambda response: "messages?after" in response.url):
        widget.say("one more thing")
        running = widget.frame.locator(".message[aria-busy='true']")
        expect(running).to_contain_text("One is done.")
    story.stand_in.shown = 99
    expect(widget.answers).to_have_count(2)
    expect(widget.frame.locator(".card")).to_be_hidden()


def test_first_answer_does_not_wait_for_rows(story: Shop, visit: Visit) -> None:
    story.stand_in.spoil("GET .*/messages", delay=60)
    widget = visit().open().say("go on")
    expect(widget.answers).to_contain_text("Three is done.")


def test_words_that_come_after_a_person_took_over_bring_no_answer_back(story: Shop, visit: Visit) -> None:
    story.stand_in.shown = 1
    widget = visit().open().say("go on")
    expect(widget.frame.locator(".message[aria-busy='true']")).to_contain_text("One is done.")
    conversation = story.stand_in.only()
    reply = conversation.messages.pop()
    conversation.emit("failed", {"message_id": reply["id"], "code": "agent_took_over", "message": ""})
    late = {"message_id": reply["id"], "index": 1, "text": "Two is done.", "citations": []}
    conversation.emit("token", late)
    conversation.emit("citations", {"message_id": reply["id"], "citations": []})
    story.stand_in.agent_says("I am here.", name="Lin")
    expect(widget.frame.locator(".message.agent")).to_have_count(1)
    expect(widget.frame.locator(".message.assistant")).to_have_count(0)


def test_forgotten_events_are_read_from_the_rows(story: Shop, visit: Visit) -> None:
    story.stand_in.shown = 1
    widget = visit().open().say("go on")
    expect(widget.frame.locator(".message[aria-busy='true']")).to_contain_text("One is done.")
    story.stand_in.spoil("GET .*/events", status=503, times=1)
    story.stand_in.cuts += 1
    story.stand_in.shown = 99
    expect_last_event(story, "done")
    story.stand_in.only().forgotten = len(story.stand_in.only().events)
    expect(widget.answers).to_contain_text("One is done. Two is done. Three is done.")


def expect_last_event(shop: Shop, kind: str) -> None:
    deadline = time.monotonic() + 10
    while shop.stand_in.only().events[-1][1] != kind:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_events_that_come_twice_change_nothing(story: Shop, visit: Visit) -> None:
    widget = visit().open().say("go on")
    expect(widget.answers).to_have_count(1)
    conversation = story.stand_in.only()
    for _, kind, data in list(conversation.events):
        conversation.emit(kind, data)
    story.stand_in.agent_says("That was all.", name="Lin")
    expect(widget.frame.locator(".message.agent")).to_have_count(1)
    expect(widget.answers).to_have_count(1)
    expect(widget.questions).to_have_count(1)


def test_answer_begun_anew_does_not_keep_sentences_of_the_first_try(story: Shop, visit: Visit) -> None:
    story.stand_in.shown = 2
    widget = visit().open().say("go on")
    running = widget.frame.locator(".message[aria-busy='true']")
    expect(running).to_contain_text("Two is done.")
    reply = story.stand_in.only().messages[-1]["id"]
    anew = {"message_id": reply, "index": 0, "text": "Another beginning.", "citations": []}
    story.stand_in.only().emit("token", anew)
    expect(running.locator(".words")).to_have_text("Another beginning.")
    story.stand_in.only().emit("token", {**anew, "index": 1, "text": "Two is done."})
    expect(running.locator(".words")).to_have_text("Another beginning. Two is done.")
    row = story.stand_in.only().messages[-1]  # it starts over, in the same words
    story.stand_in.only().emit("message", {"message": row})
    story.stand_in.only().emit("token", anew)
    expect(running.locator(".words")).to_have_text("Another beginning.")


@both_storages
def test_message_written_offline_survives_a_reload_and_is_sent_once(
    story: Shop, visit: Visit, at: str
) -> None:
    widget = visit(at=at).open().say("first")
    expect(widget.answers).to_have_count(1)
    widget.page.context.set_offline(True)
    expect(widget.frame.get_by_text("You are offline.")).to_be_visible()
    widget.say("written in a tunnel")
    expect(widget.questions.last).to_contain_text("Will be sent when you are back online")
    widget.composer.fill("and a draft")
    widget.page.context.set_offline(False)
    story.stand_in.spoil("POST .*/messages", status=503, times=1)
    widget.page.reload()
    widget.open()
    expect(widget.composer).to_have_value("and a draft")
    expect(widget.answers).to_have_count(2)
    expect(widget.frame.get_by_text("You are offline.")).to_be_hidden()
    texts = [row["text"] for row in story.stand_in.only().messages if row["sender"] == "contact"]
    assert texts == ["first", "written in a tunnel"]


def test_coming_back_online_sends_what_waits(story: Shop, visit: Visit) -> None:
    widget = visit().open().say("first")
    expect(widget.answers).to_have_count(1)
    widget.page.context.set_offline(True)
    widget.say("one").say("two")
    expect(widget.questions).to_have_count(3)
    widget.page.context.set_offline(False)
    expect(widget.answers).to_have_count(3)
    texts = [row["text"] for row in story.stand_in.only().messages if row["sender"] == "contact"]
    assert texts == ["first", "one", "two"]


@pytest.mark.parametrize("forgotten", [False, True], ids=["events kept", "events forgotten"])
def test_what_a_person_said_during_26_seconds_offline_is_all_there_once(
    story: Shop, visit: Visit, forgotten: bool
) -> None:
    """Other chats poll a few times and stop: what came after that was never shown."""
    widget = visit()
    widget.page.clock.install()
    widget.open().say("first")
    expect(widget.answers).to_have_count(1)
    story.stand_in.agent_joins("Lin")
    widget.page.context.set_offline(True)
    story.stand_in.cuts += 1
    for number in range(3):
        story.stand_in.agent_says(f"line {number}", name="Lin")
    for _ in range(13):
        widget.page.clock.run_for(2_000)
        time.sleep(0.1)  # for what a try in vain needs of the real time
    if forgotten:
        story.stand_in.only().forgotten = len(story.stand_in.only().events)
    widget.page.context.set_offline(False)
    expect(widget.frame.locator(".message.agent")).to_have_count(3)
    for number in range(3):
        expect(widget.frame.locator(".message.agent", has_text=f"line {number}")).to_have_count(1)


def test_lost_answer_to_a_message_does_not_double_it(story: Shop, visit: Visit) -> None:
    story.stand_in.spoil("POST .*/messages", lose_answer=True, times=2)
    widget = visit().open().say("only once")
    expect(widget.answers).to_contain_text("Three is done.")
    expect(widget.frame.locator(".unsent")).to_have_count(0)
    expect(widget.questions).to_have_count(1)
    ids = {body["client_msg_id"] for body in story.stand_in.posted("messages$")}
    assert len(ids) == 1
    assert len(story.stand_in.only().messages) == 2


def test_answers_that_break_off_or_are_not_ours_are_asked_for_again(story: Shop, visit: Visit) -> None:
    """A café's log-in page in place of JSON, or half of an answer, once at each call of a first message."""
    for call in ("POST sessions", "GET conversations", "POST conversations$", "POST .*/messages"):
        story.stand_in.spoil(call, body="<html>Please log in to our network.</html>")
    story.stand_in.spoil("GET .*/events", status=404, code="")
    widget = visit().open().say("go on")
    expect(widget.answers).to_contain_text("Three is done.")
    expect(widget.frame.locator(".unsent")).to_have_count(0)
    assert [len(one.messages) for one in story.stand_in.conversations.values() if one.messages] == [2]
    story.stand_in.spoil("GET .*/messages", body='{"messages": [')
    widget.page.reload()
    expect(widget.open().answers).to_contain_text("Three is done.")


def test_browser_without_room_loses_no_message(story: Shop, visit: Visit) -> None:
    widget = visit(at="same site").open()
    widget.inside().evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
    widget.say("one").say("two")
    expect(widget.answers).to_have_count(2)
    assert len(story.stand_in.only().messages) == 4


def test_message_that_is_not_taken_for_long_is_told_and_can_be_retried_by_hand(
    story: Shop, visit: Visit
) -> None:
    story.stand_in.spoil("POST .*/messages", status=503, retry_after=600)
    widget = visit().open().say("please")
    expect(widget.questions).to_contain_text("Not sent")
    widget.frame.get_by_role("button", name="Retry").click()
    expect(widget.answers).to_have_count(1)
    expect(widget.questions).to_have_count(1)


def test_refused_message_says_why_and_can_be_edited(story: Shop, visit: Visit) -> None:
    story.stand_in.spoil("POST .*/messages", status=422, code="bad_text")
    widget = visit().open().say("odd")
    expect(widget.questions).to_contain_text("cannot be sent like this")
    widget.frame.get_by_role("button", name="Edit").click()
    expect(widget.composer).to_have_value("odd")
    expect(widget.questions).to_have_count(0)
    widget.say("better")
    expect(widget.answers).to_have_count(1)


def test_limit_is_told_plainly_and_the_message_goes_by_itself(story: Shop, visit: Visit) -> None:
    story.stand_in.spoil("POST .*/messages", status=429, code="rate_limited", retry_after=2)
    widget = visit().open().say("too quick")
    expect(widget.questions).to_contain_text("Sends by itself in")
    expect(widget.answers).to_have_count(1)
    assert len(story.stand_in.only().messages) == 2


def test_expired_token_is_renewed_without_a_word(story: Shop, visit: Visit) -> None:
    widget = visit().open().say("first")
    expect(widget.answers).to_have_count(1)
    story.stand_in.expire_tokens()
    story.stand_in.cuts += 1
    widget.say("second")
    expect(widget.answers).to_have_count(2)
    expect(widget.frame.get_by_role("alert")).to_be_hidden()
    assert len(set(story.stand_in.tokens.values())) == 1


def test_foreign_token_begins_a_new_conversation_with_a_plain_notice(story: Shop, visit: Visit) -> None:
    widget = visit().open().say("first")
    expect(widget.answers).to_have_count(1)
    story.stand_in.disown_tokens()
    widget.say("second")
    expect(widget.frame.get_by_role("alert")).to_contain_text("This is a new one")
    expect(widget.questions).to_have_count(1)
    expect(widget.questions).to_contain_text("second")
    expect(widget.answers).to_have_count(1)


def test_conversation_that_is_gone_makes_room_for_a_new_one(story: Shop, visit: Visit) -> None:
    widget = visit().open().say("first")
    expect(widget.answers).to_have_count(1)
    story.stand_in.conversations.clear()
    widget.page.reload()
    widget.open()
    expect(widget.frame.get_by_role("alert")).to_contain_text("no longer there")
    widget.say("second")
    expect(widget.answers).to_have_count(1)


def test_desk_that_stumbles_at_the_start_is_waited_for(story: Shop, visit: Visit) -> None:
    story.stand_in.spoil("POST sessions", status=503, times=2)
    widget = visit().open().say("patient")
    expect(widget.answers).to_have_count(1)


def test_page_that_is_not_on_the_list_cannot_show_the_chat(story: Shop, visit: Visit) -> None:
    story.stand_in.origins = []
    widget = visit()
    widget.page.evaluate(
        "document.addEventListener('seekdesk:error', (event) => (window.trouble = event.detail.code))"
    )
    widget.launcher.click()
    expect(widget.page.get_by_text("The chat could not be loaded.")).to_be_visible(timeout=20_000)
    assert widget.page.evaluate("trouble") == "frame_unreachable"
    assert story.stand_in.calls == []
    story.stand_in.origins = list(story.addresses.values())
    widget.page.get_by_role("button", name="Try again").click()
    expect(widget.composer).to_be_visible()
    refusals = [line for line in widget.complaints if "frame-ancestors" in line]
    assert refusals
    for line in refusals:
        widget.complaints.remove(line)


def test_messages_from_other_windows_are_not_heard(story: Shop, visit: Visit) -> None:
    widget = visit().open()
    widget.page.evaluate("""() => {
      postMessage({seekdesk: 1, type: "close"}, "*");
      const frame = document.createElement("iframe");
      document.body.append(frame);
      const script = 'parent.postMessage({seekdesk: 1, type: "close"}, "*");'
        + 'parent.frames[0].postMessage({seekdesk: 1, type: "reset"}, "*")';
      frame.contentWindow.eval(script);
    }""")
    widget.say("still open")
    expect(widget.answers).to_have_count(1)
    expect(widget.composer).to_be_visible()


@both_storages
def test_each_tab_keeps_its_own_draft_and_a_closed_one_leaves_it(story: Shop, visit: Visit, at: str) -> None:
    first = visit(at=at).open().say("go on")
    expect(first.answers).to_have_count(1)
    first.composer.fill("from the first")
    second = visit(at=at, context=first.page.context).open()
    expect(second.answers).to_have_count(1)
    second.page.wait_for_timeout(500)  # a draft that was left would have come by now
    expect(second.composer).to_have_value("")
    second.composer.fill("from the second")
    for tab, words in ((first, "from the first"), (second, "from the second")):
        tab.page.reload()
        expect(tab.open().composer).to_have_value(words)
    first.page.close()
    second.page.wait_for_timeout(500)
    expect(second.composer).to_have_value("from the second")
    third = visit(at=at, context=second.page.context).open()
    expect(third.composer).to_have_value("from the first")
    third.say("from the first")
    expect(third.answers).to_have_count(2)
    expect(second.composer).to_have_value("from the second")
    third.page.reload()
    expect(third.open().answers).to_have_count(2)
    third.page.wait_for_timeout(500)
    expect(third.composer).to_have_value("")


@both_storages
def test_tab_that_was_duplicated_leaves_the_first_its_draft(story: Shop, visit: Visit, at: str) -> None:
    first = visit(at=at).open()
    first.composer.fill("from the first")
    with first.page.expect_popup() as opened:
        first.page.evaluate("void window.open(location.href)")  # brings a copy of what the tab remembers
    second = Widget(opened.value, first.complaints).open()
    expect(second.composer).to_have_value("")
    second.composer.fill("from the second")
    for tab, words in ((first, "from the first"), (second, "from the second")):
        tab.page.reload()
        expect(tab.open().composer).to_have_value(words)
