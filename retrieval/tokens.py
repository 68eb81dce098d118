"""Text → the words that the word index keeps, the same for documents and for questions.

Full width becomes half width, traditional Chinese simplified, letters small. English is stemmed, Chinese cut by jieba.
Order numbers, error codes, model names and other identifiers stay whole and also come in parts.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from importlib.resources import files

import opencc
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from retrieval.cleaning import clean_text
from retrieval.lexicon import CUTTER

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
LONGEST_WORD = 8  # characters of a Chinese word
SAID_COUNTS = (
    2.0  # how much more it counts how often a word is said here than how frequent it is in the language
)
UNSAID = 0.1  # texts that say a word which none says


def words_of(text: str) -> list[str]:
    """The words in order, repeats kept."""
    return [word for piece in _PIECES.finditer(_plain(text)) for word in _words_in(piece)]


def readable_words(text: str) -> list[str]:
    """The same, and behind them what else can be read in Chinese, cut another way: in 退货运费 that is 退货 beside 货运."""
    runs = [piece.group() for piece in _PIECES.finditer(_plain(text)) if piece.lastgroup == "han"]
    return [*words_of(text), *(word for run in runs for word in _overlapping(run))]


def _plain(text: str) -> str:
    """Half width, small letters, simplified."""
    return simplified(unicodedata.normalize("NFKC", clean_text(text)).lower())


def simplified(text: str) -> str:
    """Traditional characters as simplified ones."""
    return _simplifier().convert(text) if _HAS_HAN.search(text) else text


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


@lru_cache(maxsize=16_384)
def _stem(word: str) -> str:
    stems = _analyzer().analyze(word)
    return stems[0] if stems else word


def _cut_chinese(text: str) -> Iterator[str]:
    return iter(CUTTER.cut_for_search(text))


def _overlapping(text: str) -> Iterator[str]:
    return iter(CUTTER.cut(text, cut_all=True))


def words_as_said(text: str, *, said: Callable[[str], int]) -> list[str]:
    """The words in order, Chinese cut as it is written where `said` counts: 开发票 is 开 + 发票 where invoices are spoken of.

    `said` tells how many of their texts say a word.
    """
    text = unicodedata.normalize("NFKC", clean_text(text)).lower()
    if not _HAS_HAN.search(text):
        return words_of(text)
    text = _simplifier().convert(text)
    return [
        word
        for piece in _PIECES.finditer(text)
        for word in (_cut_as_said(piece.group(), said=said) if piece.lastgroup == "han" else _words_in(piece))
    ]


def _cut_as_said(text: str, *, said: Callable[[str], int]) -> Iterator[str]:
    """The likeliest row of words, where a word is as likely as it is frequent in the language and as it is said here.

    Of a long word also its parts, as when texts are indexed, but only those that are said.
    """
    for word in _likeliest_row(text, said=said):
        yield from (part for part in _parts_of(word) if said(part))
        yield word


def _likeliest_row(text: str, *, said: Callable[[str], int]) -> list[str]:
    chances = _chances(text, said=said)
    best: list[tuple[float, list[str]]] = [(0.0, [])] * (len(text) + 1)
    for start in range(len(text) - 1, -1, -1):
        ends = (end for end in range(start + 1, len(text) + 1) if text[start:end] in chances)
        best[start] = max(
            (chances[text[start:end]] + best[end][0], [text[start:end], *best[end][1]]) for end in ends
        )
    return best[0][1]


def _chances(text: str, *, said: Callable[[str], int]) -> dict[str, float]:
    """Every word that may stand in the text, with the logarithm of how likely it is."""
    usual, frequency = set(_cut_chinese(text)), CUTTER.lexicon
    pieces = (text[start : start + size] for size in range(1, LONGEST_WORD + 1) for start in range(len(text)))
    words = {word for word in pieces if len(word) == 1 or word in usual or frequency.get(word)}
    counts = {word: said(word) + UNSAID for word in words}
    most = max(counts.values(), default=1.0)
    return {
        word: math.log((frequency.get(word) or 1) / frequency.total) + SAID_COUNTS * math.log(count / most)
        for word, count in counts.items()
    }


def _parts_of(word: str) -> Iterator[str]:
    """The words of two and three characters within a longer one."""
    for length in (2, 3):
        if len(word) > length:
            parts = (word[at : at + length] for at in range(len(word) - length + 1))
            yield from (part for part in parts if CUTTER.lexicon.get(part))


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _listed_words(name: str) -> Iterator[str]:
    for word in (files("retrieval") / name).read_text(encoding="utf-8").split():
        yield word
        yield _stem(word) if word.isascii() else word


# Words that texts are made of whatever they say, as `words_of` gives them.
STOP_WORDS = frozenset(_listed_words("stop_words.txt"))
# Words that questions are made of: they say what kind of answer is wanted, not what it is about.
ASKING_WORDS = frozenset(_listed_words("asking_words.txt"))
