"""What somebody is called, in Chinese and in Latin letters, and who was just asked for it.

Knows nothing of brands and places: lists of words that are no names do.
"""

from collections.abc import Iterator

from model_training.cleaning.personal_data import chinese_names, english_names
from model_training.cleaning.personal_data.spans import Span


def find_names(text: str, *, after: str = "") -> Iterator[Span]:
    """`after` is the message that was said before: who was just asked for a name answers with it."""
    yield from english_names.find_english(text)
    if not text.isascii():
        yield from english_names.find_foreign(text)
        yield from chinese_names.find_chinese(text)
    if after:
        yield from english_names.find_answer(text, after=after)
        yield from chinese_names.find_answer(text, after=after)


def asks_for_name(text: str) -> bool:
    return english_names.asks(text) or chinese_names.asks(text)
