"""Files on the desk: seen, sent with a reply, named in lists and transcripts; out of reach for everybody else."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.conversations.models import Attachment, Conversation, Message
from apps.integrations.faces import message_as_json
from tests.conversations.files import HTML, pdf, png
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk, attached

HTMX = {"HX-Request": "true"}


@pytest.fixture
def agent(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["agent"])


def address(name: str, conversation: Conversation, *more: object) -> str:
    return reverse(name, args=[conversation.site_id, conversation.pk, *more])


def bring(client: Client, conversation: Conversation, content: bytes, name: str = "label.png") -> Any:
    file = SimpleUploadedFile(name, content, content_type="image/png")
    return client.post(address("attach", conversation), {"file": file})


def reply(client: Client, conversation: Conversation, *ids: str, text: str = "", id: str = "r1") -> Any:
    form = {"text": text, "client_msg_id": id, "attachments": list(ids)}
    return client.post(address("reply", conversation), form, headers=HTMX)


def test_an_agent_sends_a_file_with_and_without_words(agent: Client, desk: Desk) -> None:
    mine = desk.conversations["mine"]
    taken = bring(agent, mine, png()).json()
    page = reply(agent, mine, taken["id"]).content.decode()
    assert taken["url"] in page
    assert 'alt="Picture: label.png"' in page
    other = bring(agent, mine, pdf(), name="label.pdf").json()
    page = reply(agent, mine, other["id"], text="Print this", id="r2").content.decode()
    assert "Print this" in page
    assert "download" in page.split(other["url"])[1][:20]
    kinds = Message.objects.filter(conversation=mine, sender="agent").exclude(attachments=None)
    assert [row.attachments.get().kind for row in kinds.order_by("seq")] == ["png", "pdf"]


def test_the_same_reply_again_sends_nothing_twice(agent: Client, desk: Desk) -> None:
    mine = desk.conversations["mine"]
    id = bring(agent, mine, png()).json()["id"]
    for _ in range(2):
        assert reply(agent, mine, id).status_code == 200
    assert Message.objects.filter(attachments=id).count() == 1
    assert reply(agent, mine, id, id="r2").status_code == 409


def test_a_customers_file_is_shown_as_text_and_picture_only(agent: Client, desk: Desk) -> None:
    row = attached(desk.conversations["mine"], name='"><img src=x onerror=alert(1)>.png')
    page = agent.get(address("thread", desk.conversations["mine"])).content.decode()
    assert "onerror=alert(1)&gt;" in page
    assert "<img src=x" not in page
    given = agent.get(address("attachment", desk.conversations["mine"], row.pk))
    assert (given["Content-Type"], given.content) == ("image/png", png())
    assert given["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert given["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in given["Cache-Control"]


def test_lists_and_transcripts_name_a_file_that_came_without_words(agent: Client, desk: Desk) -> None:
    mine = desk.conversations["mine"]
    attached(mine, name="broken lamp.png")
    listed = agent.get(reverse("conversation_list", args=[desk.site.pk]), {"view": "mine"}).content.decode()
    assert "broken lamp.png" in listed
    transcript = agent.get(address("transcript", mine)).content.decode()
    assert "[File: broken lamp.png]" in transcript


def test_other_programs_are_told_that_there_is_a_file(desk: Desk) -> None:
    row = attached(desk.conversations["mine"])
    assert row.message is not None
    told = message_as_json(row.message)["attachments"]
    assert told == [{"name": "photo.png", "kind": "png", "size": len(png())}]


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [
        (HTML, 415, "Only images"),
        (b"", 422, "empty"),
        (b"\x89PNG" + b"x" * 11_000_000, 413, "larger than 10 MB"),
    ],
)
def test_what_cannot_be_sent_is_told(
    agent: Client, desk: Desk, content: bytes, status: int, sentence: str
) -> None:
    refused = bring(agent, desk.conversations["mine"], content)
    assert refused.status_code == status
    assert sentence in refused.json()["error"]["message"]
    assert not Attachment.objects.exists()


def test_only_whoever_has_the_conversation_brings_files(desk: Desk, as_person: LogIn) -> None:
    refused = bring(as_person(desk.colleague), desk.conversations["mine"], png())
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_with_you")


def test_what_a_colleague_is_about_to_send_is_theirs(desk: Desk, agent: Client, as_person: LogIn) -> None:
    mine = desk.conversations["mine"]
    id = bring(agent, mine, png()).json()["id"]
    colleague = as_person(desk.colleague)
    assert colleague.get(address("attachment", mine, id)).status_code == 404
    reply(agent, mine, id)
    assert colleague.get(address("attachment", mine, id)).status_code == 200
    assert as_person(desk.stranger).get(address("attachment", mine, id)).status_code == 404
    other = desk.conversations["waiting"]
    assert agent.get(address("attachment", other, id)).status_code == 404
