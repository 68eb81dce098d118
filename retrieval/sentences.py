"""Text → sentences, in Chinese and in English. Shared by splitting and by the dialogue."""

import re

_ALWAYS_GO_ON = frozenset(
    "mr mrs ms dr prof sr jr st vs e.g i.e eg ie approx fig figs dept est vol tel ext incl al cf".split()  # noqa: SIM905 - words read best in a row
)
_BEFORE_NUMBERS = frozenset(
    "no nos p pp max min jan feb mar apr jun jul aug sep sept oct nov dec art sec ch ver".split()  # noqa: SIM905 - words read best in a row
)
# These end a sentence where a capital letter follows.
_UNLESS_CAPITAL = frozenset("etc inc ltd co corp a.m p.m u.s u.k u.s.a mon tue wed thu fri sat sun".split())  # noqa: SIM905 - words read best in a row
_ENDS = re.compile(
    r"""(?: [。！？；…]+ | (?<=[^\s.]) [.!?]+ (?=["'”’)\]]*(?:\s|$)) | \.{3,}(?=\s|$) )
        [”’」』"')\]）】》]*""",
    re.VERBOSE,
)
_LINES = re.compile(r"\n+")
_LIST_NUMBER = re.compile(r"^\s*(?:[(（]?\d{1,3}|[(（]?[a-zA-Z]|[ivxIVX]{1,4})[.)）]$")


def split_sentences(text: str) -> list[str]:
    """Sentences in order, each trimmed, none empty. Their words are the text's own; only white space is lost."""
    return [sentence for line in _LINES.split(text) for sentence in _split_line(line)]


def _split_line(line: str) -> list[str]:
    sentences: list[str] = []
    start = 0
    for end in _ENDS.finditer(line):
        if end.group() == "." and _goes_on(line[start : end.end()], after=line[end.end() :].lstrip()):
            continue
        sentences.append(line[start : end.end()].strip())
        start = end.end()
    sentences.append(line[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _goes_on(before: str, *, after: str) -> bool:
    """Whether the full stop belongs to an abbreviation, an initial or a list number."""
    words = before.split()
    last = words[-1].lstrip("(\"'“‘[")[:-1] if words else ""
    word = last.lower()
    return (
        word in _ALWAYS_GO_ON
        or (word in _BEFORE_NUMBERS and after[:1].isdigit())
        or (word in _UNLESS_CAPITAL and not after[:1].isupper())
        or (len(last) == 1 and last.isupper() and len(words) > 1 and words[-2].endswith("."))  # J. K.
        or (len(words) == 1 and len(last) == 1 and last.isupper() and after[:1].isupper())
        or bool(_LIST_NUMBER.match(before))
    )
