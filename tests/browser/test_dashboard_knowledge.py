"""Operators at work in a real browser: files go in, one sees what becomes of each, and out they go again."""

import pytest
from playwright.sync_api import FilePayload, Page, expect

from apps.knowledge.jobs import indexing
from apps.knowledge.models import Document, IndexJob
from tests.dashboard.browsing import Enter
from tests.dashboard.seeding import Desk

pytest_plugins = ["tests.services", "tests.dashboard.browsing"]
pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

CARE = b"# Care\n\n## Wool\n\nWash wool at 30 degrees with a mild detergent.\n"


def path_of(office: Desk) -> str:
    return f"/dashboard/sites/{office.site.pk}/documents/"


def give(page: Page, *files: tuple[str, bytes]) -> None:
    payload: list[FilePayload] = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files
    ]
    page.locator("#upload input[type=file]").set_input_files(payload)


def test_files_go_in_and_each_tells_what_becomes_of_it(enter: Enter, office: Desk) -> None:
    page = enter("operator", path=path_of(office))
    give(page, ("care.md", CARE), ("song.mp3", b"ID3\x04" * 400), ("nothing.txt", b""))
    refused = page.locator("#upload-files .file.bad")
    expect(refused).to_have_count(2)
    expect(refused.filter(has_text="song.mp3")).to_contain_text("We do not read files of this type.")
    expect(refused.filter(has_text="nothing.txt")).to_contain_text("This file is empty.")
    job = page.locator(".jobs .file", has_text="care.md")
    expect(job).to_contain_text("Waiting")
    row = IndexJob.objects.get(upload__name="care.md")
    IndexJob.objects.filter(pk=row.pk).update(state="running", stage="embedding", done=3, total=8)
    expect(job).to_contain_text("3 / 8")
    IndexJob.objects.filter(pk=row.pk).update(state="pending", stage="", done=0, total=0)
    indexing.index_upload(row.pk)
    expect(job).to_have_count(0)
    document = page.locator(".documents tr", has_text="care.md")
    expect(document).to_contain_text("Ready")
    document.get_by_role("link").click()
    expect(page.locator(".chunk")).to_contain_text("Wash wool at 30 degrees")


def test_the_same_file_again_is_told_to_be_there(enter: Enter, office: Desk) -> None:
    page = enter("operator", path=path_of(office))
    give(page, ("care.md", CARE))
    expect(page.locator("#upload-files .good")).to_contain_text("Received.")
    give(page, ("care.md", CARE))
    expect(page.get_by_text("Nothing to do: the same file is already here.")).to_be_visible()


def test_a_file_above_the_cap_is_refused_before_it_is_sent(enter: Enter, office: Desk) -> None:
    page = enter("operator", path=path_of(office))
    expect(page.locator("#upload")).to_have_attribute("data-largest", str(32 * 1024 * 1024))
    page.evaluate(
        """() => {
            const file = new File([new Uint8Array(33 * 1024 * 1024)], "huge.pdf");
            const given = new DataTransfer();
            given.items.add(file);
            const picker = document.querySelector("#upload input[type=file]");
            picker.files = given.files;
            picker.dispatchEvent(new Event("change", { bubbles: true }));
        }"""
    )
    expect(page.locator("#upload-files .bad")).to_contain_text("larger than 32 MB")
    assert not IndexJob.objects.filter(upload__name="huge.pdf").exists()


def test_a_job_is_cancelled_and_a_failed_one_tried_again(enter: Enter, office: Desk) -> None:
    page = enter("operator", path=path_of(office))
    page.get_by_role("button", name="Cancel 常见问题.csv").click()
    expect(page.locator(".jobs")).not_to_contain_text("常见问题.csv")
    page.locator(".jobs .file", has_text="faq-old.jsonl").get_by_role("button").click()
    expect(page.locator(".jobs .file", has_text="faq-old.jsonl")).to_contain_text("Waiting")


def test_a_document_is_deleted_only_after_a_question(enter: Enter, office: Desk) -> None:
    page = enter("operator", path=path_of(office))
    page.get_by_role("button", name="Delete Invoices").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete “Invoices”?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    assert Document.objects.filter(title="Invoices").exists()
    page.get_by_role("button", name="Delete Invoices").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator(".documents")).not_to_contain_text("invoices-en.md")
    assert not Document.objects.filter(title="Invoices").exists()


def test_documents_are_searched(enter: Enter, office: Desk) -> None:
    page = enter("operator", path=path_of(office))
    page.get_by_placeholder("Search titles and file names").fill("保修")
    page.keyboard.press("Enter")
    expect(page.locator(".documents tbody tr")).to_have_count(1)
    expect(page.locator(".documents")).to_contain_text("warranty/repairs-zh.md")
