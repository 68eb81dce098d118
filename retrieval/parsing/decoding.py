"""Bytes → text, in the encodings that shops' files come in: UTF-8, UTF-16, GB18030, Big5, and Western Windows."""

import codecs

from retrieval.cleaning import clean_text
from retrieval.errors import ParseError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# First bytes of the characters that people use most, and of full-width punctuation.
_USUAL = {"gb18030": (range(0xB0, 0xD8), range(0xA1, 0xA4)), "big5": (range(0xA4, 0xC7), range(0xA1, 0xA4))}
_DAMAGE = 0.01  # share of undecodable characters up to which a text counts as UTF-8 with a few broken bytes


def decode(data: bytes) -> str:
    """The text without NULs, control characters and byte order mark. Raises `ParseError`."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return clean_text(data.decode(encoding, errors="replace"))
    if encoding := _wide(data):
        return clean_text(data.decode(encoding, errors="replace"))
    for text in (_strictly(data, encoding="utf-8"), _chinese(data), _nearly_utf8(data), _western(data)):
        if text is not None:
            return clean_text(text)
    raise ParseError(
        "The letters in the file cannot be told apart: its encoding is unknown. Save it as UTF-8.",
        code="bad_encoding",
    )


def _strictly(data: bytes, *, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _wide(data: bytes) -> str:
    """UTF-16 without its mark: every other byte of spaces, line breaks and Latin letters is zero."""
    sample = data[:4096]
    if len(sample) < 4 or sample.count(0) < len(sample) * 0.05:
        return ""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) < 4 * min(even, odd) + 1:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _chinese(data: bytes) -> str | None:
    """The Chinese encoding in which more of the text is made of usual characters, if most of it is."""
    shares = {encoding: _usual_share(data, encoding=encoding) for encoding in _USUAL}
    best = max(shares, key=lambda encoding: shares[encoding])
    return data.decode(best) if shares[best] > 0.6 else None


def _usual_share(data: bytes, *, encoding: str) -> float:
    text = _strictly(data, encoding=encoding)
    if text is None:
        return 0.0
    firsts = [character.encode(encoding)[0] for character in text[:20_000] if not character.isascii()]
    usual = sum(any(first in span for span in _USUAL[encoding]) for first in firsts)
    return usual / len(firsts) if firsts else 0.0


def _nearly_utf8(data: bytes) -> str | None:
    text = data.decode("utf-8", errors="replace")
    whole = sum(not character.isascii() for character in text) - text.count("\ufffd")
    return text if text.count("\ufffd") <= min(len(text) * _DAMAGE, whole) else None


def _western(data: bytes) -> str | None:
    """Windows-1252, unless so many control bytes are in it that it is no text at all."""
    control = sum(byte < 9 or 13 < byte < 32 for byte in data[:20_000])
    return _strictly(data, encoding="cp1252") if control <= len(data[:20_000]) * _DAMAGE else None
