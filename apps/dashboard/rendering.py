"""Texts as HTML that cannot harm. An answer is Markdown with an allowlist; its [1] leads to the passage it cites.

Knows nothing of rows. Links and pictures in an answer are shown as words: an agent reads here what was said, and
should not leave by something that a document or a model put there.
"""

import re
from collections.abc import Iterable

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "hr"}
TAGS |= {"h1", "h2", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td"}
MARK = re.compile(r"\s*\[(\d{1,3})\]")

_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table").disable("image")


def answer(text: str, *, anchor: str, numbers: set[int]) -> SafeString:
    html = nh3.clean(_markdown.render(text), tags=TAGS, attributes={})
    return mark_safe(MARK.sub(lambda found: _mark(found, anchor=anchor, numbers=numbers), html))  # noqa: S308 - cleaned above


def _mark(found: re.Match[str], *, anchor: str, numbers: set[int]) -> str:
    number = int(found[1])
    if number not in numbers:
        return found[0]
    return f'<a class="mark" href="#{escape(anchor)}-{number}">{number}</a>'


def plain(text: str) -> SafeString:
    return mark_safe(f'<p class="lines">{escape(text)}</p>')  # noqa: S308 - escaped


def marked(text: str, *, parts: Iterable[str]) -> SafeString:
    """The text with some of its sentences marked. A part that is not in it word for word is left out."""
    html: str = escape(text)
    for part in {escape(part) for part in parts if part.strip()}:
        html = html.replace(part, f"<mark>{part}</mark>", 1)
    return mark_safe(html)  # noqa: S308 - escaped


def words_marked(text: str, *, words: Iterable[str]) -> SafeString:
    """The text with these words marked, wherever they stand; a Latin word only as a whole or as a beginning."""
    sought = sorted({word for word in words if word.strip()}, key=len, reverse=True)
    if not sought:
        return mark_safe(escape(text))  # noqa: S308 - escaped
    pattern = re.compile(
        "|".join(
            rf"(?<![A-Za-z0-9]){re.escape(word)}\w*" if word.isascii() else re.escape(word) for word in sought
        ),
        re.IGNORECASE,
    )
    parts, end = [], 0
    for found in pattern.finditer(text):
        parts += [escape(text[end : found.start()]), f"<mark>{escape(found[0])}</mark>"]
        end = found.end()
    return mark_safe("".join([*parts, escape(text[end:])]))  # noqa: S308 - escaped piece by piece
