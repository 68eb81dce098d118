"""A turn → passages: the question is looked up, and so is what the conversation is about.

Whom or what a conversation is about (a product, a place, a plan) is a name that stands over passages, as their title or
heading, and that was said in the last turns. Passages under that name come first where they answer the question about as
well as any other. So "do they have wifi?" finds the wifi of the hotel that was spoken of, and a question about something
else is not held back by it. Knows nothing of how passages are found, and needs no list of names.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from dialogue.language.words import content_words, coverage, together
from dialogue.turns import Search, Turn
from dialogue.understanding.reading import Understanding
from retrieval import Passage, SearchResult, words_of

SPOKEN = 8  # last utterances in which a name is looked for
LOOKED_AT = 24  # passages in which names are looked for, and among which those under a name are found
LONGEST_SAID = 300  # characters of an utterance that are looked up
NEARLY = 0.72  # of the best passage's share of asked words that one under the name must say
_ASIDE = re.compile(r"[（(].*?[)）]")


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """`entity` is the name that passages were moved up for, "" where none was."""

    result: SearchResult
    entity: str = ""


def look_up(understood: Understanding, *, turn: Turn, search: Search, limit: int) -> LookedUp:
    """As many passages as asked for, best first."""
    said = [one.text for one in turn.history[-SPOKEN:] if one.text.strip()]
    if not said:
        return LookedUp(result=search(understood.question, limit=limit))
    plain = search(understood.question, limit=max(limit, LOOKED_AT))
    name = _spoken_of(understood.focus, passages=plain.passages)
    for text in () if name else reversed(said):
        around = search(text[-LONGEST_SAID:], limit=LOOKED_AT)
        if name := _spoken_of(text, passages=(*around.passages, *plain.passages)):
            break
    own = _under(name, asked=understood.focus, plain=plain, search=search) if name else []
    passages = tuple(_unlike((*own, *plain.passages)))[:limit]
    return LookedUp(result=replace(plain, passages=passages), entity=name if own else "")


def _under(name: str, *, asked: str, plain: SearchResult, search: Search) -> list[Passage]:
    """The passages under a name that answer, best first; none where others answer clearly better."""
    named = search(f"{name} {asked}", limit=LOOKED_AT)
    own = [one for one in _unlike((*named.passages, *plain.passages)) if name in names_of(one)]
    return _answering(own, among=plain.passages, asked=asked)


def names_of(passage: Passage) -> tuple[str, ...]:
    chunk = passage.chunk
    return tuple(name for name in (chunk.title, *chunk.heading_path) if name)


def _spoken_of(text: str, *, passages: Iterable[Passage]) -> str:
    """The name over a passage that the text says last; the longest where one is part of another."""
    said = _plain(text)
    names = dict.fromkeys(name for passage in passages for name in names_of(passage))
    spoken = [name for name in names if _is_said(name, text=said)]
    return max(spoken, key=lambda name: (_place(name, text=said), len(name)), default="")


def _is_said(name: str, *, text: str) -> bool:
    """All words of a name, one after the other; what stands in brackets may be left out."""
    return _place(name, text=text) >= 0


def _place(name: str, *, text: str) -> int:
    whole, short = _plain(name).strip(), _plain(_ASIDE.sub("", name)).strip()
    return max(text.rfind(f" {one} ") for one in (whole, short) if len(one) > 1) if len(short) > 1 else -1


def _plain(text: str) -> str:
    """Words with single spaces around each: names are found in them as they are spoken, not as they are written."""
    return f" {' '.join(words_of(text))} "


def _answering(own: Sequence[Passage], *, among: Sequence[Passage], asked: str) -> list[Passage]:
    """Those under the name, in the order of the search, if the best of them answers about as well as any other."""
    words = content_words(asked)

    def share(passage: Passage) -> float:
        chunk = passage.chunk
        return coverage(
            words, by=together(content_words(chunk.text), content_words(f"{chunk.question} {chunk.title}"))
        )

    best = max((share(one) for one in among), default=0.0)
    return sorted(own, key=lambda one: -share(one)) if own and max(map(share, own)) >= NEARLY * best else []


def _unlike(passages: Iterable[Passage]) -> Iterator[Passage]:
    yield from {passage.chunk.id: passage for passage in passages}.values()
