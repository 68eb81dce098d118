"""The ways to write a number → its value: 1,000 = one thousand = 一千, 2½ = two and a half. Knows no units."""

import re
import unicodedata
from decimal import Decimal

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_ONES = "zero one two three four five six seven eight nine".split()  # noqa: SIM905 - words read best in a row
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: SIM905
_TIES = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_SMALL = {word: value for value, word in enumerate((*_ONES, *_TEENS))}
_SMALL |= {word: 10 * tens for tens, word in enumerate(_TIES, 2)} | {"a": 1, "an": 1}
_LARGE = {"thousand": 1_000, "million": 10**6, "billion": 10**9}
_SCALES = _LARGE | {"k": 1_000} | _TENS
_PARTS = {" and a half": "0.5", " and a quarter": "0.25", " and three quarters": "0.75"}
_FRACTIONS = {
    "½": ".5", "¼": ".25", "¾": ".75", "⅕": ".2", "⅖": ".4", "⅗": ".6", "⅘": ".8", "⅛": ".125", "⅜": ".375", "⅝": ".625", "⅞": ".875",
    "1/2": ".5", "1/4": ".25", "3/4": ".75",
}  # fmt: skip

# No number is longer; without an end, a text of nothing but digits would be read anew from each of them.
HAN = "[零〇一二两三四五六七八九十百千万亿]{1,20}"
HAN_DIGITS = "[零〇一二三四五六七八九]{1,20}"
_BELOW_100 = rf"(?:(?:{'|'.join(_TIES)})(?:[- ](?:{'|'.join(_ONES[1:])})(?![a-z]))?|{'|'.join((*_TEENS, *_ONES))})(?![a-z])"
_NO_MORE = r"(?![- ](?:hundred|thousand|million|billion|dozen)\b)"  # "between one hundred and two hundred"
_BELOW_1000 = rf"(?:(?:(?:{_BELOW_100}|a)[- ])?hundred\b(?:(?: and|-and)?[- ]{_BELOW_100}(?![- ]hundred\b))?|{_BELOW_100})"
_LARGE_PART = rf"(?:(?:{_BELOW_1000}|a)[- ])?(?:thousand|million|billion)\b"
_FIRST = rf"(?=(?:{'|'.join((*_TIES, *_TEENS, *_ONES, *_LARGE))}|hundred|dozen|half a dozen|an?(?=[ -](?:hundred|thousand|million|billion|dozen)))(?![a-z]))"
WORD = (
    rf"(?:{_FIRST})(?:(?:half a |(?:{_BELOW_100}|a)[- ])?dozen\b|{_LARGE_PART}(?:,? (?:and )?{_LARGE_PART}){{0,2}}(?:,? (?:and )?{_BELOW_1000}{_NO_MORE})?"
    rf"|{_BELOW_1000}{_NO_MORE}|(?:(?:{_BELOW_100}|a)[- ])?hundred\b)"
)
_AND_A_PART = rf"(?:{'|'.join(_PARTS)})(?![a-z-])"
# 12,50 is twelve and a half where a currency stands beside it; 1.299,00 is German for 1,299.
_COMMA = r"\d{1,3}(?:\.\d{3}){1,4},\d{2}(?![\d,])|\d{1,3}(?: \d{3}){1,4}(?=\s?(?:€|eur\b|euros?\b|chf\b))|\d{1,9},\d{1,2}(?=\s?(?:€|eur\b|euros?\b|chf\b|kg\b|km\b|l\b|°c))|(?:(?<=€)|(?<=€ ))\d{1,9},\d{2}(?![\d,])"
NUMBER = rf"(?=\d)(?:{_COMMA}|\d{{1,3}}(?:,\d{{3}}){{1,9}}(?!\d)(?:\.\d{{1,20}})?|\d{{1,30}}(?:\.\d{{1,20}})?)(?:{_AND_A_PART})?"
SPOKEN = rf"{WORD}(?:{_AND_A_PART})?"
SCALE = r"\s?(?:thousand|million|billion)\b|k(?![a-z])|千(?![米克瓦卡])|[万百亿]"

_MIXED = re.compile(
    rf"(?<![\d/.,])(?:(?P<whole>\d{{1,3}})(?:\s|-)?)?(?P<sign>[{''.join(sign for sign in _FRACTIONS if len(sign) == 1)}])"
    r"|(?<![\d/.,])(?P<whole2>\d{1,3})[ -](?P<sign2>1/2|1/4|3/4)(?![\d/])"
    r"|(?<![\d/.,])(?P<sign3>1/2|1/4|3/4)(?=[ -]?(?:(?:of )?an? )?(?:hours?|days?|years?|cups?|tea|table|ts?p|tbsp|inch|miles?|kg|lbs?|oz|pounds?|"
    r"lit(?:re|er)s?|price|年|天|小时|杯|勺|片))"
)


def readable(text: str) -> str:
    """As numbers are looked for: in small letters, each sign in its plainest form, 1½ and 1 1/2 as 1.5."""
    return plain_signs(text).lower()


def plain_signs(text: str) -> str:
    """The usual plain form would make eleven halves of 1½."""
    return unicodedata.normalize("NFKC", _MIXED.sub(_as_decimal, text))


def _as_decimal(found: re.Match[str]) -> str:
    sign = found["sign"] or found["sign2"] or found["sign3"]
    return f"{found['whole'] or found['whole2'] or 0}{_FRACTIONS[sign]}"


def plain_number(number: Decimal) -> str:
    return format(number.normalize(), "f")


def value_of(text: str, *, scale: str = "") -> str:
    """Any way to write a number → its plain digits."""
    text, part = _without_part(text.strip())
    return plain_number((_whole(text) + part) * _SCALES.get(scale.strip(), 1))


def _without_part(text: str) -> tuple[str, Decimal]:
    for part, value in _PARTS.items():
        if text.endswith(part):
            whole = text.removesuffix(part)
            return whole, Decimal(value) * _LARGE.get(whole.split(" ")[-1], 1)
    return text, Decimal(0)


def _whole(text: str) -> Decimal:
    if text[0].isdigit():
        if re.search(r"^\d+,\d{1,2}$|,\d\d$", text):
            text = text.replace(".", "").replace(",", ".")
        return Decimal(re.sub("[, ]", "", text))
    if text == "半":
        return Decimal("0.5")
    if "点" in text:
        whole, _, rest = text.partition("点")
        return Decimal(f"{_chinese(whole)}.{''.join(str(_DIGITS[digit]) for digit in rest)}")
    return _english(text) if text[0].isascii() else Decimal(_chinese(text))


def _english(text: str) -> Decimal:
    """A hundred counts what came since the last thousand, a thousand all since the last million."""
    if text.endswith("dozen"):
        many = text.removesuffix("dozen").strip(" -")
        return 12 * (Decimal("0.5") if many == "half a" else _english(many or "one"))
    total = part = 0
    for word in re.findall("[a-z]+", text):
        if word in _LARGE:
            total, part = total + (part or 1) * _LARGE[word], 0
        elif word == "hundred":
            part = (part or 1) * 100
        elif word != "and":
            part += _SMALL[word]
    return Decimal(total + part)


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
