"""HTML and Markdown → a document whose sections follow its headings.

Of a page, what surrounds the article is left out: navigation, menus, footers, cookie notices, and lists that are all
links. Markdown is made into HTML first, and all of it is kept.
"""

import re
from collections.abc import Iterator

import lxml.html  # type: ignore[import-untyped]  # lxml ships no types
from lxml.html import HtmlElement
from markdown_it import MarkdownIt

from retrieval.documents import ParsedDocument, Section, Table, top_heading

_DROPPED = "script style noscript template svg canvas iframe object button select textarea input head".split()  # noqa: SIM905 - words read best in a row
_AROUND = "nav footer aside form dialog".split()  # noqa: SIM905 - words read best in a row
_AROUND_ROLES = "navigation banner contentinfo search dialog menu menubar complementary".split()  # noqa: SIM905 - words read best in a row
_AROUND_NAME = re.compile(
    r"^(nav(bar|igation)?|(main|top|side)?-?menu|side-?bar|breadcrumbs?|(page|site)?-?footer|cookies?(-\w+)?|share|social"
    r"|pagination|pager|skip(-\w+)?|toc|related|newsletter|advert(isement)?|ads?)$"
)
_HEADING = re.compile(r"^h([1-6])$")
_BLOCK_NAMES = (
    "address article aside blockquote body dd details div dl dt fieldset figcaption figure footer form header hr li main nav"
    " ol p pre section summary ul h1 h2 h3 h4 h5 h6 table tbody td tfoot th thead tr"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_FRONT_MATTER = re.compile(r"\A---\s*\n(?P<lines>.*?)\n---\s*\n", re.DOTALL)
_TITLE_LINE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_BREAK = "\u2028"  # stands for <br> until white space is squeezed


def read_html(text: str, *, title: str) -> list[ParsedDocument]:
    page = _tree(text)
    named = _squeeze(page.findtext(".//title") or "")
    language = (page.get("lang") or "")[:2].lower()
    whole = lxml.html.tostring(page, encoding="unicode")
    _drop_surroundings(page)
    sections = _sections(_article(page)) or _sections(_tree(whole))
    return [
        ParsedDocument(
            title=top_heading(sections) or named or title,
            sections=sections,
            language=language if language in ("zh", "en") else "",
        )
    ]


def read_markdown(text: str, *, title: str) -> list[ParsedDocument]:
    front = _FRONT_MATTER.match(text)
    named = _TITLE_LINE.search(front["lines"]) if front else None
    html = (
        MarkdownIt("commonmark")
        .enable(["table", "strikethrough"])
        .render(text[front.end() :] if front else text)
    )
    sections = _sections(_tree(html))
    return [ParsedDocument(title=named[1] if named else top_heading(sections) or title, sections=sections)]


def _tree(text: str) -> HtmlElement:
    without_declaration = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    tree = lxml.html.document_fromstring(without_declaration.encode() or b"<html></html>", parser=parser)
    for element in list(tree.iter(*_DROPPED)):
        if element.tag != "head" and element.getparent() is not None:
            element.drop_tree()
    return tree


def _drop_surroundings(page: HtmlElement) -> None:
    for element in list(page.iter()):
        if element.getparent() is not None and isinstance(element.tag, str) and _is_surrounding(element):
            element.drop_tree()


def _is_surrounding(element: HtmlElement) -> bool:
    if element.tag in ("html", "body", "head", "main", "article"):
        return False
    names = f"{element.get('class', '')} {element.get('id', '')}".lower().split()
    return (
        element.tag in _AROUND
        or element.get("role") in _AROUND_ROLES
        or element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or (
            element.tag == "header"
            and next(element.iterancestors("article", "main"), None) is None
            and not element.xpath(".//h1")
        )
        or any(_AROUND_NAME.match(name) for name in names)
        or (element.tag in ("ul", "ol", "div", "table") and _is_all_links(element))
    )


def _is_all_links(element: HtmlElement) -> bool:
    """Three links or more and hardly a word beside them."""
    links = list(element.iter("a"))
    text = len("".join(element.text_content().split()))
    linked = sum(len("".join(link.text_content().split())) for link in links)
    return len(links) >= 3 and linked >= 0.8 * text


def _article(page: HtmlElement) -> HtmlElement:
    """The page's main part where it names one, else its body."""
    for path in (".//main", ".//*[@role='main']", ".//article"):
        found = page.xpath(path)
        if len(found) == 1 and found[0].text_content().strip():
            return found[0]
    body = page.find("body")
    return page if body is None else body


def _sections(root: HtmlElement) -> tuple[Section, ...]:
    """Blocks in reading order, grouped under the headings that they follow."""
    sections: list[tuple[tuple[str, ...], list[str | Table]]] = [((), [])]
    path: list[tuple[int, str]] = []
    for kind, block in _blocks(root):
        if isinstance(kind, int) and isinstance(block, str):
            path = [(level, heading) for level, heading in path if level < kind] + [(kind, block)]
            sections.append((tuple(heading for _, heading in path), []))
        else:
            sections[-1][1].append(block)
    return tuple(Section(heading_path=path, blocks=tuple(blocks)) for path, blocks in sections if blocks)


def _blocks(element: HtmlElement) -> Iterator[tuple[int | None, str | Table]]:
    """Headings with their level, paragraphs, lists and tables with None."""
    inline: list[str] = [element.text or ""]
    for child in element:
        if child.tag not in _BLOCKS and not any(inner.tag in _BLOCKS for inner in child.iter()):
            inline.append(_inline(child))
        else:
            yield from _paragraph(inline)
            inline = []
            yield from _block(child)
        inline.append(child.tail or "")
    yield from _paragraph(inline)


def _block(element: HtmlElement) -> Iterator[tuple[int | None, str | Table]]:
    if heading := _HEADING.match(element.tag):
        yield from ((int(heading[1]), text) for text in [_squeeze(element.text_content())] if text)
    elif element.tag == "summary":
        yield from ((7, text) for text in [_squeeze(element.text_content())] if text)
    elif element.tag == "pre":
        yield from ((None, text) for text in [element.text_content().strip("\n")] if text.strip())
    elif element.tag in ("ul", "ol"):
        lines = list(_list_lines(element, depth=0))
        if lines:
            yield None, "\n".join(lines)
    elif element.tag == "table" and _is_table(element):
        yield None, _table(element)
    else:
        yield from _blocks(element)


def _paragraph(inline: list[str]) -> Iterator[tuple[int | None, str | Table]]:
    lines = [_squeeze(line) for line in "".join(inline).split(_BREAK)]
    text = "\n".join(line for line in lines if line)
    if text:
        yield None, text


def _inline(element: HtmlElement) -> str:
    if element.tag == "br":
        return _BREAK
    return (element.text or "") + "".join(_inline(child) + (child.tail or "") for child in element)


def _list_lines(items: HtmlElement, *, depth: int) -> Iterator[str]:
    """One line for each item, marked and indented as the reader sees it."""
    for number, item in enumerate(items.iterchildren("li"), start=1):
        mark = f"{number}." if items.tag == "ol" else "-"
        inner = [
            inner for inner in item.iter("ul", "ol") if next(inner.iterancestors("ul", "ol"), None) is items
        ]
        own = _squeeze(" ".join(_own_text(item, without=inner)))
        if own:
            yield f"{'  ' * depth}{mark} {own}"
        for each in inner:
            yield from _list_lines(each, depth=depth + 1)


def _own_text(element: HtmlElement, *, without: list[HtmlElement]) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child not in without:
            if child.tag in _BLOCKS or any(inner in without for inner in child.iter("ul", "ol")):
                yield from _own_text(child, without=without)
            else:
                yield _inline(child).replace(_BREAK, " ")
        yield child.tail or ""


def _is_table(table: HtmlElement) -> bool:
    """Data, not layout: no table within, more than one row, and more than one cell in some row."""
    rows = list(table.iter("tr"))
    return len(rows) > 1 and not table.xpath(".//table") and any(len(row) > 1 for row in rows)


def _table(table: HtmlElement) -> Table:
    rows = [
        tuple(_squeeze(cell.text_content()) for cell in row.iterchildren("td", "th"))
        for row in table.iter("tr")
    ]
    first = next(table.iter("tr"))
    has_header = bool(table.xpath(".//thead")) or all(cell.tag == "th" for cell in first)
    return Table(header=rows[0] if has_header else (), rows=tuple(rows[1:] if has_header else rows))


def _squeeze(text: str) -> str:
    return re.sub(r"[\s\u00a0\u2028]+", " ", text).strip()
