"""Words with a capital that no list knows, where somebody can be named: most names that no rule was made for are such.

Products and places mostly stand after an article, a possessive or a preposition, before a noun, in lists and headings: there
nothing is taken.
"""

import re
from collections.abc import Iterable, Iterator

from model_training.cleaning.personal_data.spans import Kind, Span
from model_training.cleaning.personal_data.words_of_names import (
    english_words,
    family_names,
    given_names,
    no_names,
    places,
)

_NOT_BEFORE_A_NAME = frozenset(
    "the a an this that these those my your our its their his her any some every each no in at near on of into via per through around to from colour color size model brand type called".split()  # noqa: SIM905
)
_FOLLOWS_A_NAME = re.compile(
    r"\s*(?:$|[,.!?;:)(\"”]|['’]s\b)|\s(?:and|or|is|was|has|had|will|would|can|could|said|says|told|wants?|wanted|needs?|needed|please|here|again|who|from|in|at|for|to|over|by|about|so|on|left|came|called|ordered|bought|paid|sent|signed|promised|took|works|worked|handles|approved?s?|instead|as|speaking|with|but|because|when|if|yesterday|today|tomorrow|never|always|just|already)\b"
)
_BEGINS_WITH_A_NAME = re.compile(
    r"\s*(?:\.$|,\s(?:\d|he\b|she\b|my\b|our\b|who\b)|\s\(my\b)|\s(?:and\s(?:I|me)\b|is\s(?:on|my|our|in|the\sone|away)\b|(?:wants?|wanted|said|says|told|promised|ordered|bought|called|signed|took|left|paid|sent|has|had|will|would)\s)"
)
_ASKING = re.compile(r"(?i)\b(?:can|could|is|was|will|did|does|has|would|tell|ask|let|with|between)$")
_NEAR = 40  # letters around capitals that are looked at
_LAST_WORD = re.compile(r"[A-Za-z'’]+$")
_PLAIN_NAME = re.compile(
    r"(?:Mc|Mac|O['’]|De|Van)?[A-ZÀ-Þ][a-zà-ÿ\u0100-\u024f'’]{2,}(?:-[A-ZÀ-Þa-z][a-zà-ÿ]+)?"
)
_ENDINGS = re.compile(r"(?:'s|’s|s|es|d|ed|ing|er|ers|ly|ness|able)$")


def find_unknown(text: str, *, capitals: Iterable[tuple[int, str]]) -> Iterator[Span]:
    """`capitals` are words in a row that begin with one each, and where they stand."""
    for start, name in capitals:
        words = [word.strip(".") for word in name.split()]
        if not all(map(_is_unknown, words)):
            continue
        end = start + len(name)
        before, behind = text[max(0, start - _NEAR) : start].rstrip(), text[end : end + _NEAR]
        is_followed = _ASKING.search(before) or _follows(before, words=len(words)).match(behind)
        if is_followed and _leaves_room(before, words=len(words)):
            yield Span(start, end, Kind.NAME)


def _leaves_room(before: str, *, words: int) -> bool:
    """Whether a name may stand here: not in a list, a heading, an amount, or after what stands before things."""
    last = _LAST_WORD.search(before)
    if last:
        return last.group().lower() not in _NOT_BEFORE_A_NAME
    return not before or before[-1] in '.!?,;\n"“' or (words > 1 and before[-1] in ":(")


def _follows(before: str, *, words: int) -> re.Pattern[str]:
    is_first = not before or before[-1] in ".!?\n"
    return _BEGINS_WITH_A_NAME if is_first and words == 1 else _FOLLOWS_A_NAME


def _is_unknown(word: str) -> bool:
    if word.lower() in given_names() or word.lower() in family_names():
        return True
    return bool(_PLAIN_NAME.fullmatch(word)) and not any(map(_is_known, word.lower().split("-")))


def _is_known(word: str) -> bool:
    forms = (word, _ENDINGS.sub("", word), _ENDINGS.sub("e", word))
    return any(form in english_words() or form in no_names() or form in places() for form in forms)
