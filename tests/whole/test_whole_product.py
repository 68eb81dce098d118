"""From the shop's page to the agent's desk and back, with nothing stood in for."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Widget
from tests.journeys.desk import ROOT
from tests.whole.conftest import ANSWER, Demo, People

DEMO_FOLDER = ROOT / "demo"
pytestmark = [pytest.mark.services, pytest.mark.model, pytest.mark.browser, pytest.mark.timeout(900)]

QUESTIONS = {
    "en-GB": ("How many days do I have to return something?", r"\b30\b"),
    "zh-CN": ("退款多久能到支付宝？", r"1\s?[–-]\s?3"),
}


def ask(widget: Widget, question: str) -> str:
    """The settled answer's text."""
    before = widget.answers.count()
    widget.say(question)
    expect(widget.answers).to_have_count(before + 1, timeout=ANSWER)
    return widget.answers.last.inner_text()


def open_passage(widget: Widget) -> str:
    widget.answers.last.locator("button.mark").first.click()
    dialog = widget.frame.get_by_role("dialog")
    expect(dialog).to_be_visible()
    text = dialog.inner_text()
    dialog.press("Escape")
    return text


@pytest.mark.parametrize("locale", QUESTIONS)
def test_a_customer_gets_a_checked_answer_and_opens_what_it_cites(people: People, locale: str) -> None:
    question, fact = QUESTIONS[locale]
    widget = people.customer(locale=locale)
    answer = ask(widget, question)
    assert re.search(fact, answer), answer
    assert re.search(fact, open_passage(widget))
    widget.page.reload()
    widget.open()
    expect(widget.answers.last).to_contain_text(re.compile(fact))


def test_the_model_wrote_it_and_the_desk_can_say_how(people: People, demo: Demo) -> None:
    widget = people.customer()
    ask(widget, "My Basalt 600 shows E05. What should I do?")
    desk = people.member("agent")
    desk.locator("a.row").first.click()
    desk.get_by_role("link", name="Why this answer").last.click()
    expect(desk.get_by_role("heading", name="Why this answer")).to_be_visible()
    expect(desk.locator("dl.facts")).to_contain_text("home")
    message_id = re.search(r"messages/([0-9a-f-]{36})/", desk.url)
    assert message_id
    prompt = json.loads(demo.manage("replay", message_id[1], "--json"))
    assert "E05" in json.dumps(prompt, ensure_ascii=False)


def test_a_person_takes_over_answers_and_gives_back(people: People) -> None:
    widget = people.customer()
    ask(widget, "How long is the warranty on a tent?")
    widget.frame.locator("button.person").click()
    desk = people.member("agent")
    desk.locator("a.row").first.click()
    desk.get_by_role("button", name="Take over").click()
    desk.get_by_label("Your reply").fill("Hello, this is Mei. How can I help?")
    desk.get_by_role("button", name="Send", exact=True).click()
    expect(widget.frame.locator(".message.agent").last).to_contain_text("this is Mei")
    widget.say("My tent pole broke.")
    expect(desk.locator(".from-contact").last).to_contain_text("My tent pole broke.")
    press(desk, "Give back")
    assert ask(widget, "How many days do I have to return something?")
    press(desk, "Resolve")
    expect(desk.locator(".thread-facts")).to_contain_text("Resolved")


def press(desk: Page, name: str) -> None:
    desk.get_by_role("button", name=re.compile(name)).first.click()


@pytest.mark.parametrize("shop", ["shop", "second"])
def test_a_search_finds_only_what_is_the_sites_own(demo: Demo, shop: str) -> None:
    question = ["refund, cancellation, opening hours 退款", "--limit", "100"]
    found = json.loads(demo.manage("search", "--site", f"sd_demo_{shop}", *question, "--json"))
    files = {file.name for file in (DEMO_FOLDER / shop / "documents").rglob("*.*")}
    assert found["passages"]
    assert {re.split(r"[#:]", passage["external_id"])[0] for passage in found["passages"]} <= files


def test_with_the_model_down_the_passage_itself_is_quoted(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "llm_base_url", "http://127.0.0.1:9/v1")
    told = demo.ask("How many days do I have to return something?")
    assert told["decision"] == "answer"
    assert told["citations"]
    assert "30" in told["text"]
