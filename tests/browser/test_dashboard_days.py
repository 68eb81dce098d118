"""A day at the desk in both languages: what people press, from the first look at the inbox to the last resolve."""

import re
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from playwright.sync_api import Page, expect

from apps.conversations import services
from apps.conversations.desk import expecting, translating
from apps.conversations.models import Conversation, Handoff, Member, Message
from apps.conversations.replying import answering
from dialogue import Event, Finished
from dialogue.testing import ScriptedModel
from tests.browser.test_dashboard_conversations import open_stream, path_of, write_as_customer
from tests.conversations.cast import an_answer
from tests.conversations.files import pdf
from tests.dashboard.browsing import Enter, until
from tests.dashboard.seeding import Desk, say

pytest_plugins = ["tests.services", "tests.dashboard.browsing"]
pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("locale", ["en-GB", "zh-CN"]),
]

WIDE = {"width": 1600, "height": 900}  # with all three panes
# Headless browsers ask nobody and show nothing: what would be shown is counted, and the tone is played.
SIGNS = """
window.told = [];
window.Notification = class {
  static permission = "default";
  static async requestPermission() { this.permission = "granted"; }
  constructor(title) { told.push(title); }
};
window.AudioContext = class extends AudioContext {
  constructor() { super(); told.push("a tone"); }
};
"""


@pytest.fixture(autouse=True)
def language(locale: str) -> Iterator[None]:
    with translation.override("zh-hans" if locale == "zh-CN" else "en"):
        yield


def test_the_inbox_by_tabs_keys_search_and_many_at_once(enter: Enter, office: Desk, locale: str) -> None:
    page = enter("agent", path=path_of(office), locale=locale)
    page.context.add_init_script(SIGNS)
    page.reload()
    open_stream(page)
    look_through_tabs(page, office)
    ask_for_signs(page)
    somebody_waits(page, office)
    walk_by_keys(page)
    search_in_chinese(page, office)
    snooze_two(page, office)
    page.locator(".availability button").click()
    expect(page.locator(".availability button")).to_contain_text(_("Away"))


def look_through_tabs(page: Page, office: Desk) -> None:
    shown = {
        "mine": (_("Mine"), "mine"),
        "unassigned": (_("Unassigned"), "waiting"),
        "resolved": (_("Resolved"), "resolved"),
        "all": (_("All"), "theirs"),
        "waiting": (_("Waiting"), "waiting_zh"),
    }
    for view, (name, which) in shown.items():
        page.locator(".tabs").get_by_role("link", name=name, exact=True).click()
        expect(page.locator(f".tabs a[href$='view={view}']")).to_have_attribute("aria-current", "page")
        expect(page.locator(f"#row-{office.conversations[which].pk}")).to_be_visible()


def ask_for_signs(page: Page) -> None:
    open_stream(page)
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name=_("Keys"))
    sheet.get_by_role("button", name=_("Tell me when somebody waits")).click()
    sheet.get_by_role("button", name=_("Close")).click()
    expect(sheet).to_be_hidden()


def somebody_waits(page: Page, office: Desk) -> None:
    new = say(services.start_conversation(office.conversations["resolved"].contact), "contact", "Hello?")
    services.request_handoff(new.conversation)
    expect(page.locator(f"#row-{new.conversation_id}")).to_contain_text("Hello?")
    page.wait_for_function("told.length === 2")
    shown, tone = page.evaluate("told")
    assert shown.startswith("(3)")
    assert tone == "a tone"


def walk_by_keys(page: Page) -> None:
    rows = page.locator("#list a.row")
    for key, place in (("j", 0), ("j", 1), ("k", 0)):
        page.keyboard.press(key)
        expect(rows.nth(place)).to_be_focused()


def search_in_chinese(page: Page, office: Desk) -> None:
    write_as_customer(office.conversations["waiting_zh"], "请问退货的运费谁出？")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name=_("Search conversations"))).to_be_focused()
    page.keyboard.type("退货运费")
    page.keyboard.press("Enter")
    expect(page.locator("#list a.row")).to_have_count(1)
    expect(page.locator("#list")).to_contain_text("王小雨")
    page.get_by_role("searchbox").fill("")
    page.get_by_text(_("Sort and choose")).click()
    page.get_by_label(_("Order")).select_option(label=_("Latest first"))
    page.get_by_role("button", name=_("Show")).click()
    expect(page.locator("#list a.row").first).to_contain_text("退货的运费")


def snooze_two(page: Page, office: Desk) -> None:
    two = [office.conversations[which] for which in ("waiting", "waiting_zh")]
    for one in two:
        page.locator(f"#tick-{one.pk}").check()
    page.get_by_label(_("With those chosen")).select_option(label=_("Snooze for 4 hours"))
    page.get_by_role("button", name=_("Do it")).click()
    expect(page.locator("#told")).to_be_visible()
    page.locator(".tabs").get_by_role("link", name=_("Snoozed")).click()
    expect(page.locator("#list a.row")).to_have_count(2)


# --- One conversation, of a customer who speaks the other language ---------------------------------------------------


OF_A_MESSAGE, OF_A_REPLY = "As they say.", "换句话说。"  # turned round for an agent who speaks Chinese


@pytest.fixture
def assistant(monkeypatch: pytest.MonkeyPatch, locale: str) -> None:
    """It says what it is told to, in drafts and translations."""

    async def answer_for(*args: Any, **options: Any) -> AsyncIterator[Event]:
        yield Finished(answer=an_answer("Within 30 days. [1]"))

    replies = [OF_A_MESSAGE, OF_A_REPLY] if locale == "en-GB" else [OF_A_REPLY, OF_A_MESSAGE]
    chat = ScriptedModel(replies=replies)
    monkeypatch.setattr(answering, "answer_for", answer_for)
    monkeypatch.setattr(translating, "base_model", lambda: SimpleNamespace(is_down=False, chat=chat))


@pytest.mark.usefixtures("assistant")
def test_a_conversation_from_the_take_over_to_the_resolve(enter: Enter, office: Desk, locale: str) -> None:
    which = "waiting_zh" if locale == "en-GB" else "waiting"
    conversation = Conversation.objects.select_related("contact", "site").get(
        pk=office.conversations[which].pk
    )
    earlier = Conversation.objects.filter(pk=office.conversations["assistant"].pk)
    earlier.update(contact=conversation.contact)
    page = enter("agent", path=f"/dashboard/sites/{office.site.pk}/phrases/", locale=locale, viewport=WIDE)
    keep_phrases(page)
    page.goto(path_of(office, which))
    open_stream(page)
    take_over_and_think_twice(page)
    reply_with_phrases(page, conversation)
    put_it_right(page)
    operator = enter("operator", path=path_of(office, which), locale=locale)
    see_who_is_here_and_who_types(page, conversation)
    translate_both_ways(page, into=locale)
    edit_a_draft(page)
    send_a_file(page)
    mention_the_operator(page, operator, conversation)
    sort_it(page)
    fetch_what_was_said_meanwhile(page, conversation)
    with page.expect_download() as file:
        page.get_by_role("link", name=_("Transcript as a file")).click()
    assert file.value.suggested_filename.endswith(".txt")
    give_back_resolve_and_think_twice(page)
    page.get_by_role("region", name=_("Earlier conversations")).get_by_role("link").click()
    expect(page).to_have_url(re.compile(path_of(office, "assistant")))
    expect(page.locator("#messages")).to_contain_text("How long do I have to return something?")


def keep_phrases(page: Page) -> None:
    for name, text in (("hello", "Dear {contact},"), ("bye", "Yours, {agent}"), ("old", "Sirs")):
        page.get_by_label(_("Name"), exact=True).fill(name)
        page.get_by_label(_("Text")).fill(text)
        page.get_by_role("button", name=_("Keep the phrase")).click()
        expect(page.locator(".phrase-list")).to_contain_text(f"/{name}")
    page.get_by_role("button", name=_("Delete /%(name)s") % {"name": "old"}).click()
    expect(page.locator(".phrase-list")).not_to_contain_text("/old")


def take_over_and_think_twice(page: Page) -> None:
    for key, now in (("r", _("With you")), ("u", _("Waiting %(time)s")[:2]), ("r", _("With you"))):
        page.keyboard.press(key)
        expect(page.locator(".thread-facts")).to_contain_text(now)


def put_it_right(page: Page) -> None:
    sent = page.locator(".from-agent").last
    sent.locator(".edit summary").click()
    sent.get_by_role("textbox", name=_("Edit")).fill("Good morning!")
    sent.get_by_role("button", name=_("Save")).click()
    expect(sent.locator(".bubble")).to_contain_text("Good morning!")
    sent.locator(".edits summary").click()
    expect(sent.locator(".edits")).to_contain_text("Yours, Mei Lin")


def reply_with_phrases(page: Page, conversation: Conversation) -> None:
    """One after the other, in one reply."""
    page.keyboard.press("r")
    reply = page.get_by_label(_("Your reply"))
    expect(reply).to_be_focused()
    page.keyboard.type("/he")
    expect(page.get_by_role("listbox", name=_("Phrases"))).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type(" /")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    said = f"Dear {conversation.contact.name}, Yours, Mei Lin"
    expect(reply).to_have_value(said)
    page.get_by_role("button", name=_("Send"), exact=True).click()
    expect(page.locator(".from-agent").last).to_contain_text(said)


def see_who_is_here_and_who_types(page: Page, conversation: Conversation) -> None:
    expect(page.locator(".thread-facts .here-now .avatar")).to_have_attribute(
        "title", f"Jonas Weber {_('is looking at this')}"
    )
    expect(page.locator(".thread-facts")).to_contain_text(_("Customer is away"))
    line = page.locator("#typing-line")
    services.announce_contact_typing(conversation)
    expect(line).to_have_text(_("The customer is typing…"))
    other = Member.objects.select_related("user").get(site=conversation.site, role=Member.Role.OPERATOR)
    services.announce_typing(conversation, by=other)
    expect(line).to_have_text(f"Jonas Weber {_('is writing here too…')}")


def translate_both_ways(page: Page, *, into: str) -> None:
    theirs, ours = (OF_A_MESSAGE, OF_A_REPLY) if into == "en-GB" else (OF_A_REPLY, OF_A_MESSAGE)
    page.locator(".from-contact").last.get_by_role("button", name=_("Translate")).click()
    expect(page.locator(".translated").last).to_have_text(theirs)
    reply = page.get_by_label(_("Your reply"))
    reply.fill("My own words.")
    page.locator(".beside-composer [data-translate]").click()
    expect(reply).to_have_value(ours)
    page.get_by_role("button", name=_("Bring my words back")).click()
    expect(reply).to_have_value("My own words.")
    reply.fill("")


def edit_a_draft(page: Page) -> None:
    page.get_by_role("button", name=_("Draft by the assistant")).click()
    draft = page.locator(".message.private").last
    expect(draft).to_contain_text(_("Draft, not sent"))
    draft.locator(".citation summary").click()
    expect(draft.locator("blockquote")).to_contain_text("within 30 days of delivery")
    draft.get_by_role("button", name=_("Edit")).click()
    page.get_by_label(_("Your reply")).fill("You have 30 days.")
    page.keyboard.press("Enter")
    expect(page.locator(".from-agent").last).to_contain_text(_("From a draft"))
    sent = Message.objects.select_related("from_draft").get(text="You have 30 days.")
    assert sent.from_draft is not None
    assert sent.from_draft.text == "Within 30 days. [1]"


def send_a_file(page: Page) -> None:
    bill = {"name": "bill.pdf", "mimeType": "application/pdf", "buffer": pdf()}
    page.locator("[data-pick]").set_input_files(bill)  # type: ignore[arg-type] # a payload
    expect(page.locator("[data-files] input")).to_have_count(1)
    page.get_by_role("button", name=_("Send"), exact=True).click()
    expect(page.locator(".from-agent").last).to_contain_text("bill.pdf")


def mention_the_operator(page: Page, operator: Page, conversation: Conversation) -> None:
    operator.goto(f"/dashboard/sites/{conversation.site_id}/conversations/?view=mine")
    open_stream(operator)
    page.locator("#messages").focus()
    page.keyboard.press("n")
    page.keyboard.type("@jo")
    expect(page.get_by_role("listbox", name=_("Colleagues"))).to_contain_text("Jonas Weber")
    page.keyboard.press("Enter")
    page.keyboard.type("a VIP")
    expect(page.locator("#note-text")).to_have_value("@JonasWeber a VIP")
    page.get_by_role("button", name=_("Keep the note")).click()
    expect(page.locator(".message.private").last).to_contain_text(_("Note, for colleagues only"))
    expect(operator.locator("[data-unseen]")).to_have_text("1")
    operator.locator(".tabs").get_by_role("link", name=_("Mentions")).click()
    operator.locator(f"#row-{conversation.pk} a").click()
    expect(operator.locator(".message.private").last).to_contain_text("a VIP")
    expect(operator.locator("[data-unseen]")).to_be_hidden()


def sort_it(page: Page) -> None:
    pane = page.locator("#context")
    pane.get_by_label(_("Label"), exact=True).fill("Returns")
    pane.get_by_role("button", name=_("Add")).click()
    label = pane.get_by_role("button", name=_("Remove the label %(name)s") % {"name": "Returns"})
    label.click()
    expect(label).to_have_count(0)
    pane.get_by_label(_("Priority")).select_option(label=_("Urgent"))
    pane.locator("#do-set-priority button").click()
    expect(page.locator("#list [aria-current]")).to_contain_text(_("Urgent"))
    pane.get_by_label(_("Snooze")).select_option(label=_("Until another time"))
    pane.get_by_label(_("Until when")).fill(f"{timezone.now().year + 1}-01-02T09:30")
    pane.locator("#do-snooze button").click()
    expect(pane).to_contain_text(_("Snoozed until"))
    expect(pane.get_by_label(_("Until when"))).to_be_hidden()
    pane.locator("#do-snooze button").click()  # "Wake it up" is chosen now
    expect(pane).not_to_contain_text(_("Snoozed until"))


def fetch_what_was_said_meanwhile(page: Page, conversation: Conversation) -> None:
    """A laptop that slept: the line breaks, and what is said then is there afterwards, all of it once."""
    page.context.set_offline(True)
    for number in range(3):
        write_as_customer(conversation, f"Line {number}.")
    page.wait_for_timeout(300)
    page.context.set_offline(False)
    expect(page.locator(".from-contact").last).to_contain_text("Line 2.", timeout=15_000)
    said = page.locator(".from-contact .bubble").all_inner_texts()
    assert [text for text in said if re.match(r"Line \d", text)] == ["Line 0.", "Line 1.", "Line 2."]


def give_back_resolve_and_think_twice(page: Page) -> None:
    page.locator("#messages").focus()
    page.get_by_role("button", name=_("Give back")).click()
    expect(page.locator("#undo")).to_contain_text(_("You have given this conversation back."))
    page.locator("#undo").get_by_role("button", name=_("Undo")).click()
    expect(page.locator(".thread-facts")).to_contain_text(_("With you"))
    page.locator("#messages").focus()
    page.keyboard.press("e")
    expect(page.locator(".thread-facts")).to_contain_text(_("Resolved"))
    page.keyboard.press("u")
    expect(page.locator(".thread-facts")).to_contain_text(_("With you"))
    page.get_by_label(_("Your reply")).fill("Goodbye!")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#composer-closed")).to_be_visible()
    expect(page.locator(".from-agent").last).to_contain_text("Goodbye!")


# --- A handoff, from both sides -------------------------------------------------------------------------------------


WORDS = {
    "en-GB": {
        "person": "Talk to a person",
        "nobody": "Nobody is at the desk right now.",
        "email": "Your e-mail address",
        "leave": "Leave it",
        "left": "The answer also goes to ada@shop.example.",
        "back": "Back to the assistant",
        "next": "You are next in line",
        "with": "You are talking with Mei Lin",
        "typing": "Mei Lin is typing…",
        "agent": "How content were you with the person who helped you?",
        "assistant": "How content were you with the assistant?",
        "five": "5 of 5",
        "skip": "Skip",
        "closed": "This conversation is closed.",
    },
    "zh-CN": {
        "person": "转人工客服",
        "nobody": "目前没有客服在线。",
        "email": "您的邮箱",
        "leave": "留下邮箱",
        "left": "回复也会发送到 ada@shop.example",
        "back": "继续由助手解答",
        "next": "下一位就是您",
        "with": "Mei Lin 正在为您服务",
        "typing": "Mei Lin 正在输入",
        "agent": "您对人工客服的服务满意吗？",
        "assistant": "您对智能助手的回答满意吗？",
        "five": "5 分，满分 5 分",
        "skip": "跳过",
        "closed": "本次对话已结束。",
    },
}


@pytest.mark.usefixtures("assistant")
def test_a_handoff_from_the_wish_to_the_return(enter: Enter, office: Desk, locale: str) -> None:
    Conversation.objects.filter(status="waiting").delete()  # nobody stands before this customer
    words = WORDS[locale]
    customer = enter(path=f"/widget/frame/?site={office.site.key}&locale={locale}", locale=locale)
    ask_in_vain(customer, words)
    conversation = Conversation.objects.select_related("contact").latest("created_at")
    agent = enter(
        "agent", path=f"/dashboard/sites/{office.site.pk}/conversations/?view=waiting", locale=locale
    )
    until(lambda: expecting.people_here(office.site).exists(), what="Mei is at her desk")
    customer.get_by_role("button", name=words["person"]).last.click()
    expect(customer.locator(".card")).to_contain_text(words["next"])
    take_it(agent, conversation)
    talk(customer, agent, words)
    agent.get_by_role("button", name=_("Resolve"), exact=True).click()
    rate_the_person_alone(customer, words)
    write(customer, "One thing more.")
    expect(agent.locator(".divider").last).to_contain_text(_("Resolved. The customer wrote again."))
    agent.locator("[data-context]").click()
    expect(agent.locator("#context")).to_contain_text("5 / 5")
    conversation.refresh_from_db()
    assert (conversation.episode, conversation.resolutions.get().reopened_at is None) == (2, False)


def write(customer: Page, text: str) -> None:
    customer.locator(".field textarea").fill(text)
    customer.locator(".field textarea").press("Enter")
    expect(customer.locator(".message.contact").last).to_contain_text(text)


def ask_in_vain(customer: Page, words: dict[str, str]) -> None:
    """Nobody is at the desk: an address is left, and then the customer thinks better of it."""
    expect(customer.locator(".field textarea")).to_be_focused()
    write(customer, "How long can I return things? ada@shop.example")
    expect(customer.locator(".message.assistant")).to_contain_text("Within 30 days.")
    customer.get_by_role("button", name=words["person"]).last.click()
    card = customer.locator(".card")
    expect(card).to_contain_text(words["nobody"])
    expect(card.get_by_label(words["email"])).to_have_value("ada@shop.example")
    card.get_by_role("button", name=words["leave"]).click()
    expect(card).to_contain_text(words["left"])
    card.get_by_role("button", name=words["back"]).click()
    expect(card).to_be_hidden()


def take_it(agent: Page, conversation: Conversation) -> None:
    """Why a person is wanted and what was tried stands there at a glance."""
    agent.locator(f"#row-{conversation.pk} a").click()
    handoff = agent.locator(".handoff")
    expect(handoff).to_contain_text(str(Handoff.Reason.CONTACT_ASKED.label))
    handoff.get_by_text(_("What was asked and tried")).click()
    expect(handoff).to_contain_text("Within 30 days.")
    expect(agent.locator(".thread-facts")).to_contain_text(_("Customer is here"))
    agent.get_by_role("button", name=_("Take over")).click()
    expect(agent.locator(".thread-facts")).to_contain_text(_("With you"))


def talk(customer: Page, agent: Page, words: dict[str, str]) -> None:
    expect(customer.locator(".status")).to_have_text(words["with"])
    customer.locator(".field textarea").press_sequentially("Hel")
    expect(agent.locator("#typing-line")).to_have_text(_("The customer is typing…"))
    agent.get_by_label(_("Your reply")).press_sequentially("Good ")
    expect(customer.locator(".typing")).to_contain_text(words["typing"])
    write(customer, "Hello Mei")
    expect(agent.locator(".from-contact").last).to_contain_text("Hello Mei")
    agent.keyboard.type("morning!")
    agent.keyboard.press("Enter")
    expect(customer.locator(".message.agent")).to_contain_text("Good morning!")


def rate_the_person_alone(customer: Page, words: dict[str, str]) -> None:
    card = customer.locator(".card")
    expect(card).to_contain_text(words["agent"])
    card.get_by_role("button", name=words["five"]).click()
    expect(card).to_contain_text(words["assistant"])
    card.get_by_role("button", name=words["skip"]).click()
    expect(card).to_contain_text(words["closed"])
