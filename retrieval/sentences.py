"""Text → sentences, in Chinese and in English. Shared by splitting and by the dialogue."""

import re

_ALWAYS_GO_ON = frozenset(
    "mr mrs ms dr prof sr jr st mt rev capt sgt vs e.g i.e eg ie approx fig figs dept est vol tel ext incl excl al cf viz esp ca p.o attn".split()  # noqa: SIM905 - words read best in a row
)
_BEFORE_NUMBERS = frozenset(
    "no nos p pp max min jan feb mar apr jun jul aug sep sept oct nov dec art sec ch ver ref para".split()  # noqa: SIM905 - words read best in a row
)
# These end a sentence where a capital letter follows.
_UNLESS_CAPITAL = frozenset(
    "etc inc ltd co corp a.m p.m u.s u.k u.s.a e.u ph.d m.d mon tue tues wed thu thur thurs fri sat sun".split()  # noqa: SIM905 - words read best in a row
    + "max min temp avg qty hr hrs mins secs wk wks yr yrs ft lb lbs oz pt pts apt bldg ave blvd rd resp".split()  # noqa: SIM905
)
_TIMES = frozenset(["a.m", "p.m", "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun"])
_NUMBER = re.compile(
    r"(?:[A-Z]{0,3}[$€£¥~<>≤≥±#]|(?:USD|EUR|GBP|CHF|CNY|RMB|HKD) |[A-Z]{1,4}-?)?\d"
)  # $5, LX-7
# What may stand behind an hour or a day: another day, a month, a time zone. "Monday is …" begins anew.
_DAY_OR_ZONE = re.compile(
    r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs?)?|Fri|Sat(?:ur)?|Sun)(?:days?)?|Weekdays?|Weekends?|January|February|March|April|May|June|"
    r"July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|[ECMP][SD]?T|GMT|UTC|BST|CES?T|IST|"
    r"HKT|JST|SGT|AE[SD]T|(?:Eastern|Central|Mountain|Pacific|Greenwich|London|Paris|Berlin|Beijing|Tokyo|Sydney)(?: [A-Z]\w+)? [Tt]ime)\b"
    r"(?! (?:is|are|was|were|will|has|have|may|can|we|you|it)\b)"
)
# Of the state, not of whatever a new sentence is about: two names in a row, or one of its offices.
_OF_STATE = re.compile(
    r"[A-Z][a-z]+ (?:and )?[A-Z][a-z]|(?:Postal|Post|Customs|Embassy|Consulate|Treasury|Department|Government|Federal|Dollars?|Passports?|"
    r"Citizens?|Bank|Army|Navy)\b"
)
_OPENING, _CLOSING = "([（【［", ")]）】］"
_LOOKED_AT = (
    400  # characters on either side of an end: else a text of nothing but "e.g." would be read anew from each
)
_LONGEST_ASIDE = 160  # characters; a bracket that is open for longer was forgotten
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
        before = line[max(start, end.end() - _LOOKED_AT) : end.end()]
        after = line[end.end() : end.end() + _LOOKED_AT]
        if (end.group() == "." and _goes_on(before, after=after.lstrip())) or _is_in_bracket(
            before, after=after
        ):
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
        or (word in _BEFORE_NUMBERS and bool(_NUMBER.match(after)))
        or (word in _UNLESS_CAPITAL and not after[:1].isupper())
        or (word in _TIMES and bool(_DAY_OR_ZONE.match(after)))
        or (word in ("u.s", "u.k", "e.u") and bool(_OF_STATE.match(after)))
        or (len(last) == 1 and last.isupper() and len(words) > 1 and words[-2].endswith("."))  # J. K.
        or (len(words) == 1 and len(last) == 1 and last.isupper() and after[:1].isupper())
        or bool(_LIST_NUMBER.match(before))
    )


def _is_in_bracket(before: str, *, after: str) -> bool:
    opened: list[int] = []
    before = before[-_LONGEST_ASIDE:]
    for place, mark in enumerate(before):
        if mark in _OPENING:
            opened.append(place)
        elif mark in _CLOSING and opened:
            opened.pop()
    if not opened:
        return False
    room = _LONGEST_ASIDE - (len(before) - opened[-1])
    return any(mark in _CLOSING for mark in after[: max(0, room)])
