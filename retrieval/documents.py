"""What a parser hands over: a document as sections of text and tables, or as questions with their answers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under a header; the header may be empty."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What stands under one heading: paragraphs and tables in reading order."""

    heading_path: tuple[str, ...] = ()
    blocks: tuple[str | Table, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Faq:
    """A question, other ways to ask it, and the answer."""

    question: str
    answer: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedDocument:
    """One document. A file of FAQs or of JSON Lines gives one for each row, told apart by `external_id`.

    `aliases` are other ways to ask for the document as a whole.
    """

    title: str
    sections: tuple[Section, ...] = ()
    faqs: tuple[Faq, ...] = ()
    aliases: tuple[str, ...] = ()
    external_id: str = ""
    url: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    language: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def top_heading(sections: tuple[Section, ...]) -> str:
    """The heading that stands over all of a document, if one does: its title, in its author's words."""
    firsts = {section.heading_path[0] for section in sections if section.heading_path}
    return firsts.pop() if len(firsts) == 1 else ""


def document_from(values: Mapping[str, Any]) -> ParsedDocument:
    """The reverse of `as_dict`, from what JSON made of it."""
    return ParsedDocument(
        **{
            **values,
            "sections": tuple(_section(section) for section in values["sections"]),
            "faqs": tuple(Faq(**{**faq, "aliases": tuple(faq["aliases"])}) for faq in values["faqs"]),
            "aliases": tuple(values["aliases"]),
        }
    )


def _section(values: Mapping[str, Any]) -> Section:
    blocks = (block if isinstance(block, str) else _table(block) for block in values["blocks"])
    return Section(heading_path=tuple(values["heading_path"]), blocks=tuple(blocks))


def _table(values: Mapping[str, Any]) -> Table:
    return Table(header=tuple(values["header"]), rows=tuple(tuple(row) for row in values["rows"]))
