"""Which words of a chunk each channel sees."""

from collections.abc import Sequence

from retrieval.chunks import Chunk
from retrieval.tokens import STOP_WORDS, words_of


def texts_to_embed(chunk: Chunk) -> list[str]:
    """One text for each vector. A question and every alias stand alone: that is how customers ask."""
    if chunk.question:
        return ["\n".join([*context(chunk), chunk.question, chunk.text]), chunk.question, *chunk.aliases]
    return ["\n".join([*context(chunk), chunk.text]), *chunk.aliases]


def context(chunk: Chunk) -> list[str]:
    """Title and headings, without what its text or a neighbour says already."""
    lines: list[str] = []
    for line in (chunk.title, *chunk.heading_path):
        if line and line not in lines and line not in chunk.question and not chunk.text.startswith(line):
            lines.append(line)
    return lines


def indexed_words(chunk: Chunk) -> list[str]:
    """What the word index keeps of a chunk. Title and headings count twice: few words that say what all is about."""
    if chunk.question:
        return words_of("\n".join([*context(chunk), chunk.question, *chunk.aliases, chunk.text]))
    return words_of("\n".join(context(chunk))) * 2 + words_of("\n".join([chunk.text, *chunk.aliases]))


def asked_words(question: str) -> list[str]:
    """The question's words, each once, without those that every question has, unless it has no others."""
    return without_stop_words(words_of(question))


def without_stop_words(words: Sequence[str]) -> list[str]:
    words = list(dict.fromkeys(words))
    return [word for word in words if word not in STOP_WORDS] or words
