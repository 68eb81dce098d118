"""A text as its reader means it, a character for a character of the original where it matters.

Full width becomes half width, digits of every script become 0-9, Chinese numerals in a row become digits, invisible
characters go. Recognisers read the shadow; what they find is taken out of the original.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_CHINESE_DIGITS = dict(
    zip("零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖", "00123456789" + "12" + "123456789", strict=True)
)
_NUMERALS = "".join(_CHINESE_DIGITS)
# Numerals alone may stand apart; among digits they count only where they touch them, and a last lone one is a word ("一直").
_NUMERAL_RUN = re.compile(
    rf"[{_NUMERALS}](?:[\s、，,-]?[{_NUMERALS}]){{6,}}|(?=[\d{_NUMERALS}]{{7}})[\d{_NUMERALS}]*(?:\d|[{_NUMERALS}]{{2}})"
)
_WORDS = {
    word: digit
    for digit, words in enumerate(
        ("zero oh nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
    for word in words.split()
}
_WORD = "|".join(_WORDS)
_WORD_RUN = re.compile(rf"\b(?:(?:double |triple )?(?:{_WORD})\b[\s,.-]*){{6,}}(?:plus )?", re.IGNORECASE)
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e")
_LOOKS = str.maketrans(
    {
        "‐": "-",
        "‑": "-",
        "‒": "-",
        "–": "-",
        "—": "-",
        "−": "-",
        "﹣": "-",
        "\u00a0": " ",
        "\u3000": " ",
        "’": "'",
        "‘": "'",
        "\u2009": " ",
        "\u202f": " ",
    }
)


@dataclass(frozen=True, slots=True)
class Shadow:
    text: str
    origins: tuple[int, ...]  # of each character of the shadow; one more for the end

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original's characters from the first to behind the last."""
        return self.origins[start], self.origins[end - 1] + 1 if end > start else self.origins[start]


def shadow_of(text: str) -> Shadow:
    if text.isascii():
        return _with_words(Shadow(text, tuple(range(len(text) + 1))))
    pairs = list(_characters(text))
    plain = "".join(character for character, _ in pairs)
    origins = (*(origin for _, origin in pairs), len(text))
    numerals = _NUMERAL_RUN.sub(_as_digits, plain)
    return _with_words(Shadow(numerals, origins))


def _characters(text: str) -> Iterator[tuple[str, int]]:
    for origin, character in enumerate(text):
        if character in _INVISIBLE:
            continue
        if character < "\u0080":
            yield character, origin
            continue
        plain = unicodedata.normalize("NFKC", character).translate(_LOOKS)
        digit = unicodedata.digit(character, None)
        if digit is not None:
            plain = str(digit)
        for piece in plain:
            yield piece, origin


def _as_digits(run: re.Match[str]) -> str:
    return "".join(_CHINESE_DIGITS.get(character, character) for character in run.group())


def _with_words(shadow: Shadow) -> Shadow:
    """With "nine one seven, double five …" as digits; the first digit stands for the whole run's beginning."""
    text, origins, start = "", [*shadow.origins[:0]], 0
    for run in _WORD_RUN.finditer(shadow.text):
        digits = _spelled(run.group())
        spoken = run.group().rstrip(" ,.-\t\n")
        end = run.start() + len(spoken)
        text += shadow.text[start : run.start()] + digits
        origins += shadow.origins[start : run.start()]
        origins += [shadow.origins[run.start()]] * (len(digits) - 1) + [shadow.origins[end - 1]]
        start = end
    if not start:
        return shadow
    return Shadow(text + shadow.text[start:], (*origins, *shadow.origins[start:]))


def _spelled(run: str) -> str:
    digits, times = "", 1
    for word in re.findall(r"[a-z]+", run.lower()):
        if word in ("double", "triple"):
            times = 2 if word == "double" else 3
        elif word in _WORDS:
            digits += str(_WORDS[word]) * times
            times = 1
    return digits
