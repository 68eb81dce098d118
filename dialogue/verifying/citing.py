"""Passage sentences → text with citation marks, and the citations that the marks stand for.

Marks are numbered 1..n in order of first use. The text is Markdown that shows the passage's words as they are: nothing
in them turns into a link, an image, emphasis or HTML.
"""

import re

from dialogue.events import Citation, Sentence
from dialogue.searching.evidence import Candidate
from retrieval import Chunk

_LIST_ITEM = re.compile(r"^\s*(?:[-*•·]|\d{1,2}[.)、])\s+")
_ACTIVE = re.compile(r"[\\`*_<\[\]|~]|!(?=\[)")
_AT_START = re.compile(r"^(?:[#>+=-]|\d+(?=[.)]\s))")
_HAS_HAN_AT_END = re.compile(r"[\u3000-\u9fff\uff00-\uffef]$")


def as_markdown(text: str) -> str:
    """The same words, with what Markdown would act upon escaped. Underscores inside a word are safe as they are."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"(?<=[^\W_])_(?=[^\W_])", "\x00", text)
    text = _ACTIVE.sub(lambda mark: "\\" + mark.group(), text).replace("\x00", "_")
    return _AT_START.sub(lambda mark: _escaped_start(mark.group()), text)


def _escaped_start(mark: str) -> str:
    return f"{mark}\\" if mark.isdigit() else f"\\{mark}"


def _line(line: str) -> str:
    """An item of a list stays one, with its own number."""
    found = _LIST_ITEM.match(line)
    if not found:
        return as_markdown(line)
    mark = found.group().strip()
    return f"{mark if mark[0].isdigit() and mark[-1] in '.)' else '-'} {as_markdown(line[found.end() :])}"


class Citations:
    """Gives out numbers while an answer grows."""

    def __init__(self) -> None:
        self._numbers: dict[str, Citation] = {}
        self._text = ""

    @property
    def all(self) -> tuple[Citation, ...]:
        return tuple(self._numbers.values())

    @property
    def text(self) -> str:
        return self._text

    def sentence(self, candidate: Candidate) -> Sentence:
        """The candidate's own words, marked with the number of its passage, white space before it included."""
        number = self._number(candidate.passage.chunk)
        item = bool(_LIST_ITEM.match(candidate.text))
        words = as_markdown(_LIST_ITEM.sub("", candidate.text))
        gap = "" if _HAS_HAN_AT_END.search(words) else " "
        text = f"{self._separator(item=item)}{'- ' if item else ''}{words}{gap}[{number}]"
        self._text += text
        return Sentence(text=text, citations=(number,))

    def whole(self, chunk: Chunk) -> Sentence:
        """All that the chunk says, line by line, marked once at its end."""
        number = self._number(chunk)
        said = "\n".join(_line(line) for line in chunk.text.strip().split("\n"))
        gap = "" if _HAS_HAN_AT_END.search(said) else " "
        text = f"{said}{gap}[{number}]"
        self._text += text
        return Sentence(text=text, citations=(number,))

    def _separator(self, *, item: bool) -> str:
        if not self._text:
            return ""
        return "\n" if item else " "

    def _number(self, chunk: Chunk) -> int:
        if chunk.id not in self._numbers:
            self._numbers[chunk.id] = Citation(
                number=len(self._numbers) + 1,
                chunk_id=chunk.id,
                document_id=chunk.document_id,
                title=chunk.title,
                url=chunk.url,
                heading_path=tuple(chunk.heading_path),
                text=chunk.text,
            )
        return self._numbers[chunk.id].number
