"""The few sentences of a passage that a sentence is about: what is read beside it, where reading all would take too long."""

from dialogue.language.sentences import sentences_of
from dialogue.language.words import Words, content_words, coverage

MOST = 3
_BACK = 0.3  # what a passage sentence counts for that says little else


def nearest_sentences(sentence: str, *, passage: str, most: int = MOST) -> str:
    """As they stand in the passage, in its order; all of a short one."""
    told = sentences_of(passage)
    words = content_words(sentence)
    best = sorted(range(len(told)), key=lambda at: -_closeness(words, text=told[at]))[:most]
    return " ".join(told[at] for at in sorted(best))


def _closeness(words: Words, *, text: str) -> float:
    own = content_words(text)
    return coverage(words, by=own) + _BACK * coverage(own, by=words)
