"""The operators' list: what it shows of documents and jobs, uploads, retry, cancel, delete, download."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.knowledge.models import Document, IndexJob
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk, make_upload, ready_document

JSON = {"accept": "application/json"}


@pytest.fixture
def operator(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["operator"])


def show(client: Client, desk: Desk, name: str = "documents", **query: object) -> str:
    return client.get(reverse(name, args=[desk.site.pk]), query).content.decode()


def send(client: Client, desk: Desk, *files: tuple[str, bytes], name: str = "") -> object:
    uploads = [SimpleUploadedFile(given, content) for given, content in files]
    address = reverse("upload", args=[desk.site.pk])
    return client.post(address, {"files": uploads, "name": name}, headers=JSON)


def test_the_list_shows_documents_progress_and_reasons(operator: Client, desk: Desk) -> None:
    page = show(operator, desk)
    for text in (
        "Returns",
        "warranty/repairs-zh.md",
        "catalogue-2026.pdf",
        "112 / 340",
        "protected by a password",
    ):
        assert text in page
    assert page.count("<progress") >= 2
    assert "faq-old.jsonl" in page
    assert "This file is damaged" in page


def test_the_list_looks_again_only_while_something_is_open(operator: Client, desk: Desk) -> None:
    assert 'hx-trigger="every 1s"' in show(operator, desk, "document_list")
    IndexJob.objects.filter(state__in=IndexJob.OPEN_STATES).update(state=IndexJob.State.DONE, done=0, total=0)
    assert 'hx-trigger="every 1s"' not in show(operator, desk, "document_list")


def test_an_empty_list_tells_what_to_do_next(as_person: LogIn, desk: Desk) -> None:
    client = as_person(desk.stranger)
    page = client.get(reverse("documents", args=[desk.other_site.pk])).content.decode()
    assert "The assistant knows nothing yet." in page
    assert "32 MB" in page


def test_a_file_is_taken_with_its_relative_name(operator: Client, desk: Desk, bells: list[uuid.UUID]) -> None:
    with_commit = send(operator, desk, ("care.md", b"# Care\n\nWash at 30 degrees."), name="textiles/care.md")
    assert with_commit.status_code == 201
    job = IndexJob.objects.latest("created_at")
    assert (job.upload.name, job.upload.added_by) == ("textiles/care.md", desk.people["operator"])
    assert "textiles/care.md" in show(operator, desk)


def test_the_same_file_again_is_told_to_be_unchanged(operator: Client, desk: Desk) -> None:
    assert send(operator, desk, ("care.md", b"# Care")).json()["unchanged"] is False
    assert send(operator, desk, ("care.md", b"# Care")).json()["unchanged"] is True


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.md", b"", "empty"),
        ("song.mp3", b"ID3\x04\x00\x00\x00\x00\x00\x00" * 40, "wrong_type"),
        ("big.txt", b"x" * 2_000, "too_large"),
    ],
)
def test_a_file_that_is_refused_gets_a_sentence(
    operator: Client, desk: Desk, settings: Settings, name: str, content: bytes, code: str
) -> None:
    settings.MAX_DOCUMENT_BYTES = 1_000
    answer = send(operator, desk, (name, content))
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == code
    assert error["message"].endswith(".")


def test_a_refusal_speaks_the_readers_language(operator: Client, desk: Desk) -> None:
    operator.cookies["django_language"] = "zh-hans"
    assert send(operator, desk, ("empty.md", b"")).json()["error"]["message"].endswith("。")


def test_a_plain_form_can_send_many(operator: Client, desk: Desk) -> None:
    files = [SimpleUploadedFile(f"many-{n}.md", b"# Text %d" % n) for n in range(3)]
    answer = operator.post(reverse("upload", args=[desk.site.pk]), {"files": files})
    assert answer.status_code == 302
    assert IndexJob.objects.filter(upload__name__startswith="many-").count() == 3


def test_documents_are_found_by_words_and_state(operator: Client, desk: Desk) -> None:
    page = show(operator, desk, "document_list", q="repairs")
    assert "warranty/repairs-zh.md" in page
    assert "invoices-en.md" not in page
    assert "supplier-contracts.pdf" in show(operator, desk, "document_list", state="failed")
    assert "No document matches." in show(operator, desk, q="\x00no such thing")
    assert "Returns" in show(operator, desk, state="garbage", page="garbage")


def test_a_long_list_has_pages(operator: Client, desk: Desk) -> None:
    for number in range(60):
        ready_document(
            desk.site,
            name=f"a-{number}.md",
            title=f"Article {number}",
            language="en",
            headings=[],
            text="x",
            by=None,
        )
    assert "Page 1 of 2" in show(operator, desk)
    assert "Page 2 of 2" in show(operator, desk, page=2)


def post(client: Client, name: str, desk: Desk, subject: Document | IndexJob, **fields: str) -> object:
    address = reverse(name, args=[desk.site.pk, subject.pk])
    return client.post(address, {"from": "list", **fields}, headers={"HX-Request": "true"})


def test_a_failed_job_is_tried_again(operator: Client, desk: Desk) -> None:
    answer = post(operator, "retry_job", desk, desk.jobs["failed"])
    assert answer.status_code == 200
    desk.jobs["failed"].refresh_from_db()
    assert desk.jobs["failed"].state == IndexJob.State.PENDING


def test_what_cannot_be_done_is_said_above_the_list(operator: Client, desk: Desk) -> None:
    answer = post(operator, "retry_job", desk, desk.jobs["running"])
    assert answer.status_code == 409
    assert "Only a job that failed" in answer.content.decode()


@pytest.mark.parametrize(("which", "name"), [("waiting", "常见问题.csv"), ("running", "catalogue-2026.pdf")])
def test_a_job_is_cancelled(operator: Client, desk: Desk, which: str, name: str) -> None:
    assert name not in post(operator, "cancel_job", desk, desk.jobs[which]).content.decode()
    assert post(operator, "cancel_job", desk, desk.jobs[which]).status_code == 409


def test_a_document_is_deleted(operator: Client, desk: Desk) -> None:
    page = post(operator, "delete_document", desk, desk.documents["Returns"]).content.decode()
    assert "returns-en.md" not in page
    assert not Document.objects.filter(pk=desk.documents["Returns"].pk).exists()


def test_a_newest_version_that_failed_is_told_beside_the_one_that_answers(
    operator: Client, desk: Desk
) -> None:
    document = desk.documents["Returns"]
    newer = make_upload(desk.site, name="returns-en.md")
    IndexJob.objects.create(
        knowledge_base=desk.site.knowledge_base,
        upload=newer,
        state=IndexJob.State.FAILED,
        reason_code="broken",
    )
    Document.objects.filter(pk=document.pk).update(reason_code="broken")
    page = show(operator, desk, "document_list", q="returns-en")
    assert "The newest version was not taken:" in page
    assert "Try Returns again" in page


def test_a_document_shows_its_facts_and_its_chunks(operator: Client, desk: Desk) -> None:
    address = reverse("document", args=[desk.site.pk, desk.documents["Returns"].pk])
    page = operator.get(address).content.decode()
    for text in ("returns-en.md", "Jonas Weber", "Returns › How long you have", "You can return anything"):
        assert text in page


def test_its_file_is_only_ever_a_download(operator: Client, desk: Desk) -> None:
    document = desk.documents["退货"]
    answer = operator.get(reverse("document_file", args=[desk.site.pk, document.pk]))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"".join(answer.streaming_content).startswith("签收".encode())
    document.upload.file.storage.delete(document.upload.file.name)
    assert operator.get(reverse("document_file", args=[desk.site.pk, document.pk])).status_code == 404


def test_a_file_that_is_here_under_another_name_is_told_with_a_link(operator: Client, desk: Desk) -> None:
    send(operator, desk, ("care.md", b"# Care"))
    said = send(operator, desk, ("copy.md", b"# Care")).json()["same_as"]
    first = Document.objects.get(external_id="care.md")
    assert said["sentence"] == "Received. The same content is already here as “care.md”."
    assert said["url"] == reverse("document", args=[desk.site.pk, first.pk])
    copy = Document.objects.get(external_id="copy.md")
    page = operator.get(reverse("document", args=[desk.site.pk, copy.pk])).content.decode()
    assert "The same content is also here as:" in page


def test_a_file_can_be_for_colleagues_from_the_start(operator: Client, desk: Desk) -> None:
    file = SimpleUploadedFile("care.md", b"# Care")
    operator.post(reverse("upload", args=[desk.site.pk]), {"files": file, "audience": "internal"})
    assert Document.objects.get(external_id="care.md").audience == "internal"
    assert "Colleagues only" in show(operator, desk)


def test_who_is_shown_a_document_and_when_is_set_on_its_page(operator: Client, desk: Desk) -> None:
    document = desk.documents["Returns"]
    address = reverse("set_document", args=[desk.site.pk, document.pk])
    operator.post(address, {"audience": "verified", "valid_from": "2026-01-01", "valid_until": "2026-12-31"})
    document.refresh_from_db()
    assert (document.audience, str(document.valid_until)) == ("verified", "2026-12-31")
    for form, sentence in (
        ({"valid_from": "tomorrow"}, "A day is written like 2026-12-31."),
        ({"valid_from": "2026-12-31", "valid_until": "2026-01-01"}, "The last day is before the first."),
    ):
        refused = operator.post(address, {"audience": "public", **form})
        assert refused.status_code == 422
        assert sentence in refused.content.decode()
    document.refresh_from_db()
    assert document.audience == "verified"


def test_folders_filter_the_list(operator: Client, desk: Desk) -> None:
    page = show(operator, desk, folder="warranty")
    assert '<option value="warranty" selected>' in page  # a browser reads two blanks in a text as one
    assert "warranty/repairs-zh.md" in page
    assert "returns-en.md" not in page


def test_versions_are_compared_and_brought_back(operator: Client, desk: Desk) -> None:
    document = desk.documents["Returns"]
    Document.objects.filter(pk=document.pk).update(version=2)
    for number, days in ((1, 14), (2, 30)):
        document.versions.create(number=number, upload=document.upload, text=f"Within {days} days.\nFree.")
    page = operator.get(reverse("document_version", args=[desk.site.pk, document.pk, 1])).content.decode()
    assert "Within 14 days.</del>" in page
    assert "Within 30 days.</ins>" in page
    assert "Bring back this version" in page
    operator.post(reverse("bring_back", args=[desk.site.pk, document.pk, 1]))
    assert IndexJob.objects.filter(upload__name=document.external_id, state="pending").exists()
