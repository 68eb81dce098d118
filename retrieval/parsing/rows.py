"""Tables and JSON of FAQs and documents → one document for each row.

A table without a question and an answer column is one document of rows, such as a price list.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from retrieval.cleaning import clean_text
from retrieval.documents import Faq, ParsedDocument, Section, Table
from retrieval.errors import ParseError
from retrieval.parsing.markup import read_markdown

# What columns and keys are called, by what they mean here.
NAMES = {
    "question": ("question", "q", "questions", "问题", "問題", "提问", "标准问题", "标准问", "问"),
    "answer": ("answer", "a", "answers", "reply", "答案", "回答", "答复", "标准答案", "答"),
    "aliases": (
        "aliases",
        "alias",
        "similar questions",
        "similar_questions",
        "别名",
        "別名",
        "相似问题",
        "相似问",
        "其他问法",
    ),
    "id": ("id", "_id", "编号", "編號", "序号"),
    "title": ("title", "标题", "標題"),
    "text": ("text", "body", "content", "正文", "内容", "內容"),
    "url": ("url", "link", "链接", "鏈接", "网址"),
    "language": ("language", "lang", "语言", "語言"),
    "metadata": ("metadata", "meta"),
}
_MEANING = {name: meaning for meaning, names in NAMES.items() for name in names}
_MARKDOWN = re.compile(  # a heading, the line under a table's header, bold words or a link
    r"^#{1,6} +\S|^ *\|?(?: *:?-{2,}:? *\|)+ *:?-*:? *$|\*\*[^*\n]+\*\*|\[[^\]\n]+\]\(https?://", re.MULTILINE
)
_DELIMITER_TOLD = re.compile(r"\ufeff?sep=(?P<mark>[,;\t|])\r?\n", re.IGNORECASE)
_BETWEEN_ALIASES = re.compile(r"[|;；\n]+")


def read_csv(text: str, *, title: str) -> list[ParsedDocument]:
    csv.field_size_limit(10_000_000)
    rows = _rows(text)
    if not rows:
        return []
    if _asks_in_each(rows):
        rows = [["question", "answer"], *(row[:2] for row in rows)]
    header, records = rows[0], rows[1:]
    meanings = {_MEANING.get(name.lower()) for name in header}
    if not {"question", "answer"} <= meanings and not {"title", "text"} <= meanings:
        _check_is_no_half(header)
        table = Table(header=tuple(header), rows=tuple(tuple(row) for row in records))
        return [ParsedDocument(title=title, sections=(Section(blocks=(table,)),) if records else ())]
    named = (dict(zip(header, row, strict=False)) for row in records)
    return _documents(enumerate(named, start=2), unit="Row")


def _rows(text: str) -> list[list[str]]:
    """Some spreadsheets say in a line of its own what parts the cells."""
    if told := _DELIMITER_TOLD.match(text):
        text = text[told.end() :]
    delimiter = told["mark"] if told else _delimiter(text)
    rows = ([cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter))
    return [row for row in rows if any(row)]


def _asks_in_each(rows: list[list[str]]) -> bool:
    """Whether these are questions with their answers, without a line that names the columns."""
    return all(len(row) == 2 and row[0].endswith(("?", "？")) and row[1] for row in rows)


def _check_is_no_half(header: Iterable[str]) -> None:
    """Questions whose answers are under a name that nobody knows would go in as a table that answers nothing."""
    named = {_MEANING.get(name.lower()): name for name in header if len(name) > 1}
    for there, missing in (("question", "answer"), ("answer", "question")):
        if there in named and missing not in named and "text" not in named:
            raise ParseError(
                f"The table has a column “{named[there]}”, but none is called “{missing}”. Name it so in the first row.",
                code="bad_row",
            )


def read_json_lines(text: str, *, title: str) -> list[ParsedDocument]:
    return _documents(_json_lines(text), unit="Line")


def read_json(text: str, *, title: str) -> list[ParsedDocument]:
    """A list of rows, or one row."""
    try:
        rows = json.loads(text)
    except ValueError as error:
        raise ParseError(f"The file is not valid JSON: {error}.", code="broken") from error
    return _documents(enumerate(rows if isinstance(rows, list) else [rows], start=1), unit="Entry")


def _json_lines(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except ValueError as error:
            raise ParseError(f"Line {number} is not valid JSON: {error}.", code="bad_row") from error


def _delimiter(text: str) -> str:
    """The mark that parts each of the first lines, and the first of them into most cells."""
    lines = text.lstrip().split("\n", 20)[:20]
    first, filled = lines[0], [line for line in lines if line.strip()]
    return max(",;\t|", key=lambda mark: (all(mark in line for line in filled), first.count(mark)))


def _documents(rows: Iterable[tuple[int, Any]], *, unit: str) -> list[ParsedDocument]:
    documents: list[ParsedDocument] = []
    places: dict[str, int] = {}
    for number, row in rows:
        if not isinstance(row, dict):
            raise ParseError(f"{unit} {number} is not an object with named values.", code="bad_row")
        document = _document(row, where=f"{unit} {number}")
        id = document.external_id
        if id and id in places:
            raise ParseError(f"{unit} {number} has the same id as {unit} {places[id]}: {id}.", code="bad_row")
        places[id] = number
        documents.append(document)
    return documents


def _document(row: Mapping[str, Any], *, where: str) -> ParsedDocument:
    values: dict[str, Any] = {}
    others: dict[str, str] = {}
    for name, value in row.items():
        meaning = _MEANING.get(str(name or "").strip().lower())
        if meaning and value not in (None, "", [], {}):
            values.setdefault(meaning, value)
        elif name and value not in (None, "", [], {}):
            others[clean_text(str(name))] = _as_text(value)
    texts = {meaning: _as_text(value) for meaning, value in values.items()}
    aliases = _aliases(values.get("aliases"))
    faqs: tuple[Faq, ...] = ()
    sections: tuple[Section, ...] = ()
    if "question" in texts or "answer" in texts:
        faqs = (_faq(texts, aliases=aliases, where=where),)
    elif "text" in texts:
        sections = _sections(texts["text"])
    else:
        raise ParseError(f"{where} has neither a text nor a question and an answer.", code="bad_row")
    return ParsedDocument(
        title=texts.get("title") or texts.get("question") or texts.get("id", ""),
        sections=sections,
        faqs=faqs,
        aliases=() if faqs else aliases,
        external_id=texts.get("id", ""),
        url=texts.get("url", ""),
        metadata=_metadata(values.get("metadata")) | others,
        language=texts.get("language", ""),
    )


def _sections(text: str) -> tuple[Section, ...]:
    """Paragraphs as they are; what is written as Markdown is read as Markdown."""
    if _MARKDOWN.search(text) and (sections := read_markdown(text, title="")[0].sections):
        return sections
    return (Section(blocks=tuple(filter(None, re.split(r"\n\s*\n", text)))),)


def _faq(texts: Mapping[str, str], *, aliases: tuple[str, ...], where: str) -> Faq:
    for needed in ("question", "answer"):
        if not texts.get(needed):
            raise ParseError(f"{where} has no {needed}.", code="bad_row")
    return Faq(question=texts["question"], answer=texts["answer"], aliases=aliases)


def _aliases(value: Any) -> tuple[str, ...]:
    """A list, or one text in which bars, semicolons or line breaks part them."""
    listed = value if isinstance(value, list) else _BETWEEN_ALIASES.split(_as_text(value or ""))
    return tuple(dict.fromkeys(filter(None, (_as_text(alias) for alias in listed))))


def _metadata(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {"metadata": _as_text(value)} if value else {}
    return {clean_text(str(name)): _as_text(each) for name, each in value.items()}


def _as_text(value: Any) -> str:
    return clean_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).strip()
