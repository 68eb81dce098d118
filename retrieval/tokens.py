"""Text → the words that the word index keeps, the same for documents and for questions.

Full width becomes half width, traditional Chinese simplified, letters small. English is stemmed, Chinese cut by jieba.
Order numbers, error codes, model names and other identifiers stay whole and also come in parts.
"""

import logging
import os
import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

import jieba
import opencc
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from retrieval.cleaning import clean_text

_HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PIECES = re.compile(
    rf"(?P<han>[{_HAN}]+)|(?P<latin>[a-z0-9\u00df-\u024f]+(?:[-_./#:'’@+&][a-z0-9\u00df-\u024f]+)*[+#]*)|(?P<other>[^\W_]+)"
)
_INSIDE = "A-Za-z0-9\u00df-\u024f"
_PLAIN = re.compile(
    rf"(?<![{_INSIDE}])(?<![{_INSIDE}][-_./#:'’@+&])[A-Za-z][a-z]{{4,}}(?![{_INSIDE}]|[-_./#:'’@+&][{_INSIDE}]|[+#])"
)
_PARTS = re.compile(r"[a-z\u00df-\u024f]+|[0-9]+")
_HAS_HAN = re.compile(f"[{_HAN}]")
_loading = threading.Lock()


def words_of(text: str) -> list[str]:
    """The words in order, repeats kept."""
    text = unicodedata.normalize("NFKC", clean_text(text)).lower()
    if _HAS_HAN.search(text):
        text = _simplifier().convert(text)
    return [word for piece in _PIECES.finditer(text) for word in _words_in(piece)]


def plain_words(text: str) -> dict[str, str]:
    """By what `words_of` makes of them, the English words that can only be words: what is written in capitals, with
    digits or with marks inside may be a code, and short ones are names as often as not.
    """
    found = _PLAIN.findall(unicodedata.normalize("NFKC", clean_text(text)))
    return {_stem(word.lower()): word.lower() for word in found}


def _words_in(piece: re.Match[str]) -> Iterator[str]:
    if piece.lastgroup == "han":
        yield from _cut_chinese(piece.group())
    elif piece.lastgroup == "latin":
        yield from _cut_latin(piece.group())
    else:
        yield piece.group()


def _cut_latin(text: str) -> Iterator[str]:
    """A plain word gives its stem; anything else itself and, where it has several, its parts."""
    if text.isalpha():
        yield _stem(text)
        return
    parts = _PARTS.findall(text)
    if len(parts) != 1 or parts[0] != text:
        if len(parts) == 2 and parts[1] == "s":  # the shop's
            yield _stem(parts[0])
            return
        yield text
    yield from (_stem(part) if part.isalpha() else part for part in parts)


@cache
def _analyzer() -> TextAnalyzer:
    return TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer("English")).build()


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    stems = _analyzer().analyze(word)
    return stems[0] if stems else word


def _cut_chinese(text: str) -> Iterator[str]:
    with _loading:
        _load_jieba()
    return iter(jieba.cut_for_search(text))


@cache
def _load_jieba() -> None:
    """Its dictionary takes about a second and some 100 MB: loaded when Chinese is first met, not at start-up."""
    jieba.setLogLevel(logging.WARNING)
    # It is kept among temporary files under one name for everybody, where another account's cannot be replaced.
    jieba.dt.cache_file = f"jieba-{os.getuid()}.cache"
    jieba.initialize()


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _stop_words() -> Iterator[str]:
    for word in (files("retrieval") / "stop_words.txt").read_text(encoding="utf-8").split():
        yield word
        yield _stem(word) if word.isascii() else word


# Words that questions are made of whatever they ask for, as `words_of` gives them.
STOP_WORDS = frozenset(_stop_words())
