"""Agents at work in a real browser: what customers do appears by itself, and nothing that is typed gets lost."""

import re
import uuid
from contextlib import suppress

import pytest
from django.utils import translation
from django.utils.translation import gettext as _
from playwright.sync_api import Page, TimeoutError, expect

from apps.conversations import services
from apps.conversations.desk import noting
from apps.conversations.live import events
from apps.conversations.models import Conversation, Member, Message
from tests.dashboard.browsing import PHONE, Enter, WebProcess, is_wider_than_its_window
from tests.dashboard.seeding import Desk, say

pytest_plugins = ["tests.services", "tests.dashboard.browsing"]
pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def path_of(office: Desk, which: str = "") -> str:
    base = f"/dashboard/sites/{office.site.pk}/conversations/"
    return f"{base}{office.conversations[which].pk}/" if which else base


def write_as_customer(conversation: Conversation, text: str) -> None:
    services.post_message(conversation, client_msg_id=uuid.uuid4().hex, text=text)


def open_stream(page: Page) -> None:
    """Waits until the page listens: what happens from here on must appear by itself."""
    expect(page.locator("body[data-live]")).to_be_attached()


def test_one_logs_in_by_keyboard_and_reaches_everything_without_a_mouse(enter: Enter, office: Desk) -> None:
    page = enter()
    page.keyboard.type("agent")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    page.wait_for_load_state()  # the page that comes back places the focus itself once it is there
    page.locator("[name=password]").focus()
    page.keyboard.type("a quiet morning")
    page.keyboard.press("Enter")
    page.wait_for_url("**/conversations/")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("a.row").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Clara Hoffmann")).to_be_visible()
    page.get_by_role("button", name="Take over").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_be_focused()
    page.get_by_label("Your reply").focus()
    page.keyboard.type("A new shade is on its way.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".from-agent").last).to_contain_text("A new shade is on its way.")
    expect(page.locator(".thread-facts")).to_contain_text("Resolved")
    page.keyboard.press("u")
    expect(page.locator(".thread-facts")).to_contain_text("With you")
    expect(page.get_by_label("Your reply")).to_have_value("")


def test_what_customers_do_appears_by_itself(enter: Enter, office: Desk) -> None:
    page = enter("agent")
    open_stream(page)
    expect(page).to_have_title("(2) Conversations · Lantern & Loom")
    new = say(
        services.start_conversation(office.conversations["resolved"].contact), "contact", "Anyone there?"
    )
    services.request_handoff(new.conversation)
    row = page.locator(f"#row-{new.conversation_id}")
    expect(row).to_contain_text("Anyone there?")
    expect(row).to_contain_text("Waiting")
    expect(page).to_have_title("(3) Conversations · Lantern & Loom")


def test_an_agent_takes_over_replies_gives_back_and_resolves(enter: Enter, office: Desk) -> None:
    page = enter("agent", path=path_of(office, "waiting"))
    open_stream(page)
    page.get_by_role("button", name="Take over").click()
    expect(page.locator(".thread-facts")).to_contain_text("With you")
    page.get_by_label("Your reply").fill("A new shade is on its way.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".from-agent").last).to_contain_text("A new shade is on its way.")
    expect(page.get_by_label("Your reply")).to_have_value("")
    sent = page.locator(".from-agent").last
    sent.locator(".edit summary").click()
    sent.get_by_role("textbox", name="Edit").fill("A new lamp shade is on its way.")
    sent.get_by_role("button", name="Save").click()
    expect(sent.locator(".bubble")).to_contain_text("A new lamp shade")
    expect(sent.locator(".edits")).to_contain_text("Edited")
    expect(sent.get_by_role("textbox")).to_be_hidden()
    write_as_customer(office.conversations["waiting"], "Wonderful, thank you!")
    expect(page.locator(".from-contact").last).to_contain_text("Wonderful, thank you!")
    expect(page.locator(f"#row-{office.conversations['waiting'].pk}")).to_contain_text("Wonderful")
    page.get_by_role("button", name="Give back").click()
    expect(page.locator("#composer-closed")).to_contain_text("The assistant is answering.")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".thread-facts")).to_contain_text("Resolved")
    expect(page.locator(f"#row-{office.conversations['waiting'].pk}")).to_have_count(0)


def test_typing_survives_what_happens_meanwhile_and_a_reload(enter: Enter, office: Desk) -> None:
    page = enter("agent", path=path_of(office, "mine"))
    open_stream(page)
    reply = page.get_by_label("Your reply")
    reply.press_sequentially("It will be there on ")
    write_as_customer(office.conversations["mine"], "Hello? Are you there?")
    expect(page.locator(".from-contact").last).to_contain_text("Are you there?")
    expect(reply).to_be_focused()
    reply.press_sequentially("Thursday")
    expect(reply).to_have_value("It will be there on Thursday")
    page.reload()
    expect(page.get_by_label("Your reply")).to_have_value("It will be there on Thursday")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".from-agent").last).to_contain_text("Thursday")
    page.reload()
    expect(page.get_by_label("Your reply")).to_have_value("")


def test_enter_sends_as_chosen_but_never_while_an_input_method_composes(enter: Enter, office: Desk) -> None:
    page = enter("agent", path=path_of(office, "mine"))
    expect(page.locator("[name=send_with]")).to_have_value("enter")
    page.locator("[name=send_with]").select_option("button")
    reply = page.get_by_label("Your reply")
    reply.fill("星期四")
    reply.press("Enter")
    expect(reply).to_have_value("星期四\n")
    page.locator("[name=send_with]").select_option("enter")
    reply.fill("星期四到")
    reply.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    reply.press("Shift+Enter")
    expect(reply).to_have_value("星期四到\n")
    reply.fill("星期四到")
    reply.press("Enter")
    expect(page.locator(".from-agent").last).to_contain_text("星期四到")
    page.reload()
    expect(page.locator("[name=send_with]")).to_have_value("enter")


def test_a_reply_without_a_network_or_a_server_is_kept_and_sent_once(
    enter: Enter, office: Desk, web_process: WebProcess
) -> None:
    page = enter("agent", path=f"{web_process.address}{path_of(office, 'mine')}")
    page.get_by_label("Your reply").fill("On Thursday.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-offline]")).to_be_visible()
    expect(page.get_by_label("Your reply")).to_have_value("On Thursday.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".from-agent").last).to_contain_text("On Thursday.")
    expect(page.locator("[data-offline]")).to_be_hidden()
    assert Message.objects.filter(text="On Thursday.").count() == 1
    lose_the_server(page, office, web_process)


def lose_the_server(page: Page, office: Desk, web: WebProcess) -> None:
    """It is killed and comes back: the page says so meanwhile, heals by itself, and has all that was said."""
    open_stream(page)
    web.kill()
    expect(page.locator("body[data-live]")).to_have_count(0)
    expect(page.locator("[data-offline]")).to_be_visible()
    for number in range(3):
        write_as_customer(office.conversations["mine"], f"Line {number}.")
    write_as_customer(office.conversations["theirs"], "Elsewhere, too.")
    page.get_by_label("Your reply").fill("Before noon.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_label("Your reply")).to_have_value("Before noon.")
    web.start()
    expect(page.locator("[data-offline]")).to_be_hidden()
    expect(page.locator(".from-contact").last).to_contain_text("Line 2.")
    said = page.locator(".from-contact .bubble").all_inner_texts()
    assert [text for text in said if text.startswith("Line ")] == ["Line 0.", "Line 1.", "Line 2."]
    expect(page.locator(f"#row-{office.conversations['theirs'].pk}")).to_contain_text("Elsewhere, too.")
    open_stream(page)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".from-agent").last).to_contain_text("Before noon.")
    assert Message.objects.filter(text="Before noon.").count() == 1
    write_as_customer(office.conversations["mine"], "Perfect.")
    expect(page.locator(".from-contact").last).to_contain_text(
        "Perfect.", timeout=3_000
    )  # no look of every five seconds


def test_of_two_agents_one_wins_and_the_other_is_told_who(enter: Enter, office: Desk) -> None:
    first, second = (enter(who, path=path_of(office, "waiting")) for who in ("colleague", "agent"))
    for where in (f"#row-{office.conversations['waiting'].pk}", ".thread-facts"):
        expect(second.locator(f"{where} .here-now .avatar")).to_have_attribute(
            "title", "子涵 is looking at this"
        )
    expect(second.locator(".thread-facts")).to_contain_text("Customer is away")
    second.evaluate("document.getElementById('thread').removeAttribute('hx-trigger')")
    first.get_by_role("button", name="Take over").click()
    expect(first.locator(".thread-facts")).to_contain_text("With you")
    with suppress(TimeoutError):  # the page may have heard of it, and have taken the button away
        second.get_by_role("button", name="Take over").click(timeout=2_000)
    expect(second.locator("#composer-closed")).to_contain_text("子涵")


def test_notes_are_kept_one_after_the_other_and_outlive_a_reload(enter: Enter, office: Desk) -> None:
    page = enter("agent", path=path_of(office, "mine"))
    open_stream(page)
    for text in ("He wants it before Friday.", "Friday is a holiday."):
        page.locator("#messages").focus()
        page.keyboard.press("n")
        page.keyboard.type(text)
        page.reload()
        expect(page.locator("#note-text")).to_have_value(text)
        page.get_by_role("button", name="Keep the note").click()
        expect(page.locator(".message.private").last).to_contain_text(text)
        expect(page.locator("#note-text")).to_have_value("")


def test_what_was_said_by_another_page_or_unheard_is_not_said_twice(enter: Enter, office: Desk) -> None:
    page = enter("agent", path=path_of(office, "mine"))
    page.locator("[data-edit-draft]").click()
    other = page.context.new_page()
    other.goto(path_of(office, "mine"))
    other.get_by_role("button", name="Send as it is").click()
    expect(other.locator(".from-agent").last).to_contain_text("From a draft")
    expect(other.get_by_label("Your reply")).to_have_value("")
    reply = page.get_by_label("Your reply")
    expect(reply).to_have_value("")
    reply.fill("By noon.")
    page.route("**/reply/", lambda route: [route.fetch(), route.abort()])
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".from-agent").last).to_contain_text("By noon.")
    expect(reply).to_have_value("")
    page.unroute("**/reply/")
    reply.fill("At the latest.")
    reply.press("Enter")
    expect(page.locator(".from-agent").last).to_contain_text("At the latest.")
    assert Message.objects.filter(text__contains="By noon.").count() == 1


def test_an_answer_is_seen_while_it_is_written(enter: Enter, office: Desk) -> None:
    conversation = office.conversations["assistant"]
    reply = conversation.messages.get(state="generating")
    page = enter("agent", path=path_of(office, "assistant"))
    open_stream(page)
    for index, text in enumerate(["From Austria it costs 6.90 EUR.", " We deduct it from the refund."]):
        data = {"message_id": str(reply.pk), "index": index, "text": text, "citations": []}
        events.publish(conversation.pk, "token", data, seq=reply.seq)
    writing = page.locator(f"#writing-{reply.pk}")
    expect(writing).to_have_text("From Austria it costs 6.90 EUR. We deduct it from the refund.")
    Message.objects.filter(pk=reply.pk).update(
        state="done", text="From Austria it costs 6.90 EUR.", reason="supported"
    )
    events.publish_site(
        office.site.pk, "conversation", {"conversation_id": str(conversation.pk), "seq": reply.seq}
    )
    expect(writing).to_have_count(0)
    expect(page.locator(f"#m-{reply.pk}")).to_contain_text("Found in the passages")


def test_a_draft_is_edited_and_sent(enter: Enter, office: Desk) -> None:
    page = enter("agent", path=path_of(office, "mine"))
    expect(page.locator(".message.private")).to_contain_text("Draft, not sent")
    reply = page.get_by_label("Your reply")
    reply.fill("One moment, please.")
    page.get_by_role("button", name="Edit").click()
    expect(reply).to_be_focused()
    expect(page.get_by_text("You are editing the assistant's draft.")).to_be_visible()
    reply.fill("It will be there in 2 to 3 working days.")
    reply.press("Enter")
    expect(page.locator(".from-agent").last).to_contain_text("From a draft")
    expect(page.locator(".message.private")).not_to_contain_text("not sent")
    expect(reply).to_have_value("One moment, please.")  # what the draft had taken the place of
    assert Message.objects.get(text="It will be there in 2 to 3 working days.").from_draft is not None


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_an_answer_is_explained(enter: Enter, office: Desk, locale: str) -> None:
    page = enter("agent", path=path_of(office, "assistant"), locale=locale)
    page.locator("a.mark").first.click()
    expect(page.locator(".citation[open] blockquote")).to_contain_text("Return shipping is free")
    page.locator(".withheld summary").click()
    expect(page.locator(".withheld")).to_contain_text("Refunds take 2 days")
    services.post_message(office.conversations["assistant"], client_msg_id="again", text="Hello?")
    expect(page.locator(".from-contact").last).to_contain_text("Hello?")
    expect(page.locator(".citation[open]")).to_have_count(1)  # what was opened stays open
    with translation.override("zh-hans" if locale == "zh-CN" else "en"):
        page.get_by_role("link", name=_("Why this answer")).first.click()
        expect(page.get_by_role("heading", name=_("Why this answer"))).to_be_visible()
        page.get_by_text(_("Show the prompt")).click()
    expect(page.locator(".prompt")).to_contain_text("[1] You can return anything within 30 days")


def test_without_the_broker_the_desk_goes_on(enter: Enter, office: Desk, settings: object) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"  # type: ignore[attr-defined] # nothing answers there
    page = enter("agent", path=path_of(office, "mine"))
    write_as_customer(office.conversations["mine"], "Still there?")
    expect(page.locator(".from-contact").last).to_contain_text("Still there?", timeout=20_000)


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_all_fits_a_small_phone(enter: Enter, office: Desk, locale: str, scheme: str) -> None:
    page = enter("operator", locale=locale, viewport=PHONE, color_scheme=scheme, has_touch=True)
    assert not is_wider_than_its_window(page)
    for end in ("all", "open"):
        page.goto(f"{path_of(office)}?view={end}")
        expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=0.95)
    page.goto(f"{path_of(office)}?view=all")
    open_stream(page)
    agent = Member.objects.get(site=office.site, user=office.people["agent"])
    noting.add_note(office.conversations["mine"], by=agent, text="@operator", client_msg_id="n")
    expect(page.locator("[data-unseen]")).to_have_text("1")
    expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=0.95)
    page.goto(path_of(office))
    page.locator("a.row").first.click()
    expect(page.locator("#messages")).to_be_visible()
    expect(page.locator(".inbox")).to_be_hidden()
    assert not is_wider_than_its_window(page)
    page.locator(".back").click()
    expect(page.locator("a.row").first).to_be_visible()
    page.goto(path_of(office, "mine"))
    page.locator("main form[action$='/take-over/'] button").first.click()
    expect(page.locator("#reply-text")).to_be_visible()
    expect(page.locator("#composer button.primary")).to_be_in_viewport(ratio=1)
    page.locator("[data-menu]").click()
    page.locator('#nav .rooms a[href$="/documents/"]').click()
    page.wait_for_url("**/documents/")
    expect(page.locator(".documents")).to_be_visible()
    assert not is_wider_than_its_window(page)


def test_one_changes_language_and_light_and_they_stay(enter: Enter, office: Desk) -> None:
    page = enter("agent")
    page.get_by_role("button", name="Light or dark").click()
    expect(page.locator("html[data-theme=dark]")).to_be_attached()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="会话")).to_be_visible()
    expect(page.locator("html[lang=zh-Hans][data-theme=dark]")).to_be_attached()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()


@pytest.mark.parametrize(("locale", "label"), [("en-GB", "Save this filter as"), ("zh-CN", "将此筛选保存为")])
def test_a_filter_is_kept_found_again_and_forgotten(
    enter: Enter, office: Desk, locale: str, label: str
) -> None:
    inbox = f"/dashboard/sites/{office.site.pk}/conversations/"
    page = enter("agent", path=f"{inbox}?view=all&order=latest", locale=locale, viewport=PHONE)
    page.get_by_label(label).fill("Refunds of today")
    page.keyboard.press("Enter")
    kept = page.locator(".saved li", has_text="Refunds of today")
    expect(kept.locator("a")).to_have_attribute("aria-current", "true")
    page.goto(inbox)
    kept.get_by_role("link").click()
    expect(page).to_have_url(re.compile("view=all&order=latest"))
    kept.get_by_role("button").click()
    expect(page.locator(".saved")).to_have_count(0)
