"""Text → its sentences, and which of the two languages it is written in."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from retrieval import split_sentences

_HAN = re.compile(r"[\u3400-\u9fff]")


def is_chinese(text: str) -> bool:
    return bool(_HAN.search(text))


@lru_cache(maxsize=1_024)
def sentences_of(text: str) -> tuple[str, ...]:
    """As a chunk's text is cut everywhere in this package: a sentence is named by its place in this tuple.

    What a Chinese semicolon joins stays together: cells of a table row, and halves of one thought.
    """
    return tuple(sentence for line in text.split("\n") for sentence in _whole(split_sentences(line)))


def _whole(parts: Sequence[str]) -> Iterator[str]:
    whole = ""
    for part in parts:
        whole += part
        if not part.endswith(("；", ";")):
            yield whole
            whole = ""
    if whole:
        yield whole
