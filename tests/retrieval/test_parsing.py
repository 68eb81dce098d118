"""Files into documents: every format, every encoding, every refusal. The child process has tests of its own."""

import contextlib
import os
from pathlib import Path

import pytest

from retrieval import Faq, ParsedDocument, ParseError, ParseLimits, Section, Table, parse_file
from retrieval.parsing.formats import read_documents
from tests.retrieval.files import PAGE, encrypt, make_docx, make_docx_with_footnote, make_pdf, make_zip_bomb


class Upload:
    """Reads bytes under a name, as an upload does: in this process, or in the child that uploads are read in."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "upload"

    def parse(self, name: str, data: bytes | str) -> list[ParsedDocument]:
        return read_documents(self._written(data), name=name, unpacked_size=1_000_000)

    def parse_in_child(self, name: str, data: bytes | str, **limits: int) -> list[ParsedDocument]:
        return parse_file(self._written(data), name=name, limits=ParseLimits(**limits))

    def refuse_in_child(self, name: str, data: bytes | str, **limits: int) -> ParseError:
        with pytest.raises(ParseError) as refusal:
            self.parse_in_child(name, data, **limits)
        return refusal.value

    def _written(self, data: bytes | str) -> Path:
        self._path.write_bytes(data.encode() if isinstance(data, str) else data)
        return self._path


@pytest.fixture
def upload(tmp_path: Path) -> Upload:
    return Upload(tmp_path)


def test_markdown_keeps_headings_lists_and_tables(upload: Upload) -> None:
    text = "---\ntitle: 售后\n---\n# 退货\n\n七天内**可退**。\n\n## 运费\n- 买家付\n- 卖家付\n\n| 尺码 | 胸围 |\n|--|--|\n| M | 96 |\n"
    [document] = upload.parse("help.md", text)
    assert document.title == "售后"
    assert document.sections == (
        Section(heading_path=("退货",), blocks=("七天内可退。",)),
        Section(
            heading_path=("退货", "运费"),
            blocks=("- 买家付\n- 卖家付", Table(header=("尺码", "胸围"), rows=(("M", "96"),))),
        ),
    )


def test_page_loses_its_surroundings_and_keeps_its_article(upload: Upload) -> None:
    [document] = upload.parse("returns.html", PAGE)
    assert (document.title, document.language) == ("Returns", "en")
    assert document.sections == (
        Section(heading_path=("Returns",), blocks=("You may return goods\nwithin 30 days.",)),
        Section(
            heading_path=("Returns", "Refunds"),
            blocks=(
                "- Cards: 5 days\n- PayPal: 2 days",
                Table(header=("Size", "Chest"), rows=(("M", "96"),)),
            ),
        ),
    )


def test_page_that_is_all_links_is_kept_whole(upload: Upload) -> None:
    [document] = upload.parse(
        "index.html", "<ul><li><a>One</a></li><li><a>Two</a></li><li><a>Three</a></li></ul>"
    )
    assert document.sections[0].blocks == ("- One\n- Two\n- Three",)


def test_word_document_keeps_headings_lists_and_tables(upload: Upload) -> None:
    [document] = upload.parse("售后.docx", make_docx())
    assert document.title == "退货政策"
    assert document.sections == (
        Section(heading_path=("退货政策",), blocks=("七天内可以退货。",)),
        Section(
            heading_path=("退货政策", "运费"),
            blocks=("- 买家承担", Table(header=("尺码", "胸围"), rows=(("M", "96"),))),
        ),
    )


def test_a_footnote_stands_below_what_it_is_about(upload: Upload) -> None:
    file = make_docx_with_footnote(text="Delivery is free.", note="To islands it costs 12 EUR.")
    [document] = upload.parse("delivery.docx", file)
    assert document.sections == (Section(blocks=("Delivery is free.", "To islands it costs 12 EUR.")),)


def test_pdf_gives_headings_by_size_and_joins_lines(upload: Upload) -> None:
    lines = [
        (18, "Warranty"),
        (10, "It lasts two years from"),
        (10, "the day of purchase."),
        (14, "Exceptions"),
        (10, "Batteries."),
    ]
    [document] = upload.parse("warranty.pdf", make_pdf(lines))
    assert document.sections == (
        Section(heading_path=("Warranty",), blocks=("It lasts two years from the day of purchase.",)),
        Section(heading_path=("Warranty", "Exceptions"), blocks=("Batteries.",)),
    )


def test_table_of_questions_gives_one_document_for_each_row(upload: Upload) -> None:
    text = "问题,答案,别名,分类\n怎么退货？,七天内申请。,退货流程|如何退,售后\n\n开发票吗？,邮件发送。,,\n"
    documents = upload.parse("faq.csv", text.encode("gb18030"))
    assert [document.faqs for document in documents] == [
        (Faq(question="怎么退货？", answer="七天内申请。", aliases=("退货流程", "如何退")),),
        (Faq(question="开发票吗？", answer="邮件发送。"),),
    ]
    assert documents[0].metadata == {"分类": "售后"}


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\r\nquestion;answer\r\nWhy, then?;Because.\r\nHow?;So.\r\n",
        "Why, then?;Because.\nHow?;So.\n",
        "Why, then?\tBecause.\nHow?\tSo.\n",
    ],
    ids=["a spreadsheet tells what parts the cells", "no line names the columns", "nor with tabs"],
)
def test_tables_of_questions_are_known_without_their_first_line(upload: Upload, text: str) -> None:
    documents = upload.parse("faq.csv", text.encode("utf-16"))
    assert [document.faqs for document in documents] == [
        (Faq(question="Why, then?", answer="Because."),),
        (Faq(question="How?", answer="So."),),
    ]


def test_a_table_of_questions_without_answers_is_not_taken_for_one_of_prices(upload: Upload) -> None:
    with pytest.raises(ParseError, match="a column “Question”, but none is called “answer”"):
        upload.parse("faq.csv", "Question,Our reply\nDo you ship?,Yes.\n")
    [quarters] = upload.parse("revenue.csv", "Q,Revenue\n1,200\n")
    assert quarters.sections


def test_other_table_is_one_document_of_rows(upload: Upload) -> None:
    [document] = upload.parse("prices.csv", "product;price\nTea;3\nCup;5\n")
    assert document.sections[0].blocks == (
        Table(header=("product", "price"), rows=(("Tea", "3"), ("Cup", "5"))),
    )


def test_json_lines_give_documents_and_faqs(upload: Upload) -> None:
    text = (
        '{"id": 7, "title": "T", "text": "One.\\u0000\\n\\nTwo.", "aliases": ["other"], "url": "https://a", "metadata": {"n": 1}}\n'
        '\n{"id": "q", "question": "Why?", "answer": "So."}\n'
    )
    first, second = upload.parse("docs.jsonl", text)
    assert first == ParsedDocument(
        title="T",
        sections=(Section(blocks=("One.", "Two.")),),
        aliases=("other",),
        external_id="7",
        url="https://a",
        metadata={"n": "1"},
    )
    assert second.faqs == (Faq(question="Why?", answer="So."),)


def test_markdown_in_json_lines_is_read_as_markdown(upload: Upload) -> None:
    text = '{"id": 1, "title": "Fees", "text": "## Cards\\n\\nFees by **card**.\\n\\n| Card | Fee |\\n|---|---|\\n| Gold | 5 |"}'
    [document] = upload.parse("docs.jsonl", text)
    table = Table(header=("Card", "Fee"), rows=(("Gold", "5"),))
    assert document.title == "Fees"
    assert document.sections == (Section(heading_path=("Cards",), blocks=("Fees by card.", table)),)


def test_plain_text_of_questions_and_answers_is_told(upload: Upload) -> None:
    [document] = upload.parse(
        "faq.txt", "问：怎么退？\n答：七天内申请。\n邮费自理。\n\n问：多久？\n答：五天。"
    )
    assert document.faqs == (
        Faq(question="怎么退？", answer="七天内申请。\n邮费自理。"),
        Faq(question="多久？", answer="五天。"),
    )


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("退货政策：七天内可以申请退货。", "utf-8"),
        ("退货政策：七天内可以申请退货。", "utf-8-sig"),
        ("退货政策：七天内可以申请退货。", "gb18030"),
        ("退貨政策：七天內可以申請退貨，運費由買家負擔。", "big5"),
        ("退货 within 7 days", "utf-16"),
        ("Returns within 7 days 退货", "utf-16-le"),
        ("Grüße aus München, naïve café", "cp1252"),
    ],
)
def test_text_is_read_in_the_encodings_that_people_use(upload: Upload, text: str, encoding: str) -> None:
    [document] = upload.parse("a.txt", text.encode(encoding))
    assert document.sections[0].blocks == (text,)


def test_control_characters_and_windows_line_ends_go(upload: Upload) -> None:
    [document] = upload.parse("a.txt", b"One\x00\x07 line.\r\n\r\nTwo.\r\n")
    assert document.sections[0].blocks == ("One line.", "Two.")


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.txt", b" \r\n ", "empty"),
        ("a.md", b"---\ntitle: x\n---\n", "empty"),
        ("a.csv", b"question,answer\n", "empty"),
        ("a.txt", b"\x89PNG\r\n\x1a\n" + bytes(100), "wrong_type"),
        ("a.txt", PAGE.encode(), "wrong_type"),
        ("a.pdf", b"not a pdf", "wrong_type"),
        ("a.docx", b"not a zip", "wrong_type"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "wrong_type"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ("a.exe", b"MZ\x00\x01", "wrong_type"),
        ("README", b"hello", "wrong_type"),
        ("a.docx", b"PK\x03\x04 damaged", "broken"),
        ("a.pdf", b"%PDF-1.4 damaged", "broken"),
        ("a.pdf", make_pdf([(10, "Hello there.")])[:-300], "broken"),
        ("a.pdf", make_pdf([]), "no_text"),
        ("a.pdf", encrypt(make_pdf([(10, "Hello.")])), "encrypted"),
        ("a.docx", make_zip_bomb(megabytes=2), "too_large"),
        ("a.csv", b"question,answer\nWhy?,\n", "bad_row"),
        ("a.jsonl", b'{"id": 1, "text": "x"}\n{"id": 1, "text": "y"}', "bad_row"),
        ("a.jsonl", b'{"title": "no text"}', "bad_row"),
        ("a.jsonl", b"{oops", "bad_row"),
        ("a.jsonl", b"[1]", "bad_row"),
        ("a.json", b"{oops", "broken"),
    ],
)
def test_file_that_cannot_be_read_is_refused_with_a_sentence(
    upload: Upload, name: str, data: bytes, code: str
) -> None:
    with pytest.raises(ParseError) as refusal:
        upload.parse(name, data)
    assert refusal.value.code == code
    assert refusal.value.message.endswith(".")


def test_child_hands_over_what_it_read(upload: Upload) -> None:
    data = make_docx()
    assert upload.parse_in_child("a.docx", data) == upload.parse("a.docx", data)


def test_child_hands_over_its_refusal(upload: Upload) -> None:
    refusal = upload.refuse_in_child("a.csv", "question,answer\nWhy?,\n")
    assert (refusal.code, refusal.message) == ("bad_row", "Row 2 has no answer.")


def test_whatever_a_format_library_trips_over_means_broken(upload: Upload) -> None:
    whole = make_pdf([(10, "Some text to keep.")])
    assert upload.refuse_in_child("a.pdf", whole.replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]")).code in (
        "broken",
        "too_large",
    )


def test_empty_file_and_file_over_the_limit_are_refused_unread(upload: Upload) -> None:
    assert upload.refuse_in_child("a.txt", "").code == "empty"
    assert upload.refuse_in_child("a.txt", "x" * 1000, file_size=999).code == "too_large"


def test_child_that_takes_too_much_memory_is_refused(upload: Upload) -> None:
    page = "<p>" + "<b>x</b>" * 1_000_000
    assert upload.refuse_in_child("a.html", page, memory=300_000_000).code == "too_large"


def test_child_that_takes_too_long_is_refused(upload: Upload) -> None:
    assert upload.refuse_in_child("a.html", "<p>" + "<b>x</b>" * 1_000_000, wall=1).code == "too_slow"


def test_child_that_writes_too_much_is_refused(upload: Upload) -> None:
    assert upload.refuse_in_child("a.txt", "word " * 10_000, output=1_000).code == "too_large"


def test_a_document_is_called_what_its_author_calls_it(upload: Upload) -> None:
    pdf = [(20, "Power stations:"), (20, "error codes"), (10, "E05 means that the fan is blocked.")]
    assert [document.title for document in upload.parse("ps-en.pdf", make_pdf(pdf))] == [
        "Power stations: error codes"
    ]
    text = "Caring for boots\n\nBrush them. Do not use hot water.\n\nWax them twice a year."
    [boots] = upload.parse("care-boots-en.txt", text)
    assert boots.title == "Caring for boots"
    assert boots.sections[0].blocks == ("Brush them. Do not use hot water.", "Wax them twice a year.")


def test_a_text_that_begins_with_a_sentence_keeps_its_files_name(upload: Upload) -> None:
    [note] = upload.parse("a note.txt", "We are closed today.\n\nSorry for that.")
    assert note.title == "a note"


def test_whoever_waits_can_end_the_child(tmp_path: Path) -> None:
    class Cancelled(Exception):
        pass

    def cancel() -> None:
        assert children(), "the child is at work"
        raise Cancelled

    file = tmp_path / "long.md"
    file.write_text(
        "".join(
            f"# Part {n}\n\nSome *words* about [it](https://shop.example/{n}).\n\n" for n in range(60_000)
        )
    )
    with pytest.raises(Cancelled):
        parse_file(file, name="long.md", while_waiting=cancel)
    assert not children()


def children() -> list[str]:
    """Command lines of this process's parsers."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
            command = (process / "cmdline").read_text()
            if parent == str(os.getpid()) and "parsing/child.py" in command:
                found.append(command)
    return found
