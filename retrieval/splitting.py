"""A parsed document → chunks: small enough to be found, large enough to be understood.

A chunk never crosses a heading; within one it is packed evenly from paragraphs, sentences and table rows. It carries its
heading path and title. An FAQ entry is one chunk. Knows no embedder: sizes are estimated tokens, well under the 512 that
the home embedder sees at once.
"""

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from retrieval.chunks import Chunk
from retrieval.documents import ParsedDocument, Section, Table
from retrieval.pipe_tables import parts_of
from retrieval.sentences import split_sentences

LARGEST = 280  # estimated tokens of a chunk's text; title and headings come on top when it is embedded
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")


def split(document: ParsedDocument, *, document_id: str) -> list[Chunk]:
    """The document's chunks in reading order.

    An id changes with what is embedded, not with address or metadata. Equal content twice gets two, by its occurrence.
    """
    seen: Counter[str] = Counter()
    chunks: list[Chunk] = []
    for part in _parts(document):
        content = json.dumps([document.title, *part])
        chunks.append(
            Chunk(
                id=_stable_id(document_id, content, seen[content]),
                document_id=document_id,
                ordinal=len(chunks),
                text=part.text,
                title=document.title,
                heading_path=part.heading_path,
                question=part.question,
                aliases=part.aliases,
                language=detect_language(f"{part.question} {part.text}") or document.language,
                external_id=document.external_id,
                url=document.url,
                metadata=document.metadata,
            )
        )
        seen[content] += 1
    return chunks


class _Part(NamedTuple):
    text: str
    heading_path: tuple[str, ...] = ()
    question: str = ""
    aliases: tuple[str, ...] = ()


def detect_language(text: str) -> str:
    """ "zh" or "en" by its script, "" where there is neither. One Chinese character weighs as much as a word."""
    han, words = len(_HAN.findall(text)), len(_LATIN.findall(text))
    if not han and not words:
        return ""
    return "zh" if han >= words else "en"


def estimate_tokens(text: str) -> int:
    """What the embedder would count, roughly: Chinese takes two tokens for three characters, English one for four."""
    chinese = len(_CJK.findall(text))
    return math.ceil(chinese * 0.68 + (len(text) - chinese) / 4)


def _parts(document: ParsedDocument) -> Iterator[_Part]:
    """Texts with what they stand under. The document's aliases go with its first: one vector of each is enough."""
    aliases = document.aliases
    for section in document.sections:
        for text in _pack(list(_pieces(section))):
            yield _Part(text, section.heading_path, aliases=aliases)
            aliases = ()
    for faq in document.faqs:
        yield _Part(_without_bars(faq.answer), question=faq.question, aliases=faq.aliases)


def _stable_id(document_id: str, content: str, occurrence: int) -> str:
    return hashlib.sha256(f"{document_id}\0{occurrence}\0{content}".encode()).hexdigest()[:32]


def _pieces(section: Section) -> Iterator[tuple[str, str]]:
    """What may not be cut further, each with what joins it to the piece before."""
    for block in section.blocks:
        for part in (block,) if isinstance(block, Table) else parts_of(block):
            if isinstance(part, Table):
                for number, row in enumerate(part.rows):
                    yield from _cut("\n" if number else "\n\n", row_text(part.header, row))
            else:
                yield from _cut("\n\n", part.strip())


def _without_bars(text: str) -> str:
    """An answer on file as it was written, but for the rows of its tables."""
    return "\n\n".join(
        "\n".join(row_text(part.header, row) for row in part.rows) if isinstance(part, Table) else part
        for part in parts_of(text)
    )


def row_text(header: Sequence[str], row: Sequence[str]) -> str:
    """A row that can be read alone: each cell with the name of its column."""
    named = [(header[i] if i < len(header) else "", cell) for i, cell in enumerate(row) if cell]
    chinese = any(_HAN.search(name + cell) for name, cell in named)
    colon, semicolon = ("：", "；") if chinese else (": ", "; ")
    return semicolon.join(f"{name}{colon}{cell}" if name else cell for name, cell in named)


def _cut(joint: str, text: str) -> Iterator[tuple[str, str]]:
    """The text whole if it fits, else line by line, else sentence by sentence, else by length."""
    if estimate_tokens(text) <= LARGEST:
        if text:
            yield joint, text
        return
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    parts, inner = (lines, "\n") if len(lines) > 1 else (split_sentences(text), " ")
    if len(parts) < 2:
        middle = _middle(text)
        parts, inner = [text[:middle].strip(), text[middle:].strip()], " "
    for part in parts:
        yield from _cut(joint, part)
        joint = "" if inner == " " and _CJK.match(part[-1:]) else inner


def _middle(text: str) -> int:
    """Where to break a text that has no sentences: the space nearest to its middle, if there is one near."""
    half = len(text) // 2
    space = text.find(" ", half, half + 100)
    return space if space > 0 else half


def _pack(pieces: list[tuple[str, str]]) -> Iterator[str]:
    """Chunks of about equal size, as few as fit: an even cut leaves no crumb at the end."""
    total = sum(estimate_tokens(text) for _, text in pieces)
    target = total / max(1, math.ceil(total / LARGEST))
    packed, size = "", 0
    for joint, text in pieces:
        tokens = estimate_tokens(text)
        if packed and (size + tokens > LARGEST or size + tokens / 2 > target):
            yield packed
            packed, size = "", 0
        packed, size = (f"{packed}{joint}{text}" if packed else text), size + tokens
    if packed:
        yield packed
