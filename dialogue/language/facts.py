"""Text → the hard facts in it: amounts with their units, dates, times, percentages, identifiers, addresses.

Two ways to write the same fact give equal facts: 七天 = 7天 = seven days = 7-day, 1,000元 = ¥1000 = 一千元.
Knows nothing of passages or of whether a fact is true.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from dialogue.language.numbers import (
    HAN,
    HAN_DIGITS,
    NUMBER,
    SCALE,
    SPOKEN,
    WORD,
    plain_number,
    readable,
    value_of,
)
from dialogue.language.units import BARE, CURRENCIES, DURATIONS, MONEY, UNIT_PATTERN, unit_of
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
# 两三天 is two or three days, 三四百元 three or four hundred.
_SOME = re.compile(
    rf"(?<![零〇一二两三四五六七八九百千万亿点])(?P<ten>十?)(?P<pair>一二|[二两]三|三四|四五|五六|六七|七八|八九)(?P<scale>[十百千万]?)(?={UNIT_PATTERN})"
)
_SHARES = re.compile(  # 百分之十到十五
    rf"(?P<one>(?P<of>[百千]分之)(?:{HAN}|\d{{1,9}})(?:点{HAN_DIGITS})?)(?P<to>[到至~-])(?P<other>{HAN}|\d{{1,9}})(?!{UNIT_PATTERN})"
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?)"
)
_NO_VERB = (  # "only 5 may enter"
    r"(?:(?<!may)|(?!\s[a-z])|(?=\s(?:to|and|or|at|from|in|for|is|are|was|were|we|until|till|the|only|each|every|inclusive)\b))"
)
_LATE_DAY = "1[3-9]|2[0-9]|3[01]"  # that no month is counted by
_HOST = r"(?:[a-z0-9-]{1,63}\.){1,9}(?:com|cn|org|net|io|shop|example|test|dev|app|co|uk|de|eu|info|gov|edu)"
_LINK_END = r"[^\s，。；、）)\]\"'<>\u4e00-\u9fff]*"
# 第二天 is the day after, 那一块 a piece, 一块寄回 together, 一点 a little, 百分百 says how sure one is.
_NO_NUMBER = re.compile(
    r"第二[天日]|[上下前后]半[年月]|[那这]一块|(?<=[在和])一块|一块(?=[儿寄退送买发去来用吃放拿洗带下点])|百分百|百分之百(?=[确肯保])"
    r"|(?<![上午晨间里夜十])一[点點](?![钟鐘半整前后後到至\d零一二三四五六七八九])"
)
_NO_LIST = r"(?![1-9]\d?(?:[- ]\d{1,2})+(?![\d-])|[1-9]\d\d(?:[- ]\d{3})+(?![\d-]))"  # sizes 36 38 40 42, plates of 100 200 300
_SIGN = r"[$€£¥₹₩₽฿]"
_CURRENCY = "|".join(re.escape(name) for name in sorted(CURRENCIES, key=len, reverse=True))
_TO = r"\s*(?:-|–|—|~|至|到|to|and|or|或)\s*"


def _read_text(found: re.Match[str], *, kind: str) -> Fact:
    return Fact(kind, found.group().rstrip(".,/-;:!?"))


def _read_link(found: re.Match[str]) -> Fact:
    return Fact("url", re.sub(r"^https?://|^www\.", "", found.group()).rstrip(".,/;:!?"))


def _read_phone(found: re.Match[str]) -> Fact:
    return Fact("phone", re.sub(r"\D", "", found.group()))


def _read_date(found: re.Match[str]) -> Fact:
    parts = found.groupdict()
    month = parts["month"].rstrip(".")
    number = str(_MONTHS.index(month[:3]) + 1) if month[0].isascii() and month.isalpha() else value_of(month)
    year = parts.get("year")
    return Fact("date", f"{number}-{value_of(parts['day'])}", value_of(year) if year else "")


def _read_day_of_month(found: re.Match[str]) -> Fact:
    """每月15日 is no stretch of fifteen days."""
    return Fact("date", f"0-{value_of(found['day'])}")


_LATER_HALF = frozenset(("pm", "下午", "晚上", "晚", "傍晚", "in the afternoon", "in the evening"))
_NIGHT = frozenset(("at night", "夜里", "夜间", "深夜", "夜晚"))  # ten at night and two at night


def _read_time(found: re.Match[str]) -> Fact:
    parts = found.groupdict()
    hour = int(value_of(parts["hour"]))
    minute = _minute(parts.get("minute") or "0")
    half = (parts.get("before") or parts.get("after") or "").replace(".", "")
    hour = _in_half(hour, half)
    spoken = not half and 1 <= hour <= 12 and re.search("[点點]", found.group())
    return Fact("time", f"{hour}:{minute:02}", EITHER_HALF if spoken else BARE)


def _minute(said: str) -> int:
    return {"半": 30, "一刻": 15, "三刻": 45}.get(said) or int(value_of(said))


def _read_spoken_time(found: re.Match[str]) -> Fact:
    """Half past nine, a quarter to six in the evening."""
    half = (found["after"] or "").replace(".", "")
    hour, minute = _in_half(int(value_of(found["hour"])), half), 30 if found["half"] else 15
    if found["side"] == "to":
        hour, minute = (hour - 1) % 24 or (0 if half else 12), 60 - minute
    return Fact("time", f"{hour}:{minute:02}", BARE if half else EITHER_HALF)


def _in_half(hour: int, half: str) -> int:
    if hour == 12 and (half in ("am", "凌晨", "晚上", "晚") or half in _NIGHT):
        return 0
    later = (half in _LATER_HALF and hour < 12) or (half in _NIGHT and 6 <= hour < 12)
    return hour + 12 if later else hour


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
    value = Decimal(value_of(said)) + (Decimal("0.5") if found["half"] else 0)
    in_mille = found["mille"] or found["mille2"]
    times = Decimal(10) if found["tenths"] else Decimal("0.1") if in_mille else Decimal(1)
    return Fact("percent", plain_number(value * times))


def _read_slashed(found: re.Match[str]) -> Fact:
    """31/12/2026 or 12/31/2026: only what can be read one way."""
    day, month = found["first"] or found["first2"], found["second"] or found["second2"]
    return Fact("date", f"{int(month)}-{int(day)}", found["year"])


def _read_tenths(found: re.Match[str]) -> Fact:
    """四块一, 一米二, 1米75."""
    value = Decimal(value_of(found["number"])) + Decimal(f"0.{value_of(found['tenth'])}")
    return Fact("amount", plain_number(value), unit_of(found["unit"]))


def _read_half_more(found: re.Match[str]) -> Fact:
    """两个半小时, an hour and a half."""
    value = Decimal(value_of(found.groupdict().get("number") or "1")) + Decimal("0.5")
    unit = "month" if found["unit"] == "月" else unit_of(found["unit"])  # 5月 is a month by its name, no unit
    return Fact("amount", plain_number(value), unit)


def _read_quarters(found: re.Match[str]) -> Fact:
    return Fact("amount", plain_number(15 * Decimal(value_of(found["number"]))), "minute")


def _read_share(found: re.Match[str]) -> Fact:
    """三分之一, two thirds of: in hundredths too."""
    below, above = (
        _PARTS[found[name]] if found[name] in _PARTS else int(Decimal(value_of(found[name])))
        for name in ("below", "above")
    )
    share = Decimal(100 * above) / max(1, below)
    return Fact("percent", plain_number(share.quantize(Decimal("0.01"))))


def _read_part(found: re.Match[str]) -> Fact:
    """Half an hour, a quarter of an hour."""
    value = "0.5" if found["half"] else "0.25" if found["quarter"] else "0.75"
    return Fact("amount", value, unit_of(found["unit"]))


def _read_amount(found: re.Match[str]) -> Fact:
    parts = found.groupdict()
    scale = (parts.get("scale") or "").strip()
    unit = CURRENCIES.get(parts.get("currency") or parts.get("currency2") or "") or unit_of(
        re.sub(r"\s+", " ", parts.get("unit") or "个")
    )
    return Fact("amount", value_of(parts["number"], scale=scale), unit)


_PARTS = {"third": 3, "quarter": 4, "fifth": 5, "a": 1, "an": 1}
_NUMBER_HINT = re.compile(  # a text without any of these tells no fact
    r"[\d@零〇一二两三四五六七八九十百千万亿半]|www\.|://|\.(?:com|cn|org|net|io|shop|example|test|dev|app|co|uk|de|eu|info|gov|edu)|正午|午夜|"
    rf"(?<![a-z])(?:{WORD}|half|quarter|thirds?|fifths?|an|noon|midnight|twice)(?![a-z])"
)
_HALF_MORE = re.compile(
    r"半(?![价折票数天年日个月路途程成晚夜场份杯]|小?时)|\s?and a half(?![a-z-])"
)  # but 三个月半价
_HALVED = DURATIONS | {"m", "km", "kg", "jin", "tonne", "cny", "mile"}  # and 一倍半
_AND = re.compile(r"\s(?:and\s)?|零|又|")
_TIMES_AS_MUCH = {("hour", "minute"): 60, ("minute", "second"): 60, ("year", "month"): 12}
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
            r"(?<![\w.])v?\d{1,4}(?:\.\d{1,4}){2,4}(?![\w.]*\w)",
            lambda found: Fact("identifier", found.group().removeprefix("v")),
        ),
        (
            rf"(?:(?P<year>\d{{4}}|[零〇一二三四五六七八九]{{4}})年)?(?P<month>\d{{1,2}}|{HAN})月(?P<day>\d{{1,2}}|{HAN})[日号]",
            _read_date,
        ),
        (
            rf"(?<![a-z])(?P<month>{_MONTH})\s(?:the\s)?(?P<day>\d{{1,2}})(?:st|nd|rd|"
            rf"th)?(?:,?\s(?P<year>\d{{4}}))?(?!\d|[:.,]\d|\s?%|\s?{UNIT_PATTERN})",
            _read_date,
        ),
        (
            rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|"
            rf"th)?\s(?:of\s)?(?P<month>{_MONTH})(?:,?\s(?P<year>\d{{4}}))?(?![a-z]){_NO_VERB}",
            _read_date,
        ),
        (
            rf"(?:每个?月|[当次下上本]月|下个月)的?(?P<day>\d{{1,2}}|{HAN})[日号]",
            _read_day_of_month,
        ),
        (
            r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th) (?:day )?of (?:each|every|the|the following|the next) (?:calendar )?month\b",
            _read_day_of_month,
        ),
        (
            rf"(?P<number>{NUMBER})\s?(?:%|percent\b|per cent\b|(?P<mille>‰))"
            rf"|(?:百分之|(?P<mille2>千分之))(?P<han>{NUMBER}|{HAN}(?:点{HAN_DIGITS})?)"
            rf"|(?<![a-z])(?P<word>{SPOKEN})[- ]per ?cent\b"
            r"|(?P<tenths>[一二两三四五六七八九])成(?P<half>半)?(?![功为员人本年立交长品绩分就果])",
            _read_percent,
        ),
        (
            rf"(?<![\d零〇一二两三四五六七八九十百千万亿])(?P<below>{HAN}|\d{{1,4}})分之(?P<above>{HAN}|\d{{1,4}})",
            _read_share,
        ),
        (
            rf"(?<![a-z])(?P<above>an?|one|two|three|four)[- ](?P<below>third|quarter|fifth)s?(?= (?:of (?!an? {UNIT_PATTERN})|off\b))",
            _read_share,
        ),
        (rf"(?P<number>{HAN}点{HAN_DIGITS})(?P<unit>(?!分){UNIT_PATTERN})", _read_amount),
        (
            rf"(?<![\d.])(?P<number>\d{{1,9}}|{HAN})(?P<unit>块|米|斤|公斤)(?P<tenth>[一二三四五六七八九]|\d{{1,2}})(?![十百千万\d.]|\s?{UNIT_PATTERN})",
            _read_tenths,
        ),
        (rf"(?<![\d.])(?P<number>\d{{1,9}}|{HAN})个半(?P<unit>月|小时|钟头|星期)", _read_half_more),
        (rf"(?<![a-z])an? (?P<unit>{UNIT_PATTERN}) and a half(?![a-z-])", _read_half_more),
        (r"(?P<number>[一三1-3])刻钟", _read_quarters),
        (
            r"(?P<before>上午|下午|早上|早|晚上|晚|凌晨|中午|傍晚|夜里|夜间|深夜|夜晚)?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?"
            r"(?:\s?(?P<after>[ap]\.?m\b))?",
            _read_time,
        ),
        (r"(?<![\d.])(?P<hour>\d{1,2})(?:\.(?P<minute>[0-5]\d))?\s?(?P<after>[ap]\.?m\b)\.?", _read_time),
        (
            rf"(?<![a-z])(?:(?P<half>half)|(?:a )?(?P<quarter>quarter)) (?P<side>past|after|to) (?P<hour>{WORD}|\d{{1,2}}(?!\d))"
            rf"(?:\s?(?P<after>[ap]\.?m\b\.?|in the (?:morning|afternoon|evening)|at night))?",
            _read_spoken_time,
        ),
        (r"(?<![a-z])(?:12 )?noon(?![a-z])|正午", lambda _: Fact("time", "12:00")),
        (
            r"(?<![a-z])(?:12 )?midnight(?![a-z]| (?:blue|black|green|grey))|午夜",
            lambda _: Fact("time", "0:00"),
        ),
        (
            rf"(?<![a-z\d])(?P<hour>\d{{1,2}}|{WORD})(?: o'clock)? (?P<after>in the (?:morning|afternoon|evening)|at night)\b",
            _read_time,
        ),
        (
            rf"(?<![a-z\d周期])(?P<before>上午|下午|早上|早|晚上|晚|凌晨|中午|傍晚|夜里|夜间|深夜|夜晚)?"
            rf"(?P<hour>\d{{1,2}}\s?|{HAN})[点點时時](?![间間候刻长段]|左右手)"
            rf"(?:(?P<minute>\d{{1,2}}|半|[一三]刻|[零〇一二三四五]?十[一二三四五六七八九]?|{HAN}(?=分)|[零〇][一二三四五六七八九])分?)?",
            _read_time,
        ),
        (
            rf"(?<![a-z0-9_.])(?<!{_SIGN})(?<!{_SIGN} ){_NO_LIST}(?:\+?\d{{1,4}}(?:[- ]\d{{2,5}}){{2,4}}|\+\d{{6,14}}|\(\d{{2,4}}\)\s?\d{{3,4}}[- ]?\d{{4}}|"
            rf"\d{{3,4}}-\d{{7,8}}|\d{{7,13}})(?![a-z0-9_%]|\.\d|\s?(?:%|[万亿]|{UNIT_PATTERN}))",
            _read_phone,
        ),
        # "2 $5 vouchers" are five dollars each, "5 € 10 days" are not ten euros.
        (
            rf"(?<![a-z])(?:(?P<currency>{_CURRENCY})(?=\d)|(?<!\d)(?<!\d )(?P<currency2>{_CURRENCY})\s)(?P<number>{NUMBER})(?P<scale>{SCALE})?",
            _read_amount,
        ),
        (
            rf"(?<![a-z\d.])(?P<number>{NUMBER})(?P<scale>{SCALE})?\+?\s?-?(?P<unit>{UNIT_PATTERN})",
            _read_amount,
        ),
        (rf"(?!十分(?!钟)|万分|万一)(?P<number>{HAN}|半)(?P<unit>{UNIT_PATTERN})", _read_amount),
        (
            rf"(?<![a-z])(?:(?P<half>half an?|half(?=[ -](?:hour|day|year|mile|kilo|pound|lit(?:re|er))\b))|(?P<quarter>an? quarter of an?)|three[- ]quarters of an?)[ -](?P<unit>{UNIT_PATTERN})",
            _read_part,
        ),
        (rf"(?<![a-z])(?P<number>{SPOKEN})[- ](?P<unit>{UNIT_PATTERN})", _read_amount),
        (rf"(?<![a-z])(?P<number>{WORD})(?= (?:to|or) (?:{WORD}|\x00))", _read_amount),
        (rf"(?P<number>{HAN})(?=[至到~-]\x00)", _read_amount),
        (
            r"(?<![a-z0-9_.])(?=[a-z0-9_-]*\d)(?=[a-z0-9_-]*[a-z])[a-z0-9]+(?:[-_][a-z0-9]+)*(?![a-z0-9_])",
            lambda found: _read_text(found, kind="identifier"),
        ),
        (rf"(?P<number>{NUMBER})(?P<scale>{SCALE})?", _read_amount),
        (
            r"(?P<number>[一二两三四五六七八九]?[十百千][零〇一二两三四五六七八九十百千万亿]{0,20})(?![分足])",
            _read_amount,
        ),
        (
            rf"(?<![a-z-])(?!(?:one|zero|dozen|hundred|thousand|million|billion)\b(?![- ](?:hundred|thousand|million|billion|dozen)\b))(?P<number>{SPOKEN})(?![a-z-])",
            _read_amount,
        ),
        (r"(?<![a-z])twice(?![a-z])", lambda _: Fact("amount", "2", BARE)),
    )
)


_ONE_TO_NEXT = re.compile(rf"{_TO}(?:[-−–]|minus |零下|负)?", re.IGNORECASE)
_NOT_ZH = "不[得能可应会宜要]?|未"
_BEFORE = (  # the words right before an amount → its bound; the first that fits counts
    (
        r"(?:no|not) (?:more|later) than|(?:not|never|cannot) exceed(?:ing)?|at most|up to|within|max(?:imum)?(?: of)?|"
        r"(?<!no )(?<!not )(?:less than|fewer than)|(?<!not )(?:under|below)|"
        rf"(?:{_NOT_ZH})(?:超过|多于|高于|大于|晚于|迟于)|最多|至多|最高|最长|最大|(?<!不)(?<!不[得能可应会宜要])(?:低于|少于|小于)|不足|不满|未满",
        "most",
    ),
    (
        r"(?:no|not) (?:less|fewer|earlier) than|not (?:under|below)|at least|min(?:imum)?(?: of)?|more than|over|above|exceeds?|"
        r"exceeding|after|"
        rf"(?:{_NOT_ZH})(?:少于|低于|小于|早于)|至少|最少|最低|最短|最小|超过|大于|高于|多于|起码|满|达到|达",
        "least",
    ),
)
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
    found = _find(text)
    facts = [replace(fact, bound=_bound(text, start=start, end=end)) for start, end, fact in found]
    below = [_is_below_zero(text, start=start, end=end) for start, end, _ in found]
    for place in range(len(found) - 1):
        between = text[found[place][1] : found[place + 1][0]]
        if between in _DASHES and facts[place].unit in MONEY and facts[place + 1].unit == BARE:
            facts[place + 1] = replace(facts[place + 1], unit=facts[place].unit)  # $5-10
        if _ONE_TO_NEXT.fullmatch(between):
            named = text[: found[place + 1][1]].endswith(("日", "号"))
            facts[place : place + 2] = _from_to(*facts[place : place + 2], names_day=named)
    return tuple(_signed(fact) if is_below else fact for fact, is_below in zip(facts, below, strict=True))


_DASHES = frozenset("-–—~")
# Dashes between two temperatures are none, and only temperatures are told below zero.
_BELOW_BEFORE = re.compile(
    r"(?:(?<![a-z\d°%])(?<![\d零一二三四五六七八九十]度)(?<!°c )(?<![\d度] )[-−–]|\bminus |零下|负)$"
)
_BELOW_AFTER = re.compile(r"\s?(?:below (?:zero|freezing))\b")
_DEGREES = frozenset({"celsius", "fahrenheit", "degree"})


def _is_below_zero(text: str, *, start: int, end: int) -> bool:
    return bool(_BELOW_BEFORE.search(text[max(0, start - 8) : start]) or _BELOW_AFTER.match(text, end))


def _signed(fact: Fact) -> Fact:
    is_temperature = fact.kind == "amount" and fact.unit in _DEGREES and fact.value != "0"
    return replace(fact, value=f"-{fact.value}") if is_temperature else fact


def _readable(text: str) -> str:
    text = _SOME.sub(_one_or_the_other, readable(text))
    if "分之" in text:
        text = _SHARES.sub(r"\g<one>\g<to>\g<of>\g<other>", text)
    return _NO_NUMBER.sub(lambda found: "\x00" * len(found.group()), text)


def _one_or_the_other(found: re.Match[str]) -> str:
    ten, pair, scale = found["ten"], found["pair"], found["scale"]
    return f"{ten}{pair[0]}{scale}至{ten}{pair[1]}{scale}"


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


def _from_to(fact: Fact, next_one: Fact, *, names_day: bool) -> tuple[Fact, Fact]:
    """What one end of a range says for the other: 3-5 days, 1月5日至10日, 下午3点到5点."""
    if fact.kind == "date" and next_one.kind == "amount" and (next_one.unit == BARE or names_day):
        return fact, _day_beside(fact, day=next_one)
    if fact.kind == "amount" and fact.unit == BARE and next_one.kind == "date":
        return _day_beside(next_one, day=fact), next_one
    if _lacks_unit(fact, next_one=next_one):
        fact = replace(fact, unit=next_one.unit, kind=next_one.kind)
    return fact, _in_the_same_half(next_one, before=fact)


def _day_beside(fact: Fact, *, day: Fact) -> Fact:
    month, _, other = fact.value.partition("-")
    is_day = day.value.isdigit() and 1 <= int(day.value) <= 31 and day.value != other
    return replace(day, kind="date", value=f"{month}-{day.value}", unit=fact.unit) if is_day else day


def _lacks_unit(fact: Fact, *, next_one: Fact) -> bool:
    return fact.kind == "amount" and fact.unit == BARE and next_one.kind in ("amount", "percent")


Found = tuple[int, int, Fact]  # from, to


def _find(text: str) -> list[Found]:
    """In order."""
    if not _NUMBER_HINT.search(text):
        return []
    found: list[Found] = []
    rest = text
    for pattern, reader in _KINDS:
        matches = list(pattern.finditer(rest))
        found += [(match.start(), match.end(), reader(match)) for match in matches]
        if matches:
            rest = pattern.sub(lambda match: "\x00" * len(match.group()), rest)
    in_order = sorted(found, key=lambda at: at[0])
    return _joined([_with_half(one, text=text) for one in in_order], text=text)


def _with_half(found: Found, *, text: str) -> Found:
    """一年半, two years and a half."""
    start, end, fact = found
    is_halved = fact.unit in _HALVED or text[:end].endswith("倍")
    is_whole = fact.kind == "amount" and is_halved and "." not in fact.value
    more = _HALF_MORE.match(text, end) if is_whole else None
    return (start, more.end(), replace(fact, value=f"{fact.value}.5")) if more else found


def _joined(found: list[Found], *, text: str) -> list[Found]:
    """1 hour 30 minutes, 1小时30分, 两年零六个月 are one amount, in the smaller unit."""
    joined: list[Found] = []
    for start, end, fact in found:
        if joined and _AND.fullmatch(text[joined[-1][1] : start]):
            begun, _, large = joined[-1]
            unit = "minute" if text[:end].endswith("分") else fact.unit  # 分 also counts points
            times = _TIMES_AS_MUCH.get((large.unit, unit))
            if times and fact.kind == large.kind == "amount":
                value = times * Decimal(large.value) + Decimal(fact.value)
                joined[-1] = (begun, end, Fact("amount", plain_number(value), unit))
                continue
        joined.append((start, end, fact))
    return joined


def _bound(text: str, *, start: int, end: int) -> str:
    before, after = text[max(0, start - 24) : start], text[end : end + 16]
    for patterns, where in ((_BOUNDS_BEFORE, before), (_BOUNDS_AFTER, after)):
        for pattern, bound in patterns:
            if (pattern.search if patterns is _BOUNDS_BEFORE else pattern.match)(where):
                return bound
    return ""
