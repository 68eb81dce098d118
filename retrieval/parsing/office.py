"""DOCX → a document: headings by their styles, lists as lines, tables as rows, notes below what they are about."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.table import Table as WordTable
from docx.table import _Row
from docx.text.paragraph import Paragraph

from retrieval.cleaning import clean_text
from retrieval.documents import ParsedDocument, Section, Table, top_heading
from retrieval.errors import ParseError

_HEADING = re.compile(r"^(?:heading|标题|標題)\s*(?P<level>[1-9])", re.IGNORECASE)
_LIST = re.compile(r"list|列表|项目符号|列出段落", re.IGNORECASE)
_NUMBERED = re.compile(r"number|编号", re.IGNORECASE)
_NOTES = ("footnote", "endnote")
_MOST_PARTS = 20_000


def read_docx(path: Path, *, title: str, unpacked_size: int) -> list[ParsedDocument]:
    _check_package(path, unpacked_size=unpacked_size)
    document = docx.Document(str(path))
    sections: list[tuple[tuple[str, ...], list[str | Table]]] = [((), [])]
    headings: list[tuple[int, str]] = []
    for level, block in _blocks(document):
        if level is not None and isinstance(block, str):
            headings = [(above, text) for above, text in headings if above < level] + [(level, block)]
            sections.append((tuple(text for _, text in headings), []))
        else:
            sections[-1][1].append(block)
    kept = tuple(Section(heading_path=path, blocks=tuple(blocks)) for path, blocks in sections if blocks)
    if not kept and document.inline_shapes:
        raise ParseError("The document holds no text, only pictures.", code="no_text")
    return [ParsedDocument(title=_title(document) or top_heading(kept) or title, sections=kept)]


def _check_package(path: Path, *, unpacked_size: int) -> None:
    """Looks at what the archive says about itself before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise ParseError(
            "The document is damaged: it cannot be unpacked. Save it anew.", code="broken"
        ) from error
    if sum(part.file_size for part in parts) > unpacked_size or len(parts) > _MOST_PARTS:
        raise ParseError(
            "The document unpacks into far more than it should. It is not read.", code="too_large"
        )
    if not any(part.filename == "word/document.xml" for part in parts):
        raise ParseError("The file is called .docx, but no Word document is in it.", code="wrong_type")


def _title(document: Document) -> str:
    """What the author marked as title. The document's properties often keep a template's."""
    for paragraph in document.paragraphs[:20]:
        if _style(paragraph).lower() in ("title", "标题") and paragraph.text.strip():
            return clean_text(paragraph.text).strip()
    return ""


def _style(paragraph: Paragraph) -> str:
    return (paragraph.style.name if paragraph.style is not None else "") or ""


def _blocks(document: Document) -> Iterator[tuple[int | None, str | Table]]:
    notes = _notes(document)
    for item in document.iter_inner_content():
        yield from _item_blocks(item)
        yield from ((None, notes[key]) for key in _notes_in(item) if notes.get(key))


def _item_blocks(item: Paragraph | WordTable) -> Iterator[tuple[int | None, str | Table]]:
    if isinstance(item, WordTable):
        yield from _table_blocks(item)
    elif text := clean_text(item.text).strip():
        heading = _HEADING.match(_style(item))
        if heading:
            yield int(heading["level"]), " ".join(text.split())
        elif _style(item).lower() not in ("title", "标题"):
            yield None, f"- {text}" if _is_item(item) else text


def _notes(document: Document) -> dict[tuple[str, str], str]:
    """Footnotes and endnotes by kind and number; the library knows them only as parts of the package."""
    found = {}
    for relation in document.part.rels.values():
        kind = relation.reltype.rpartition("/")[2].removesuffix("s")
        if kind in _NOTES and not relation.is_external:
            for note in parse_xml(relation.target_part.blob):
                paragraphs = ("".join(text.text or "" for text in one.iter(qn("w:t"))) for one in note)
                found[kind, str(note.get(qn("w:id")))] = clean_text("\n".join(paragraphs)).strip()
    return found


def _notes_in(item: Paragraph | WordTable) -> Iterator[tuple[str, str]]:
    element = item._tbl if isinstance(item, WordTable) else item._p  # references have no other door
    for kind in _NOTES:
        for reference in element.iter(qn(f"w:{kind}Reference")):
            yield kind, str(reference.get(qn("w:id")))


def _is_item(paragraph: Paragraph) -> bool:
    properties = paragraph._p.pPr  # the numbering has no other door
    numbered = properties is not None and properties.numPr is not None
    return numbered or bool(_LIST.search(_style(paragraph)))


def _table_blocks(table: WordTable) -> Iterator[tuple[int | None, str | Table]]:
    rows = [_cells(row) for row in table.rows]
    rows = [row for row in rows if any(row)]
    if len(rows) > 1 and len(rows[0]) > 1:
        yield None, Table(header=rows[0], rows=tuple(rows[1:]))
    else:
        yield from ((None, cell) for row in rows for cell in row if cell)


def _cells(row: _Row) -> tuple[str, ...]:
    """The row's texts; a cell merged over several columns counts once."""
    cells: list[str] = []
    last = None
    for cell in row.cells:
        if cell._tc is not last:
            cells.append(" ".join(clean_text(cell.text).split()))
        last = cell._tc
    return tuple(cells)
