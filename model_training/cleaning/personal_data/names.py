"""What somebody is called, in Chinese and in Latin letters, and who was just asked for it.

The rules look first; the tagger looks at the whole sentence and has the last word, since rules that were made for one wording are
wrong in others. Only what answers a question for a name is not left to it.

Knows nothing of brands and places: lists of words that are no names do.
"""

from collections.abc import Iterator

from model_training.cleaning.personal_data import chinese_names, english_names
from model_training.cleaning.personal_data.spans import Span
from model_training.cleaning.personal_data.tagging import find_tagged


def find_names(text: str, *, after: str = "") -> Iterator[Span]:
    """`after` is the message that was said before: who was just asked for a name answers with it."""
    yield from find_tagged(text, by_rules=list(find_by_rules(text)))
    if after:
        yield from english_names.find_answer(text, after=after)
        yield from chinese_names.find_answer(text, after=after)


def find_by_rules(text: str) -> Iterator[Span]:
    yield from english_names.find_english(text)
    if not text.isascii():
        yield from english_names.find_foreign(text)
        yield from chinese_names.find_chinese(text)


def asks_for_name(text: str) -> bool:
    return english_names.asks(text) or chinese_names.asks(text)
