"""The desk when things are slow, or happen at the same time: nothing that was meant is undone, doubled or lost in silence."""

from collections.abc import Sequence
from functools import partial

import pytest
from playwright.sync_api import APIResponse, Locator, Page, Route, expect

from apps.conversations import services
from apps.conversations.desk import noting
from apps.conversations.models import Member, Message
from tests.browser.test_dashboard_conversations import open_stream, path_of, write_as_customer
from tests.dashboard.browsing import Enter, carry_session
from tests.dashboard.seeding import Desk

pytest_plugins = ["tests.services", "tests.dashboard.browsing"]
pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def posts_of(page: Page) -> list[str]:
    """What the page writes from now on, by the last part of its address."""
    sent: list[str] = []
    page.on(
        "request", lambda request: sent.append(request.url.split("/")[-2]) if request.method == "POST" else 0
    )
    return sent


def answer_with(status: int, route: Route) -> None:
    route.fulfill(status=status)


def wait_until_held(page: Page, late: Sequence[object]) -> None:
    """An answer is on its way, and does not arrive until a test lets it."""
    while not late:
        page.wait_for_timeout(20)


def test_a_double_click_is_one_wish(enter: Enter, office: Desk) -> None:
    page = enter("agent", path=path_of(office, "assistant"))
    sent = posts_of(page)
    box = page.locator("#do-take-over").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#do-give-back")).to_be_visible()  # in the same place
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    expect(page.locator(".thread-facts")).to_contain_text("With you")
    assert sent == ["take-over"]


def test_one_who_loses_a_conversation_while_typing_does_nothing_by_it(enter: Enter, office: Desk) -> None:
    page = enter("agent", path=path_of(office, "mine"))
    open_stream(page)
    page.get_by_label("Your reply").press_sequentially("It will be ")
    operator = Member.objects.get(site=office.site, user=office.people["operator"])
    services.give_back(office.conversations["mine"], by=operator)
    expect(page.locator("#composer-closed")).to_be_visible()
    sent = posts_of(page)
    page.keyboard.type("there")  # R would take over, and E resolve
    expect(page.locator("[data-unsent] q")).to_have_text("It will be ")
    assert sent == []
    page.locator(".thread-who").click()
    page.keyboard.press("r")
    expect(page.get_by_label("Your reply")).to_have_value("It will be ")


def test_a_late_look_takes_no_reply_away(enter: Enter, office: Desk) -> None:
    page = enter("agent", path=path_of(office, "mine"))
    open_stream(page)
    late: list[tuple[Route, APIResponse]] = []
    page.route("**/thread/", lambda route: route.continue_() if late else late.append((route, route.fetch())))
    page.evaluate("htmx.trigger(document.body, 'live:thread')")
    wait_until_held(page, late)
    reply = page.get_by_label("Your reply")
    reply.fill("On Thursday.")
    reply.press("Enter")
    expect(page.locator(".from-agent").last).to_contain_text("On Thursday.")
    page.evaluate(WATCH_THE_LAST_REPLY)
    late[0][0].fulfill(response=late[0][1])
    write_as_customer(office.conversations["mine"], "Wonderful!")
    expect(page.locator(".from-contact").last).to_contain_text("Wonderful!")
    assert page.evaluate("window.wentAway") is False


def test_an_answer_that_comes_after_its_news_disturbs_nothing(enter: Enter, office: Desk) -> None:
    page = enter("agent", path=path_of(office, "mine"))
    open_stream(page)
    page.keyboard.press("n")
    page.keyboard.type("He wants it before Friday.")
    late: list[tuple[Route, APIResponse]] = []
    page.route("**/reply/", lambda route: late.append((route, route.fetch())))
    page.get_by_label("Your reply").fill("On Thursday.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".thread-facts")).to_contain_text("Resolved")
    wait_until_held(page, late)
    page.evaluate(
        "document.addEventListener('htmx:afterRequest', () => { document.body.dataset.answered = ''; })"
    )
    late[0][0].fulfill(response=late[0][1])
    expect(page.locator("body[data-answered]")).to_be_attached()
    expect(page.locator("#note-text")).to_have_value("He wants it before Friday.")
    expect(page.locator("#note-text")).to_be_visible()


WATCH_THE_LAST_REPLY = """() => {
  const said = [...document.querySelectorAll('.from-agent')].at(-1);
  window.wentAway = false;
  new MutationObserver(() => { window.wentAway ||= !said.isConnected; })
    .observe(document.getElementById('thread'), { childList: true, subtree: true });
}"""


def test_what_is_refused_is_never_refused_in_silence(enter: Enter, office: Desk) -> None:
    page = enter("agent", path=path_of(office, "mine"))
    reply, send = page.get_by_label("Your reply"), page.get_by_role("button", name="Send", exact=True)
    reply.fill("On Thursday.")
    for status, told in ((500, "Please try again"), (403, "out of date"), (429, "wait some minutes")):
        page.route("**/reply/", partial(answer_with, status))
        send.click()
        expect(page.locator("[data-refused]")).to_contain_text(told)
        page.unroute("**/reply/")
    page.evaluate("htmx.config.timeout = 100")
    page.route("**/reply/", lambda route: None)
    send.click()
    expect(page.locator("[data-refused]")).to_contain_text("Please try again")
    page.unroute("**/reply/")
    page.evaluate("htmx.config.timeout = 15000")
    send.click()
    expect(page.locator(".from-agent").last).to_contain_text("On Thursday.")
    expect(page.locator("[data-refused]")).to_be_hidden()


def test_a_slow_draft_holds_nothing_up(enter: Enter, office: Desk) -> None:
    page = enter("agent", path=path_of(office, "mine"))
    open_stream(page)
    page.route("**/draft/", lambda route: None)
    draft = page.get_by_role("button", name="Draft by the assistant")
    draft.click()
    write_as_customer(office.conversations["mine"], "Still there?")
    expect(page.locator(".from-contact").last).to_contain_text("Still there?")
    expect(draft).to_be_disabled()  # until it is answered
    page.get_by_label("Your reply").fill("I am!")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".from-agent").last).to_contain_text("I am!")


def test_a_translation_that_comes_late_replaces_nothing(enter: Enter, office: Desk) -> None:
    page = enter("agent", path=path_of(office, "mine"), locale="zh-CN")
    late: list[Route] = []
    page.route("**/translate/", lambda route: late.append(route))
    reply, button = page.locator("#reply-text"), page.locator(".beside-composer [data-translate]")
    reply.fill("周四到。")
    button.click()
    wait_until_held(page, late)
    reply.press_sequentially("谢谢！")
    late[0].fulfill(json={"text": "On Thursday.", "sentence": ""})
    expect(button).to_be_enabled()
    expect(reply).to_have_value("周四到。谢谢！")
    expect(page.locator("[data-translated]")).to_be_hidden()


def test_nobody_finds_the_unsent_words_of_another_in_their_browser(enter: Enter, office: Desk) -> None:
    mine = office.conversations["mine"]
    agent = Member.objects.get(site=office.site, user=office.people["agent"])
    note = noting.add_note(mine, by=agent, text="A difficult one.", client_msg_id="n")
    page = enter("agent", path=path_of(office, "mine"))
    page.get_by_label("Your reply").fill("Between us:")
    other = page.context.new_page()
    other.goto(path_of(office, "mine"))
    reword(other, note).fill("A careful one.")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login/**")
    other.wait_for_url("**/login/**", timeout=10_000)  # at once, and not when it looks again
    carry_session(page.context, "operator", at=page.url.split("/login/")[0])
    page.goto(path_of(office, "mine"))
    page.get_by_role("button", name="Take over").click()
    expect(page.get_by_label("Your reply")).to_have_value("")
    expect(page.locator(f"#m-{note.pk} .edit")).to_have_count(0)
    carry_session(page.context, "agent", at=page.url.split("/dashboard/")[0])
    page.goto(path_of(office, "mine"))
    expect(page.locator(f"#m-{note.pk}").get_by_role("textbox")).to_have_value("A careful one.")
    page.locator(f"#m-{note.pk}").get_by_role("button", name="Save").click()
    expect(page.locator(f"#m-{note.pk} .bubble")).to_contain_text("A careful one.")
    page.reload()
    expect(page.locator(f"#m-{note.pk} .edit textarea")).to_be_hidden()


def reword(page: Page, message: Message) -> Locator:
    """The field in which what was said is put right."""
    page.locator(f"#m-{message.pk} .edit summary").click()
    return page.locator(f"#m-{message.pk}").get_by_role("textbox")


def test_what_came_of_many_at_once_stays_to_be_read(enter: Enter, office: Desk) -> None:
    mine = office.conversations["mine"]
    page = enter("agent", path=path_of(office, "mine"))
    open_stream(page)
    page.locator(f"#tick-{mine.pk}").check()
    page.get_by_label("With those chosen").select_option("priority:2")
    page.get_by_role("button", name="Do it").click()
    expect(page.locator(f"#row-{mine.pk}")).to_contain_text("Urgent")
    expect(page.locator("#list [aria-current]")).to_have_count(1)
    write_as_customer(mine, "One thing more.")
    expect(page.locator(f"#row-{mine.pk}")).to_contain_text("One thing more.")
    expect(page.locator("#told")).to_contain_text("1 conversation changed.")
