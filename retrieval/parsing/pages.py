"""PDF → a document, from its text layer.

A PDF knows no paragraphs and no headings, only letters with sizes at places. Lines that are set larger than the body are
taken as headings; lines that come back on most pages are running heads and go; the other lines are joined to paragraphs.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError

from retrieval.cleaning import clean_text
from retrieval.documents import ParsedDocument, Section, top_heading
from retrieval.errors import ParseError

_ENDS = re.compile(r"[.!?:;。！？：；…”’\"')）】]$")
_STARTS_ITEM = re.compile(r"^\s*(?:[-•·●▪◦*–]\s|\(?\d{1,3}[.)、）]\s?|[一二三四五六七八九十]{1,3}[、.])")
_CJK_END = re.compile(r"[\u3000-\u9fff\uff00-\uffef]$")
_LONGEST_HEADING = 100
_LARGER = 1.15  # a heading's size over the body's


class Line(NamedTuple):
    text: str
    size: float


def read_pdf(path: Path, *, title: str) -> list[ParsedDocument]:
    try:
        reader = PdfReader(path, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise ParseError("The PDF is protected by a password. Save it without one.", code="encrypted")
        pages = [_lines(page) for page in reader.pages]
    except PyPdfError as error:
        raise ParseError(
            "The PDF is damaged and cannot be read. Save or print it anew.", code="broken"
        ) from error
    if not any(pages):
        raise ParseError(
            "The PDF holds no text, only pictures: it was probably scanned. Run text recognition (OCR) over it first.",
            code="no_text",
        )
    sections = tuple(_sections(_whole_headings(_without_running_heads(pages))))
    return [ParsedDocument(title=top_heading(sections) or title, sections=sections)]


def _lines(page: PageObject) -> list[Line]:
    """The page's lines in reading order with the size that most of their letters have."""
    lines: list[list[tuple[str, float]]] = [[]]

    def visit(text: str, matrix: Any, text_matrix: list[float], font: Any, size: float) -> None:
        scaled = abs(size * (text_matrix[3] or text_matrix[0] or 1.0))
        for number, piece in enumerate(text.split("\n")):
            if number:
                lines.append([])
            lines[-1].append((piece, scaled))

    page.extract_text(visitor_text=visit)
    return [line for line in map(_line, lines) if line.text]


def _line(pieces: list[tuple[str, float]]) -> Line:
    text = " ".join(clean_text("".join(piece for piece, _ in pieces)).split())
    sizes: Counter[float] = Counter()
    for piece, size in pieces:
        sizes[round(size, 1)] += len(piece.strip())
    return Line(text, sizes.most_common(1)[0][0] if sizes else 0.0)


def _without_running_heads(pages: list[list[Line]]) -> list[Line]:
    """Without what stands on most pages, page numbers told apart by nothing but their digits."""
    kinds = Counter(kind for page in pages for kind in {_kind(line) for line in page[:2] + page[-2:]})
    running = {kind for kind, count in kinds.items() if len(pages) > 2 and count > len(pages) / 2}
    return [line for page in pages for line in page if _kind(line) not in running and not line.text.isdigit()]


def _whole_headings(lines: list[Line]) -> list[Line]:
    """A heading that is set over several lines becomes one line."""
    body = _body_size(lines)
    whole: list[Line] = []
    for line in lines:
        if whole and line.size == whole[-1].size and _is_heading(line, body=body):
            whole[-1] = Line(_join(whole[-1].text, line.text), line.size)
        else:
            whole.append(line)
    return whole


def _kind(line: Line) -> str:
    return re.sub(r"\d+", "0", line.text)


def _sections(lines: list[Line]) -> Iterator[Section]:
    body = _body_size(lines)
    levels = sorted({line.size for line in lines if _is_heading(line, body=body)}, reverse=True)
    path: list[Line] = []
    kept: list[Line] = []
    for line in lines:
        if not _is_heading(line, body=body):
            kept.append(line)
            continue
        if kept:
            yield _section(path, kept)
            kept = []
        path = [above for above in path if levels.index(above.size) < levels.index(line.size)] + [line]
    if kept:
        yield _section(path, kept)


def _body_size(lines: list[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _is_heading(line: Line, *, body: float) -> bool:
    return line.size > body * _LARGER and len(line.text) <= _LONGEST_HEADING


def _section(path: list[Line], lines: list[Line]) -> Section:
    return Section(heading_path=tuple(line.text for line in path), blocks=tuple(_paragraphs(lines)))


def _paragraphs(lines: list[Line]) -> Iterator[str]:
    """A line goes on the one before, unless that ended a sentence short of the margin or this one starts an item."""
    longest = max(len(line.text) for line in lines)
    paragraph = ""
    last = ""
    for line in lines:
        ended = bool(_ENDS.search(last)) and len(last) < 0.85 * longest
        if paragraph and (ended or _STARTS_ITEM.match(line.text)):
            yield paragraph
            paragraph = ""
        paragraph = _join(paragraph, line.text)
        last = line.text
    if paragraph:
        yield paragraph


def _join(before: str, after: str) -> str:
    if not before:
        return after
    if re.search(r"[A-Za-z]-$", before) and after[:1].islower():
        return before[:-1] + after
    return before + after if _CJK_END.search(before) else f"{before} {after}"
