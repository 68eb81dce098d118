"""Text as it comes from anywhere → text that every engine below takes."""

import re
import unicodedata

_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200d\u2060\ufeff\ufffe\uffff\ud800-\udfff]"
)

# PDF printers write a Chinese character as the radical that looks the same, and "fi" as one letter: text that nobody
# can search for. NFKC knows most of them; those that it leaves, or takes for the traditional character, are given here.
_LOOK_ALIKES = {
    code: unicodedata.normalize("NFKC", chr(code))
    for code in (*range(0x2F00, 0x2FD6), *range(0xFB00, 0xFB07))
} | str.maketrans(
    "⼾⺠⻅⻆⻉⻋⻑⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰",
    "户民见角贝车長长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙",
)


def clean_text(text: str) -> str:
    """Without NULs, control characters, invisible joiners and lone surrogates; one kind of line break; NFC."""
    text = _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", text.translate(_LOOK_ALIKES))
