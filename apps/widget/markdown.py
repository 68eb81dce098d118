"""Cleans an answer's Markdown before it leaves: no HTML, no images, links only to the site's hosts.

What is taken away is its working, not its words: a link leaves its label, an image its description. The browser
cleans again when it renders. A parser has the last word here: should it still find something in the cleaned text,
every character with a meaning is escaped.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

DANGEROUS_BLOCK = re.compile(
    r"<(script|style|iframe|object|template)\b.*?(</\1\s*>|$)", re.IGNORECASE | re.DOTALL
)
TAG = re.compile(r"</?[a-z][^<>]*>|<!--.*?-->|<[!?][^<>]*>", re.IGNORECASE | re.DOTALL)
TAG_BEGINNING = re.compile(r"<(?=[a-z/!?])", re.IGNORECASE)
IMAGE = re.compile(r"!\[([^\[\]]*)\](\([^()]*\)|\[[^\[\]]*\])?")
LINK = re.compile(r"\[([^\[\]]*)\]\(\s*<?((?:[^\s()<>]|\([^\s()]*\))*)>?[^()]*\)")
DEFINITION = re.compile(r"^ {0,3}\[[^\[\]]+\]:.*$", re.MULTILINE)
AUTOLINK = re.compile(r"<([a-z][a-z0-9+.-]*:[^\s<>]*|[^\s<>@]+@[^\s<>]+)>", re.IGNORECASE)
MEANINGFUL = re.compile(r"([\\`*_{}\[\]()<>#!|])")

parser = MarkdownIt("commonmark")
parser.validateLink = lambda url: True  # type: ignore[method-assign] # it must show us every link there is


def clean(text: str, *, hosts: frozenset[str]) -> str:
    cleaned = _clean(text, hosts=hosts)
    return cleaned if is_clean(cleaned, hosts=hosts) else MEANINGFUL.sub(r"\\\1", cleaned)


def _clean(text: str, *, hosts: frozenset[str]) -> str:
    text = AUTOLINK.sub(r"\1", text)
    text = TAG.sub("", DANGEROUS_BLOCK.sub("", text))
    text = DEFINITION.sub("", IMAGE.sub(r"\1", text))
    text = LINK.sub(lambda link: link[0] if leads_home(link[2], hosts=hosts) else link[1], text)
    return TAG_BEGINNING.sub("< ", text)


def leads_home(url: str, *, hosts: frozenset[str]) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and parts.hostname in hosts
    except ValueError:
        return False


def is_clean(text: str, *, hosts: frozenset[str]) -> bool:
    return all(_is_harmless(token, hosts=hosts) for token in _tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    for token in parser.parse(text):
        yield token
        yield from token.children or ()


def _is_harmless(token: Token, *, hosts: frozenset[str]) -> bool:
    if token.type == "link_open":
        return leads_home(str(token.attrs.get("href", "")), hosts=hosts)
    return token.type not in ("html_inline", "html_block", "image")
