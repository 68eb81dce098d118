"""Files as people really have them: odd names, odd contents. Each is taken, or refused with a sentence."""

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from docx import Document as WordDocument
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfWriter

from apps.knowledge import services
from apps.knowledge.jobs import sweeping
from apps.knowledge.models import Document, IndexJob, KnowledgeBase, Upload
from apps.knowledge.naming import LONGEST, clean_name
from apps.knowledge.sentences import sentence_of
from tests.knowledge.conftest import found, index, upload


def encrypted_pdf() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def docx(text: str) -> bytes:
    document = WordDocument()
    document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def zip_bomb() -> bytes:
    """A DOCX of some kilobytes whose text unpacks to 400 MB."""
    out = io.BytesIO(docx("Returns within 30 days."))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for number in range(4):
            archive.writestr(f"word/filler{number}.xml", b"<a>" * 35_000_000)
    return out.getvalue()


@pytest.fixture
def quick_parser() -> None:
    """Not here: odd files are read by the real child process."""


EXECUTABLE = b"MZ\x90\x00\x03\x00\x00\x00" + bytes(200) + b"PE\x00\x00" + bytes(range(256)) * 8

ODD_FILES: dict[str, tuple[bytes | Callable[[], bytes], str]] = {
    "nothing.md": (b"", "empty"),
    "spaces.md": (b" \n\t \n", "empty"),
    "locked.pdf": (encrypted_pdf(), "encrypted"),
    "cut.docx": (docx("Returns within 30 days.")[:2_000], "broken"),
    "cut.pdf": (b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog", "broken"),
    "bomb.docx": (
        zip_bomb,
        "too_large",
    ),  # made by the test that needs it, and not by each process that sees this file
    "program.pdf": (EXECUTABLE, "wrong_type"),
    "program.md": (EXECUTABLE, "wrong_type"),
    "picture.png": (b"\x89PNG\r\n\x1a\n" + bytes(200), "wrong_type"),
    "no-answer.csv": (b"question,answer\nWhere is my parcel?,\n", "bad_row"),
    "not.jsonl": (b'{"id": "1", "title": "x"\n', "bad_row"),
}


@pytest.mark.parametrize("name", ODD_FILES)
def test_odd_file_is_refused_or_fails_with_its_code_and_a_sentence(base: KnowledgeBase, name: str) -> None:
    content, code = ODD_FILES[name]
    data = content if isinstance(content, bytes) else content()
    refused, sentence = outcome(base, data, name=name)
    assert refused == code
    assert sentence.endswith(".")
    assert "Traceback" not in sentence
    assert found(base, "returns") == []


def outcome(base: KnowledgeBase, data: bytes, *, name: str) -> tuple[str, str]:
    try:
        job = index(base, data, name=name)
    except services.UploadRefused as refusal:
        assert not Upload.objects.exists()
        assert not default_storage.exists(str(base.pk)) or default_storage.listdir(str(base.pk)) == ([], [])
        return refusal.code, str(refusal.sentence)
    assert job.state == IndexJob.State.FAILED
    assert job.tries == 1, "trying again would not help"
    assert set(base.documents.values_list("state", flat=True)) <= {Document.State.FAILED}
    return job.reason_code, sentence_of(job)


def test_file_over_the_limit_is_refused_and_leaves_nothing(base: KnowledgeBase) -> None:
    assert outcome(base, b"x " * (33 * 1024 * 1024 // 2), name="large.txt")[0] == "too_large"


def test_size_that_the_client_claims_is_not_believed(base: KnowledgeBase) -> None:
    file = ContentFile(b"x " * (settings.MAX_DOCUMENT_BYTES // 2 + 1))
    file.size = 10
    with pytest.raises(services.UploadRefused):
        services.add_upload(base, file=file, name="large.txt")


def test_large_file_that_is_allowed_is_taken(base: KnowledgeBase) -> None:
    job = upload(base, b"word " * (settings.MAX_DOCUMENT_BYTES // 5), name="large.txt")
    assert job.upload.size <= settings.MAX_DOCUMENT_BYTES


def test_chinese_text_of_an_older_encoding_is_read(base: KnowledgeBase) -> None:
    text = "收到商品后七天内可以无理由退货，退回的运费由我们承担。" * 3
    index(base, text.encode("gb18030"), name="退货.txt")
    assert "退回的运费由我们承担" in found(base, "退货的运费由谁承担")[0]


def test_word_document_is_read(base: KnowledgeBase) -> None:
    index(base, docx("Returns are free within 30 days."), name="returns.docx")
    assert found(base, "are returns free") == ["Returns are free within 30 days."]


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("../../etc/passwd.md", "etc/passwd.md"),
        ("/etc/passwd.md", "etc/passwd.md"),
        ("help/../../x.md", "help/x.md"),
        ("C:\\help\\returns.md", "C:/help/returns.md"),
        ("a\x00b.md", "ab.md"),
        ("lone\ud800.md", "lone.md"),
        ("帮助/退货 说明.md", "帮助/退货 说明.md"),
        (" spaces / around.md ", "spaces/around.md"),
        ("two\nlines.md", "two lines.md"),
    ],
)
def test_name_is_cleaned(base: KnowledgeBase, given_name: str, name: str) -> None:
    job = upload(base, "Returns within 30 days.", name=given_name)
    assert base.documents.get().external_id == name
    assert Path(job.upload.file.path).resolve().parent == Path(settings.MEDIA_ROOT).resolve() / str(base.pk)


def test_long_names_are_cut_and_stay_apart(base: KnowledgeBase) -> None:
    upload(base, "Returns within 30 days.", name="x" * 1000 + "a.md")
    upload(base, "Parcels arrive in three days.", name="x" * 1000 + "b.md")
    names = list(base.documents.values_list("external_id", flat=True))
    assert len(names) == 2
    assert all(len(name) == LONGEST and name.endswith(".md") for name in names)


@pytest.mark.parametrize("given_name", ["", " ", "/", "..", "\x00", "../.."])
def test_nameless_file_gets_a_name(given_name: str) -> None:
    assert clean_name(given_name) == "document"


def test_marks_that_turn_the_reading_direction_are_no_part_of_a_name() -> None:
    assert clean_name("price\u202elist\u2066.md") == "pricelist.md"
    assert clean_name("مستند.md") == "مستند.md"


@given(st.text(alphabet=st.characters(codec=None), max_size=400))
def test_any_name_becomes_a_harmless_one(name: str) -> None:
    cleaned = clean_name(name)
    assert cleaned
    assert len(cleaned) <= LONGEST
    assert not cleaned.startswith("/")
    assert ".." not in cleaned.split("/")
    assert "\x00" not in cleaned
    cleaned.encode()
    assert clean_name(cleaned) == cleaned


def test_file_whose_row_never_came_goes_after_a_while(base: KnowledgeBase) -> None:
    kept = Path(upload(base, "# Kept\n\nWords.").upload.file.path)
    root = Path(settings.MEDIA_ROOT)
    lost, coming, foreign = kept.with_name("0" * 32 + ".md"), kept.with_name("1" * 32), root / "notes.txt"
    for file in (lost, coming, foreign):
        file.write_text("left behind")
    for file in (kept, lost, foreign):
        os.utime(file, (0, 0))
    assert sweeping.forget_orphans() == 1
    assert [file.exists() for file in (kept, lost, coming, foreign)] == [True, False, True, True]
    coming.unlink()
    foreign.unlink()
