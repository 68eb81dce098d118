"""Text that was once read in the wrong encoding, or that is no text at all: noise."""

import re

_BROKEN = re.compile(
    "\ufffd|[\ud800-\udfff]|[\x00-\x08\x0e-\x1f\x80-\x9f]|锟斤拷|烫烫烫|屯屯屯|[□�]{2,}|(?:\\\\u[0-9a-fA-F]{4}){2,}"
    "|(?:\\\\x[0-9a-fA-F]{2}){3,}|(?:%[0-9A-Fa-f]{2}){4,}|(?:&#x?[0-9A-Fa-f]{2,6};){3,}|=(?:[0-9A-F]{2}=){4,}"
    "|[\u00a1-\u00ff]{5,}"  # no language has so many of them in a row, GBK read as Latin letters has
)
_LATIN_RUN = re.compile(
    r"[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{2,}"
)
_HAN_RUN = re.compile(r"[\u3400-\u9fff\ue000-\uf8ff€]{3,}")
_QUESTION_MARKS = re.compile(r"[?？]{4,}")
_NO_LETTERS = re.compile(r"[\W\d_]")
_MANY_TIMES = re.compile(r"(.{1,3}?)\1{11,}", re.DOTALL)
_LONG_WORD = re.compile(r"(?<![/\w.])[A-Za-z0-9+/=]{80,}")
_MASH = re.compile(r"\b(?:asdf\w*|qwer\w*|zxcv\w*|[bcdfghjklmnpqrstvwxz]{7,})\b", re.IGNORECASE)
_TAGS = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")


def is_broken(text: str) -> bool:
    return bool(_BROKEN.search(text)) or _was_misread(text) or _lost_its_letters(text)


def is_noise(text: str) -> bool:
    """Mostly signs, one thing over and over, keys hit at random, raw data or mark-up."""
    bare = text.strip()
    if not bare:
        return False
    repeated = _MANY_TIMES.search(bare)
    if (repeated and len(repeated.group()) > len(bare) / 2) or _LONG_WORD.search(bare):
        return True
    letters = len(_NO_LETTERS.sub("", bare))
    digits = sum(character.isdigit() for character in bare)
    if len(bare) > 12 and letters + digits < 0.35 * len(re.sub(r"\s", "", bare)):
        return True
    tags = sum(len(tag) for tag in _TAGS.findall(bare))
    mashed = sum(len(word) for word in _MASH.findall(bare))
    return tags > 0.4 * len(bare) or (mashed > 0.5 * max(letters, 1) and letters > 5)


def _was_misread(text: str) -> bool:
    """Whether a part turns into sensible text when the reading is undone: UTF-8 taken for Windows-1252 or for GBK."""
    return any(_undone(run, "cp1252") for run in _LATIN_RUN.findall(text)) or any(
        _undone(run, "gb18030") for run in _HAN_RUN.findall(text)
    )


def _undone(run: str, encoding: str) -> bool:
    """A character may be cut or lost on the way, so most of the bytes must make sense, not all."""
    raw = _bytes_of(run, encoding)
    undone = raw.decode("utf-8", errors="ignore")
    if encoding == "cp1252":
        return len(undone.encode()) >= len(raw) - 2 and any(letter >= "\u0080" for letter in undone)
    han = sum("\u3400" <= letter <= "\u9fff" for letter in undone)
    return han >= 4 and han * 3 >= 0.5 * len(raw)


def _bytes_of(run: str, encoding: str) -> bytes:
    if encoding != "cp1252":
        return run.encode(encoding, errors="ignore")
    return b"".join(_one_byte(letter) for letter in run)


def _one_byte(letter: str) -> bytes:
    try:
        return letter.encode("cp1252")
    except UnicodeEncodeError:
        return letter.encode("latin-1", errors="ignore")


def _lost_its_letters(text: str) -> bool:
    """Letters that an encoding did not have became question marks."""
    lost = sum(len(run) for run in _QUESTION_MARKS.findall(text))
    return lost > 0.3 * len(text.strip()) and lost >= 5
