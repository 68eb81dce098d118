"""Pictures and PDFs between a customer in the widget and an agent on the desk, with the whole server in between."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from apps.conversations.models import Attachment, Message
from apps.widget import tokens
from tests.conversations.files import HTML, pdf, png
from tests.dashboard.browsing import PHONE, Enter, is_wider_than_its_window
from tests.dashboard.seeding import Desk

pytest_plugins = ["tests.services", "tests.dashboard.browsing"]
pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

# A picture as a camera's or a screenshot's program makes it, dropped into the focused element by pasting.
PASTE = """async (element, kind) => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [64, 48];
  canvas.getContext('2d').fillRect(8, 8, 32, 32);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, kind));
  const data = new DataTransfer();
  data.items.add(new File([blob], 'shot', {type: kind}));
  element.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
}"""
IS_DRAWN = "image => image.decode().then(() => image.naturalWidth)"


def widget_of(enter: Enter, office: Desk, desk_server: str, **options: object) -> Page:
    """The chat of the customer of the agent's own conversation, on a page of its own."""
    contact = office.conversations["mine"].contact
    page = enter(path="/healthz", **options)
    token = tokens.issue(contact, origin=desk_server)[0]
    session = {"token": token, "contact_id": str(contact.pk), "verified": contact.verified}
    key = f"seekdesk:{office.site.key}:session"
    page.evaluate("([key, value]) => localStorage.setItem(key, value)", [key, json.dumps(session)])
    page.goto(f"/widget/frame/?site={office.site.key}&locale={options.get('locale', '')}")
    expect(page.locator(".message.contact").first).to_be_visible()
    return page


def give(page: Page, name: str, content: bytes, *, kind: str = "image/png") -> None:
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": content})


def pending(page: Page) -> Locator:
    return page.locator(".pending li")


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_a_customer_sends_files(enter: Enter, office: Desk, desk_server: str, locale: str) -> None:
    page = enter(path=f"/widget/frame/?site={office.site.key}&locale={locale}", locale=locale, viewport=PHONE)
    english = locale == "en-GB"
    clip = page.get_by_role("button", name="Add images or PDF" if english else "添加图片或 PDF")
    expect(page.locator(".field textarea")).to_be_focused()  # opening puts the focus there
    with page.expect_file_chooser() as choosing:
        clip.click()
    choosing.value.set_files({"name": "page.png", "mimeType": "image/png", "buffer": HTML})
    expect(pending(page)).to_contain_text("only images and PDF" if english else "只能发送图片和 PDF")
    give(page, "film.png", png() + b"\0" * (11 * 1024 * 1024))
    expect(pending(page).last).to_contain_text("larger than 10 MB" if english else "超过 10 MB")
    for _ in range(2):
        pending(page).first.get_by_role("button").press("Enter")
    expect(pending(page)).to_have_count(0)
    give(page, "<b>lamp.png", png(64, 48))
    give(page, "bill.pdf", pdf(), kind="application/pdf")
    page.locator(".field textarea").evaluate(PASTE, "image/jpeg")
    expect(pending(page)).to_have_count(3)
    expect(page.locator(".pending progress")).to_have_count(0)
    expect(pending(page).first).to_contain_text("<b>lamp.png")
    assert Axe().run(page).response["violations"] == []
    page.reload()
    expect(pending(page)).to_have_count(3)
    expect(page.locator(".field textarea")).to_be_focused()  # before that nothing can be sent
    expect(page.locator(".field textarea")).to_be_enabled()
    page.locator(".field textarea").press("Enter")
    question = page.locator(".message.contact")
    expect(question.locator(".files li")).to_have_count(3)
    expect(pending(page)).to_have_count(0)
    pictures = question.locator("img")
    expect(pictures.first).to_have_attribute("alt", re.compile("lamp"))
    assert [picture.evaluate(IS_DRAWN) for picture in pictures.all()] == [64, 64]
    told = page.locator(".message.assistant")
    expect(told).to_contain_text("cannot read files" if english else "无法读取文件")
    expect(told.locator("[data-offer=person]")).to_be_visible()
    bill = question.get_by_role("link", name="bill.pdf")
    bill.evaluate(
        "link => { link.href = link.href.replace(/until=\\d+/, 'until=1'); }"
    )  # it has ended meanwhile
    with page.expect_download() as downloading:
        bill.click()
    assert downloading.value.suggested_filename == "bill.pdf"
    assert not is_wider_than_its_window(page)
    assert Axe().run(page).response["violations"] == []


def test_files_go_both_ways_between_desk_and_widget(enter: Enter, office: Desk, desk_server: str) -> None:
    mine = office.conversations["mine"]
    desk = enter("agent", path=f"/dashboard/sites/{office.site.pk}/conversations/{mine.pk}/")
    expect(desk.locator("body[data-live]")).to_be_attached()
    customer = widget_of(enter, office, desk_server)
    give(customer, "broken.png", png(64, 48))
    expect(customer.locator(".pending progress")).to_have_count(0)
    customer.locator(".field textarea").fill("It came like this")
    customer.locator(".field textarea").press("Enter")
    shown = desk.locator(".from-contact").last
    expect(shown).to_contain_text("It came like this")
    expect(shown.get_by_role("img", name="Picture: broken.png")).to_be_visible()
    assert shown.get_by_role("img", name="Picture: broken.png").evaluate(IS_DRAWN) == 64

    reply = desk.get_by_label("Your reply")
    give_desk(desk, "page.png", HTML)
    expect(desk.locator("[data-files] .bad")).to_contain_text("Only images")
    desk.locator("[data-files]").get_by_role("button", name="Remove").press("Enter")
    for kind in ("image/jpeg", "image/webp", "image/png"):
        reply.evaluate(PASTE, kind)
    give_desk(desk, "label.pdf", pdf(), kind="application/pdf")
    expect(desk.locator("[data-files] input")).to_have_count(4)
    desk.reload()
    expect(desk.locator("[data-files] input")).to_have_count(4)
    assert Axe().run(desk).response["violations"] == []
    desk.get_by_role("button", name="Send", exact=True).click()
    sent = desk.locator(".from-agent").last
    expect(sent.locator(".files li")).to_have_count(4)
    assert [image.evaluate(IS_DRAWN) for image in sent.locator("img").all()] == [64, 64, 64]
    expect(desk.locator("[data-files] li")).to_have_count(0)
    expect(reply).to_have_value("")

    arrived = customer.locator(".message.agent").last
    expect(arrived.locator(".files li")).to_have_count(4)
    assert [image.evaluate(IS_DRAWN) for image in arrived.locator("img").all()] == [64, 64, 64]
    assert Message.objects.filter(conversation=mine, sender="agent").latest("seq").attachments.count() == 4
    assert Attachment.objects.filter(message=None).count() == 0
    assert Axe().run(desk).response["violations"] == []


def give_desk(page: Page, name: str, content: bytes, *, kind: str = "image/png") -> None:
    page.locator("[data-pick]").set_input_files({"name": name, "mimeType": kind, "buffer": content})
