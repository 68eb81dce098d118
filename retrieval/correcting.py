"""A misspelt word of a question → what the knowledge base says instead ("warrenty", "shiping", "refnud").

Only a word that nothing indexed holds, that is no code, no name in capitals and no usual English word, is replaced; and
only by one that stands in a live chunk one slip away. English words only: Chinese is cut by a dictionary of its own.
"""

import re
from collections.abc import Iterator, Sequence

from retrieval.chunks import Chunk, ChunkStore
from retrieval.embedding import is_usual_word
from retrieval.spelling import is_one_slip
from retrieval.texts import context
from retrieval.tokens import plain_words, words_of
from retrieval.words import WordIndex

LOOKED_AT = 5  # words one slip away, and chunks in which to see how each is written
_LETTERS = re.compile("[a-z]+")


def corrected(asked: Sequence[str], *, question: str, words: WordIndex, store: ChunkStore) -> list[str]:
    """The asked words, with what was meant in the place of what is misspelt."""
    slips = possible_slips(question)
    return [
        _meant(word, written=slips[word], words=words, store=store) or word if word in slips else word
        for word in asked
    ]


def possible_slips(question: str) -> dict[str, str]:
    """The words that may be misspelt, as they are written, by what the index would keep of them."""
    return {word: written for word, written in plain_words(question).items() if not is_usual_word(written)}


def _meant(word: str, *, written: str, words: WordIndex, store: ChunkStore) -> str:
    """Compared as written: stems that are alike may be of words that are not."""
    for term in words.near(word)[:LOOKED_AT]:
        chunks = store.get([id for id, _ in words.search([term], limit=LOOKED_AT)])
        if any(is_one_slip(written, form) for chunk in chunks.values() for form in _forms(chunk, of=term)):
            return term
    return ""


def _forms(chunk: Chunk, *, of: str) -> Iterator[str]:
    text = "\n".join([*context(chunk), chunk.question, *chunk.aliases, chunk.text]).lower()
    return (
        form for form in dict.fromkeys(_LETTERS.findall(text)) if form[0] == of[0] and words_of(form) == [of]
    )
