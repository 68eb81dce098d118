"""Files from customers, and to them, over HTTP: taken in, sent, shown; and refused."""

import os
import re
import time
import uuid
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from asgiref.sync import sync_to_async
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import AsyncClient
from django.utils import timezone

from apps.conversations import services
from apps.conversations.files import attaching
from apps.conversations.models import Attachment, Message
from apps.widget import limits, tokens
from tests.conversations.cast import OTHER, SHOP, Cast
from tests.conversations.files import HTML, SVG, gif, jpeg, pdf, png, webp
from tests.widget.browser import API, Browser, code_of, visitor


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.conversations.replying.answering.start_reply", lambda reply_id: None)
    limits._local.clear()


@pytest.fixture
def customer(cast: Cast) -> Browser:
    return Browser(token=tokens.issue(cast.customer, origin=SHOP)[0])


def place(cast: Cast) -> str:
    return f"conversations/{cast.conversation.pk}"


async def bring(browser: Browser, cast: Cast, content: bytes, *, name: str = "photo.png") -> Any:
    headers = {"content_type": "application/octet-stream", "X_File_Name": name}
    return await browser.post(f"{place(cast)}/attachments", raw=content, **headers)


async def brought(browser: Browser, cast: Cast, content: bytes | None = None, **options: Any) -> str:
    response = await bring(browser, cast, png() if content is None else content, **options)
    assert response.status_code == 201, response.content
    id: str = response.json()["id"]
    return id


async def say(browser: Browser, cast: Cast, *ids: str, text: str = "", id: str = "") -> Any:
    body = {"client_msg_id": id or str(uuid.uuid4()), "text": text, "attachments": list(ids)}
    return await browser.post(f"{place(cast)}/messages", body)


async def rows_of(browser: Browser, cast: Cast) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await browser.get(f"{place(cast)}/messages")).json()["messages"]
    return rows


# --- Bringing and sending -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"), [(png(), "png"), (jpeg(), "jpeg"), (gif(), "gif"), (webp(), "webp"), (pdf(), "pdf")]
)
async def test_a_file_is_brought_sent_and_shown(
    cast: Cast, customer: Browser, content: bytes, kind: str
) -> None:
    response = await bring(customer, cast, content, name="%E5%8F%91%E7%A5%A8")
    taken = response.json()
    assert (response.status_code, taken["name"], taken["kind"]) == (201, "发票", kind)
    assert (taken["width"], taken["height"]) == ((None, None) if kind == "pdf" else (4, 3))
    posted = await say(customer, cast, taken["id"], text="Here it is")
    assert posted.status_code == 202
    (shown,) = posted.json()["message"]["attachments"]
    assert shown == taken
    assert (await rows_of(customer, cast))[0]["attachments"] == [taken]


async def test_a_form_brings_a_file_too(cast: Cast, customer: Browser) -> None:
    headers = {"Authorization": f"Bearer {customer.token}", "Origin": SHOP}
    address = f"{API}{place(cast)}/attachments"
    form = {"file": SimpleUploadedFile("a/../x.png", png())}
    response = await AsyncClient().post(address, form, headers=headers)
    assert (response.status_code, response.json()["name"]) == (201, "x.png")
    empty = await AsyncClient().post(address, {"other": "x"}, headers=headers)
    assert (empty.status_code, code_of(empty)) == (422, "file_missing")


async def test_several_files_stand_in_the_order_in_which_they_were_named(
    cast: Cast, customer: Browser
) -> None:
    ids = [await brought(customer, cast, name=f"{number}.png") for number in range(3)]
    await say(customer, cast, *reversed(ids), text="Three")
    (message, _) = await rows_of(customer, cast)
    assert [one["id"] for one in message["attachments"]] == list(reversed(ids))


async def test_the_same_message_again_is_the_same_and_another_file_is_refused(
    cast: Cast, customer: Browser
) -> None:
    first, second = await brought(customer, cast), await brought(customer, cast)
    posted = await say(customer, cast, first, id="m1")
    again = await say(customer, cast, first, id="m1")
    assert again.json()["message"]["id"] == posted.json()["message"]["id"]
    other = await say(customer, cast, second, id="m1")
    assert (other.status_code, code_of(other)) == (409, "client_msg_id_reused")
    assert (await say(customer, cast, id="m1")).status_code in (409, 422)


# --- The assistant ------------------------------------------------------------------------------------------


async def test_a_file_without_a_word_is_not_guessed_at(cast: Cast, customer: Browser) -> None:
    posted = (await say(customer, cast, await brought(customer, cast))).json()
    asked, reply = await rows_of(customer, cast)
    assert (asked["text"], len(asked["attachments"])) == ("", 1)
    assert (reply["id"], reply["state"], reply["offer_person"]) == (posted["reply_id"], "done", True)
    assert "cannot read files" in reply["text"]


async def test_it_says_so_in_chinese(cast: Cast, customer: Browser) -> None:
    await sync_to_async(services.speak)(cast.customer, locale="zh-hans")
    await say(customer, cast, await brought(customer, cast))
    assert "无法读取文件" in (await rows_of(customer, cast))[1]["text"]


async def test_words_beside_a_file_are_answered(cast: Cast, customer: Browser) -> None:
    await say(customer, cast, await brought(customer, cast), text="How long can I return it?")
    assert (await rows_of(customer, cast))[1]["state"] == "generating"


async def test_a_person_who_has_the_conversation_gets_the_file_and_nobody_answers_for_them(
    cast: Cast, customer: Browser
) -> None:
    await sync_to_async(services.take_over)(cast.conversation, by=cast.agent)
    posted = await say(customer, cast, await brought(customer, cast))
    assert posted.json()["reply_id"] is None


# --- What is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "file_empty"),
        (HTML, 415, "file_kind"),
        (SVG, 415, "file_kind"),
        (b"PK\x03\x04", 415, "file_kind"),
        (png()[:-20], 422, "file_damaged"),
        (b"GIF89a" + HTML, 422, "file_damaged"),
        (png(19_000, 19_000), 422, "image_too_big"),
        (png() + b"\x00" * (11 * 1024 * 1024), 413, "file_too_large"),
    ],
)
async def test_what_is_no_picture_and_no_pdf_is_refused_and_leaves_nothing(
    cast: Cast, customer: Browser, content: bytes, status: int, code: str
) -> None:
    before = files_kept()
    response = await bring(customer, cast, content)
    assert (response.status_code, code_of(response)) == (status, code)
    assert not await Attachment.objects.aexists()
    assert files_kept() == before


def files_kept() -> set[str]:
    root = default_storage.path("attachments")
    return {
        file for folder in default_storage.listdir("")[0] if folder == "attachments" for file in _below(root)
    }


def _below(root: str) -> list[str]:
    return [
        f"{folder}/{file}"
        for folder in default_storage.listdir(root)[0]
        for file in default_storage.listdir(f"{root}/{folder}")[1]
    ]


async def test_six_files_are_too_many_for_one_message(cast: Cast, customer: Browser) -> None:
    ids = [await brought(customer, cast) for _ in range(6)]
    refused = await say(customer, cast, *ids)
    assert (refused.status_code, code_of(refused)) == (422, "too_many_files")
    assert (await say(customer, cast, *ids[:5])).status_code == 202


async def test_twenty_files_an_hour_are_enough(cast: Cast, customer: Browser) -> None:
    for _ in range(20):
        await brought(customer, cast)
    refused = await bring(customer, cast, png())
    assert (refused.status_code, code_of(refused)) == (429, "too_many_files_now")
    assert 3_000 < int(refused["Retry-After"]) <= 3_600
    await Attachment.objects.aupdate(created_at=timezone.now() - timedelta(minutes=61))
    assert (await bring(customer, cast, png())).status_code == 201


async def test_new_visitors_from_one_address_bring_no_more(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FILES_PER_ADDRESS", limits.Limit("files-address", 2))
    for expected in (201, 201, 429):
        browser = await visitor(cast.shop)
        address = f"conversations/{await browser.converse()}/attachments"
        assert (await browser.post(address, raw=png(), content_type="image/png")).status_code == expected


async def test_a_conversation_holds_only_so_much(
    cast: Cast, customer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await brought(customer, cast)
    monkeypatch.setattr(attaching, "LARGEST_TOGETHER", len(png()) + 10)
    refused = await bring(customer, cast, png())
    assert (refused.status_code, code_of(refused)) == (409, "no_room_for_files")


async def test_a_file_is_sent_once(cast: Cast, customer: Browser) -> None:
    id = await brought(customer, cast)
    await say(customer, cast, id)
    again = await say(customer, cast, id)
    assert (again.status_code, code_of(again)) == (409, "file_was_sent")
    twice = await brought(customer, cast)
    doubled = await say(customer, cast, twice, twice)
    assert (doubled.status_code, code_of(doubled)) == (404, "no_such_file")


async def test_a_file_of_another_conversation_is_as_one_that_is_not_there(
    cast: Cast, customer: Browser
) -> None:
    id = await brought(customer, cast)
    neighbour = Browser(token=tokens.issue(cast.neighbour, origin=SHOP)[0])
    theirs = await neighbour.converse()
    body = {"client_msg_id": "n1", "text": "", "attachments": [id]}
    foreign = await neighbour.post(f"conversations/{theirs}/messages", body)
    missing = await neighbour.post(
        f"conversations/{theirs}/messages", {**body, "attachments": [str(uuid.uuid4())]}
    )
    garbage = await neighbour.post(f"conversations/{theirs}/messages", {**body, "attachments": ["x"]})
    assert (foreign.status_code, code_of(foreign)) == (404, "no_such_file")
    assert foreign.content == missing.content == garbage.content
    assert await Message.objects.filter(conversation=theirs).acount() == 0
    mine = await customer.converse()
    other_of_mine = await customer.post(f"conversations/{mine}/messages", body)
    assert code_of(other_of_mine) == "no_such_file"


@pytest.mark.parametrize("who", ["neighbour", "stranger"])
async def test_nobody_brings_a_file_into_a_conversation_of_others(cast: Cast, who: str) -> None:
    origin = SHOP if who == "neighbour" else OTHER
    browser = Browser(token=tokens.issue(getattr(cast, who), origin=origin)[0], origin=origin)
    refused = await bring(browser, cast, png())
    assert (refused.status_code, code_of(refused)) == (404, "not_found")
    assert not await Attachment.objects.aexists()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:%5CUsers%5Cme%5Cphoto.png", "photo.png"),
        ("%3Cimg%20onerror%3Dx%3E.png", "<img onerror=x>.png"),
        ("evil%E2%80%AEgnp.exe", "evilgnp.exe"),
        ("a%0D%0ASet-Cookie%3A%20x.png", "aSet-Cookie: x.png"),
        ("%FF%00.png", "\ufffd.png"),
        ("", "file"),
        ("...", "file"),
        ("x" * 10_000 + ".png", "x" * 146 + ".png"),
    ],
)
async def test_a_name_is_only_text(cast: Cast, customer: Browser, name: str, kept: str) -> None:
    response = await bring(customer, cast, png(), name=name)
    assert (response.status_code, response.json()["name"]) == (201, kept)
    row = await Attachment.objects.aget()
    assert re.fullmatch(r"attachments/[0-9a-f]{2}/[0-9a-f]{32}", row.file.name)
    given = await customer.client.get(response.json()["url"])
    assert given.status_code == 200
    assert "\n" not in given["Content-Disposition"]
    assert "Set-Cookie" not in given.headers


# --- Getting one --------------------------------------------------------------------------------------------


async def address_of(customer: Browser, cast: Cast, content: bytes, name: str = "photo.png") -> str:
    address: str = (await bring(customer, cast, content, name=name)).json()["url"]
    return address


async def test_a_picture_is_shown_and_nothing_in_it_can_run(cast: Cast, customer: Browser) -> None:
    given = await AsyncClient().get(await address_of(customer, cast, png(), name="evil.html"))
    assert given.status_code == 200
    assert given.content == png()
    assert given["Content-Type"] == "image/png"
    assert given["Content-Disposition"] == 'inline; filename="evil.html.png"'
    assert given["X-Content-Type-Options"] == "nosniff"
    assert given["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert given["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "private" in given["Cache-Control"]


async def test_a_pdf_is_always_a_download(cast: Cast, customer: Browser) -> None:
    given = await AsyncClient().get(await address_of(customer, cast, pdf(), name="bill.pdf"))
    assert (given["Content-Type"], given["Content-Disposition"]) == (
        "application/pdf",
        'attachment; filename="bill.pdf"',
    )


async def test_an_address_is_good_for_its_own_file_and_for_a_while(cast: Cast, customer: Browser) -> None:
    address = await address_of(customer, cast, png())
    other = await address_of(customer, cast, gif())
    path, query = address.split("?")
    client = AsyncClient()
    for wrong in (path, f"{path}?{query}x", f"{other.split('?')[0]}?{query}", f"{path}?until=9&signature=x"):
        assert (await client.get(wrong)).status_code == 404, wrong
    later = re.sub(r"until=(\d+)", lambda found: f"until={int(found[1]) + 1}", address)
    assert (await client.get(later)).status_code == 404
    with mock.patch("apps.widget.attachments.time.time", return_value=time.time() + 3_500):
        assert (await client.get(address)).status_code == 200
    with mock.patch("apps.widget.attachments.time.time", return_value=time.time() + 6_000):
        assert (await client.get(address)).status_code == 404
    assert (await client.post(address)).status_code == 405


async def test_a_file_of_an_agent_is_given_out_once_it_was_sent(cast: Cast, customer: Browser) -> None:
    await sync_to_async(services.take_over)(cast.conversation, by=cast.agent)
    conversation = await type(cast.conversation).objects.aget(pk=cast.conversation.pk)
    taken = await sync_to_async(attaching.take_in)(
        conversation, content=png(), name="label.png", by=cast.agent
    )
    from apps.widget.attachments import address_of as signed

    assert (await customer.client.get(signed(taken))).status_code == 404
    await sync_to_async(services.reply_as_agent)(
        conversation, by=cast.agent, text="", client_msg_id="a1", attachments=[str(taken.pk)]
    )
    (message,) = await rows_of(customer, cast)
    assert (message["sender"], message["text"]) == ("agent", "")
    (shown,) = message["attachments"]
    assert (await customer.client.get(shown["url"])).content == png()


# --- Forgetting ---------------------------------------------------------------------------------------------


async def test_a_file_goes_with_its_row_and_with_its_customer(cast: Cast, customer: Browser) -> None:
    await say(customer, cast, await brought(customer, cast))
    row = await Attachment.objects.aget()
    assert default_storage.exists(row.file.name)
    await sync_to_async(cast.customer.delete)()
    assert not default_storage.exists(row.file.name)


async def test_a_deletion_that_is_taken_back_leaves_the_file(cast: Cast, customer: Browser) -> None:
    await brought(customer, cast)
    row = await Attachment.objects.aget()

    def delete_and_think_again() -> None:
        with transaction.atomic():
            row.delete()
            transaction.set_rollback(True)

    await sync_to_async(delete_and_think_again)()
    assert default_storage.exists(row.file.name)


async def test_a_file_that_lost_its_row_goes_after_a_day(cast: Cast, customer: Browser) -> None:
    await brought(customer, cast)
    row = await Attachment.objects.aget()
    lost = default_storage.save(f"attachments/ab/{uuid.uuid4().hex}", ContentFile(b"x"))
    strange = default_storage.save("attachments/ab/notes.txt", ContentFile(b"x"))
    for name in (row.file.name, lost, strange):
        os.utime(default_storage.path(name), (0, 0))
    young = default_storage.save(f"attachments/ab/{uuid.uuid4().hex}", ContentFile(b"x"))
    assert await sync_to_async(attaching.forget_orphans)() >= 1
    assert not default_storage.exists(lost)
    assert all(default_storage.exists(name) for name in (row.file.name, strange, young))


async def test_what_nobody_sent_goes_after_a_day(cast: Cast, customer: Browser) -> None:
    kept, left = await brought(customer, cast), await brought(customer, cast)
    fresh = await brought(customer, cast)
    await say(customer, cast, kept)
    await Attachment.objects.exclude(pk=fresh).aupdate(created_at=timezone.now() - timedelta(hours=25))
    name = (await Attachment.objects.aget(pk=left)).file.name
    assert await sync_to_async(attaching.forget_unsent)() == 1
    assert not default_storage.exists(name)
    assert {str(row.pk) async for row in Attachment.objects.all()} == {kept, fresh}
