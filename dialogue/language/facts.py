"""Text → the hard facts in it: amounts with their units, dates, times, percentages, identifiers, addresses.

Two ways to write the same fact give equal facts: 七天 = 7天 = seven days = 7-day, 1,000元 = ¥1000 = 一千元.
Knows nothing of passages or of whether a fact is true.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from dialogue.language.units import BARE, CURRENCIES, UNIT_PATTERN, unit_of
from retrieval import words_of


@dataclass(frozen=True, slots=True)
class Fact:
    """`kind` is url, email, phone, identifier, date, time, percent or amount; `bound` least, most, before or "".

    The unit of a time is EITHER_HALF where nothing says which half of the day is meant.
    """

    kind: str
    value: str
    unit: str = BARE
    bound: str = ""


EITHER_HALF = "either half"
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_ENGLISH = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_ENGLISH |= {
    w: 10 * n
    for n, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}
_ENGLISH |= {"hundred": 100, "dozen": 12, "thousand": 1_000}
_SCALES = {"thousand": 1_000, "million": 10**6, "billion": 10**9, "k": 1_000} | _TENS
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

# No number is longer; without an end, a text of nothing but digits would be read anew from each of them.
_HAN = "[零〇一二两三四五六七八九十百千万亿]{1,20}"
_WORD = rf"(?:{'|'.join(_ENGLISH)})(?:[- ](?:{'|'.join(_ENGLISH)})){{0,9}}"
_NUMBER = r"\d{1,3}(?:,\d{3}){1,9}(?:\.\d{1,20})?|\d{1,30}(?:\.\d{1,20})?"
_SCALE = r"\s?(?:thousand|million|billion)\b|k(?![a-z])|[万千百亿]"
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?)"
)
_LATE_DAY = "1[3-9]|2[0-9]|3[01]"  # that no month is counted by
_HOST = r"(?:[a-z0-9-]{1,63}\.){1,9}(?:com|cn|org|net|io|shop|example|test|dev|app|co|uk|de|eu|info|gov|edu)"
_LINK_END = r"[^\s，。；、）)\]\"'<>\u4e00-\u9fff]*"
# 第二天 is the day after, 那一块 a piece, 一块寄回 together, 一点 a little, 百分百 says how sure one is.
_NO_NUMBER = re.compile(
    r"第二[天日]|[那这]一块|(?<=[在和])一块|一块(?=[儿寄退送买发去来用吃放拿洗带下点])|百分百|百分之百(?=[确肯保])"
    r"|(?<![上午晨间里夜])一[点點](?![钟鐘半整前后後到至\d零一二三四五六七八九])"
)
_CURRENCY = "|".join(re.escape(name) for name in sorted(CURRENCIES, key=len, reverse=True))
_TO = r"\s*(?:-|–|—|~|至|到|to|and|or|或)\s*"


def plain_number(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _value(text: str, *, scale: str = "") -> str:
    """Any way to write a number → its plain digits."""
    text = text.strip().replace(",", "")
    if text[0].isdigit():
        number = Decimal(text)
    elif text == "半":
        number = Decimal("0.5")
    elif "点" in text:
        whole, _, rest = text.partition("点")
        number = Decimal(f"{_chinese(whole)}.{''.join(str(_DIGITS[digit]) for digit in rest)}")
    else:
        number = Decimal(_english(text) if text[0].isascii() else _chinese(text))
    return plain_number(number * _SCALES.get(scale.strip(), 1))


def _english(text: str) -> int:
    total = 0
    for word in re.split("[- ]", text):
        value = _ENGLISH[word]
        total = max(total, 1) * value if value in (100, 1_000) else total + value
    return total


def _chinese(text: str) -> int:
    if not any(mark in _TENS for mark in text):
        return int("".join(str(_DIGITS[digit]) for digit in text))
    total = part = digit = 0
    after = 1  # what the last digit counts: tens in 一百五, ones in 一百零五
    for mark in text:
        if mark in _DIGITS:
            after = 1 if mark in "零〇" else after
            digit = _DIGITS[mark]
        elif _TENS[mark] >= 10_000:
            total, part, digit = (total + part + digit or 1) * _TENS[mark], 0, 0
            after = _TENS[mark] // 10
        else:
            part, digit = part + (digit or 1) * _TENS[mark], 0
            after = _TENS[mark] // 10
    return total + part + digit * after


def _read_text(found: re.Match[str], *, kind: str) -> Fact:
    return Fact(kind, found.group().rstrip(".,/-;:!?"))


def _read_link(found: re.Match[str]) -> Fact:
    return Fact("url", re.sub(r"^https?://|^www\.", "", found.group()).rstrip(".,/;:!?"))


def _read_phone(found: re.Match[str]) -> Fact:
    return Fact("phone", re.sub(r"\D", "", found.group()))


def _read_date(found: re.Match[str]) -> Fact:
    parts = found.groupdict()
    month = parts["month"].rstrip(".")
    number = str(_MONTHS.index(month[:3]) + 1) if month[0].isascii() and month.isalpha() else _value(month)
    year = parts.get("year")
    return Fact("date", f"{number}-{_value(parts['day'])}", year or "")


_LATER_HALF = frozenset(("pm", "下午", "晚上", "晚", "傍晚", "in the afternoon", "in the evening"))
_NIGHT = frozenset(("at night", "夜里", "夜间", "深夜", "夜晚"))  # ten at night and two at night


def _read_time(found: re.Match[str]) -> Fact:
    parts = found.groupdict()
    hour = int(_value(parts["hour"]))
    minute = 30 if parts.get("minute") == "半" else int(parts.get("minute") or 0)
    half = (parts.get("before") or parts.get("after") or "").replace(".", "")
    if (half in _LATER_HALF and hour < 12) or (half in _NIGHT and 6 <= hour < 12):
        hour += 12
    spoken = not half and 1 <= hour <= 12 and re.search("[点點]", found.group())
    return Fact("time", f"{hour}:{minute:02}", EITHER_HALF if spoken else BARE)


def is_same_time(fact: Fact, *, other: Fact) -> bool:
    """Six o'clock is either six where no half of the day is named."""
    if not fact.kind == other.kind == "time":
        return False
    (hour, minute), (other_hour, other_minute) = (one.value.split(":") for one in (fact, other))
    apart = int(hour) - int(other_hour)
    may_differ = EITHER_HALF in (fact.unit, other.unit)
    return minute == other_minute and (apart == 0 or (may_differ and apart % 12 == 0))


def _read_percent(found: re.Match[str]) -> Fact:
    """In hundredths, whatever it was said in: 5‰ = 千分之五 = 0.5 %, 一成 = 10 %."""
    said = found["number"] or found["han"] or found["word"] or found["tenths"]
    value = Decimal(_value(said)) + (Decimal("0.5") if found["half"] or found["half2"] else 0)
    in_mille = found["mille"] or found["mille2"]
    times = Decimal(10) if found["tenths"] else Decimal("0.1") if in_mille else Decimal(1)
    return Fact("percent", plain_number(value * times))


def _read_slashed(found: re.Match[str]) -> Fact:
    """31/12/2026 or 12/31/2026: only what can be read one way."""
    day, month = found["first"] or found["first2"], found["second"] or found["second2"]
    return Fact("date", f"{int(month)}-{int(day)}", found["year"])


def _read_tenths(found: re.Match[str]) -> Fact:
    """四块一, 一米二."""
    tenth = 5 if found["tenth"] == "半" else _DIGITS[found["tenth"]]
    return Fact(
        "amount", plain_number(Decimal(_value(found["number"])) + Decimal(tenth) / 10), unit_of(found["unit"])
    )


def _read_part(found: re.Match[str]) -> Fact:
    """Half an hour, a quarter of an hour."""
    return Fact("amount", "0.5" if found["half"] else "0.25", unit_of(found["unit"]))


def _read_amount(found: re.Match[str]) -> Fact:
    parts = found.groupdict()
    scale = (parts.get("scale") or "").strip()
    unit = CURRENCIES.get(parts.get("currency") or "") or unit_of(
        re.sub(r"\s+", " ", parts.get("unit") or "个")
    )
    return Fact("amount", _value(parts["number"], scale=scale), unit)


Reader = Callable[[re.Match[str]], Fact]
# In this order; what one kind has taken the next does not see.
_KINDS: tuple[tuple[re.Pattern[str], Reader], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (r"(?<![\w.+-])[\w.+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+", lambda found: _read_text(found, kind="email")),
        (rf"(?:https?://|www\.)[^\s，。；、）)\]\"'<>]+|(?<![\w.]){_HOST}(?![a-z]){_LINK_END}", _read_link),
        (
            r"(?P<year>\d{4})\s?[-/.年]\s?(?P<month>\d{1,2})\s?[-/.月]\s?(?P<day>\d{1,2})[日号]?(?!\d)",
            _read_date,
        ),
        (
            rf"(?<![\d/.])(?:(?P<first>{_LATE_DAY})[/.](?P<second>0?[1-9]|1[0-2])|(?P<second2>0?[1-9]|1[0-2])/(?P<first2>{_LATE_DAY}))[/.](?P<year>\d{{4}})(?![\d/])",
            _read_slashed,
        ),
        (
            rf"(?:(?P<year>\d{{4}})年)?(?P<month>\d{{1,2}}|{_HAN})月(?P<day>\d{{1,2}}|{_HAN})[日号]",
            _read_date,
        ),
        (
            rf"(?<![a-z])(?P<month>{_MONTH})\s(?:the\s)?(?P<day>\d{{1,2}})(?:st|nd|rd|"
            rf"th)?(?:,?\s(?P<year>\d{{4}}))?(?![\d:])",
            _read_date,
        ),
        (
            rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|"
            rf"th)?\s(?:of\s)?(?P<month>{_MONTH})(?:,?\s(?P<year>\d{{4}}))?(?![a-z])",
            _read_date,
        ),
        (
            rf"(?P<number>{_NUMBER})\s?(?:%|percent\b|per cent\b|(?P<mille>‰))"
            rf"|(?:百分之|(?P<mille2>千分之))(?P<han>{_NUMBER}|{_HAN}(?:点{_HAN})?)"
            rf"|(?<![a-z])(?P<word>{_WORD})(?P<half> and a half)?[- ]per ?cent\b"
            r"|(?P<tenths>[一二两三四五六七八九])成(?P<half2>半)?(?![功为员人本年立交长品绩分就果])",
            _read_percent,
        ),
        (rf"(?P<number>{_HAN}点[零一二三四五六七八九]{{1,20}})(?P<unit>(?!分){UNIT_PATTERN})", _read_amount),
        (
            rf"(?P<number>{_HAN})(?P<unit>块|米|斤|公斤)(?P<tenth>[一二三四五六七八九半])(?![十百千万\d]|{UNIT_PATTERN})",
            _read_tenths,
        ),
        (
            r"(?P<before>上午|下午|早上|早|晚上|晚|凌晨|中午|傍晚|夜里|夜间|深夜|夜晚)?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?"
            r"(?:\s?(?P<after>[ap]\.?m\b))?",
            _read_time,
        ),
        (r"(?P<hour>\d{1,2})\s?(?P<after>[ap]\.?m\b)\.?", _read_time),
        (
            rf"(?<![a-z\d])(?P<hour>\d{{1,2}}|{_WORD})(?: o'clock)? (?P<after>in the (?:morning|afternoon|evening)|at night)\b",
            _read_time,
        ),
        (
            rf"(?<![a-z\d])(?P<before>上午|下午|早上|早|晚上|晚|凌晨|中午|傍晚|夜里|夜间|深夜|夜晚)?"
            rf"(?P<hour>\d{{1,2}}\s?|{_HAN})[点點时時](?![间間候刻长段]|左右手)"
            r"(?:(?P<minute>\d{1,2}|半)分?)?",
            _read_time,
        ),
        (
            r"(?<![a-z0-9_.])(?:\+?\d{1,4}(?:[- ]\d{2,5}){2,4}|\+\d{6,14}|\(\d{2,4}\)\s?\d{3,4}[- ]?\d{4}|"
            r"\d{3,4}-\d{7,8}|\d{7,13})"
            r"(?![a-z0-9_%]|\.\d)",
            _read_phone,
        ),
        (rf"(?P<currency>{_CURRENCY})\s?(?P<number>{_NUMBER})(?P<scale>{_SCALE})?", _read_amount),
        (
            rf"(?<![a-z\d.])(?P<number>{_NUMBER})(?P<scale>{_SCALE})?\+?\s?-?(?P<unit>{UNIT_PATTERN})",
            _read_amount,
        ),
        (rf"(?!十分(?!钟)|万分|万一)(?P<number>{_HAN}|半)(?P<unit>{UNIT_PATTERN})", _read_amount),
        (rf"(?<![a-z])(?:(?P<half>half an?)|a quarter of an?) (?P<unit>{UNIT_PATTERN})", _read_part),
        (rf"(?<![a-z])(?P<number>{_WORD})[- ](?P<unit>{UNIT_PATTERN})", _read_amount),
        (rf"(?<![a-z])(?P<number>{_WORD})(?= (?:to|or) (?:{_WORD}|\x00))", _read_amount),
        (rf"(?P<number>{_HAN})(?=[至到~-]\x00)", _read_amount),
        (
            r"(?<![a-z0-9_.])(?=[a-z0-9_-]*\d)(?=[a-z0-9_-]*[a-z])[a-z0-9]+(?:[-_][a-z0-9]+)*(?![a-z0-9_])",
            lambda found: _read_text(found, kind="identifier"),
        ),
        (rf"(?P<number>{_NUMBER})(?P<scale>{_SCALE})?", _read_amount),
        (
            r"(?P<number>[一二两三四五六七八九]?[十百千][一二三四五六七八九十百千万亿]*)(?![分足])",
            _read_amount,
        ),
        (rf"(?<![a-z-])(?!one\b|zero\b)(?P<number>{_WORD})(?![a-z-])", _read_amount),
        (r"(?<![a-z])twice(?![a-z])", lambda _: Fact("amount", "2", BARE)),
    )
)


_ONE_TO_NEXT = re.compile(_TO, re.IGNORECASE)
_BEFORE = (  # the words right before an amount → its bound; the first that fits counts
    (
        r"(?:no|not) more than|not exceed(?:ing)?|at most|up to|within|max(?:imum)?(?: of)?|less than|"
        r"fewer than|under|below|"
     r"不超过|不多于|不高于|最多|至多|最高|最长|低于|少于|小于|不足|不满|未满", "most"),
    (
        r"(?:no|not) (?:less|fewer) than|at least|min(?:imum)?(?: of)?|more than|over|above|exceeds?|"
        r"exceeding|after|"
     r"不少于|不低于|至少|最少|最低|最短|超过|大于|高于|多于|起码|满|达到|达", "least"),
)  # fmt: skip
_AFTER = (  # and right after it
    (r"or (?:less|fewer|below|under)|at most|max(?:imum)?|(?:及|或|（含）)?(?:以内|之内|以下)|内", "most"),
    (
        r"\+|or (?:more|above|over)|and (?:up|above|over|more)|at least|min(?:imum)?|(?:及|或|"
        r"（含）)?以上|起|(?:以|之)?后|later", "least"),
    (r"(?:before|prior|ago|in advance|earlier)|(?:以|之)?前", "before"),
)  # fmt: skip
_BOUNDS_BEFORE = tuple(
    (re.compile(rf"(?<![a-z])(?:{words})\s?(?:the )?$"), bound) for words, bound in _BEFORE
)
_BOUNDS_AFTER = tuple((re.compile(rf"\s?(?:{words})(?![a-z])"), bound) for words, bound in _AFTER)


@lru_cache(maxsize=4_096)
def facts_in(text: str) -> tuple[Fact, ...]:
    """In order of appearance. Marks of our own such as "[2]" must be gone before."""
    text = _readable(text)
    found = sorted(_find(text), key=lambda at: at[0])
    facts = [replace(fact, bound=_bound(text, start=start, end=end)) for start, end, fact in found]
    for place in range(len(found) - 1):
        between = text[found[place][1] : found[place + 1][0]]
        if _ONE_TO_NEXT.fullmatch(between) and _lacks_unit(facts[place], next_one=facts[place + 1]):
            facts[place] = replace(facts[place], unit=facts[place + 1].unit, kind=facts[place + 1].kind)
        if _ONE_TO_NEXT.fullmatch(between):
            facts[place + 1] = _in_the_same_half(facts[place + 1], before=facts[place])
    return tuple(facts)


def _readable(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower()
    return _NO_NUMBER.sub(lambda found: "\x00" * len(found.group()), text)


def _in_the_same_half(fact: Fact, *, before: Fact) -> Fact:
    """下午3点到5点: five in the afternoon."""
    if fact.kind != "time" or before.kind != "time":
        return fact
    hour, start = (int(one.value.partition(":")[0]) for one in (fact, before))
    if start > 12 and hour < 12:
        return replace(fact, value=f"{hour + 12}{fact.value[-3:]}", unit=BARE)
    return replace(fact, unit=before.unit) if fact.unit == EITHER_HALF else fact


def words_in_facts(text: str) -> frozenset[str]:
    """The words by which facts are said: "seven", "days", "7"; whoever compares facts need not compare them again."""
    text = _readable(text)
    return frozenset(word for start, end, _ in _find(text) for word in words_of(text[start:end]))


def _lacks_unit(fact: Fact, *, next_one: Fact) -> bool:
    return fact.kind == "amount" and fact.unit == BARE and next_one.kind in ("amount", "percent")


def _find(text: str) -> list[tuple[int, int, Fact]]:
    found: list[tuple[int, int, Fact]] = []
    for pattern, reader in _KINDS:
        found += [(match.start(), match.end(), reader(match)) for match in pattern.finditer(text)]
        text = pattern.sub(lambda match: "\x00" * len(match.group()), text)
    return found


def _bound(text: str, *, start: int, end: int) -> str:
    before, after = text[max(0, start - 24) : start], text[end : end + 16]
    for patterns, where in ((_BOUNDS_BEFORE, before), (_BOUNDS_AFTER, after)):
        for pattern, bound in patterns:
            if (pattern.search if patterns is _BOUNDS_BEFORE else pattern.match)(where):
                return bound
    return ""
