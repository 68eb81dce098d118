"""The words of retrieval: what is indexed, what is found, and where the truth is kept.

Knows nothing of how text is found; a `ChunkStore` is the truth, everything else in this package is a cache of it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of a document, as it is indexed. Its text may be quoted word by word.

    The id is a hash of document, content and occurrence: what did not change keeps its id over versions of its
    document, and so is never embedded again.
    """

    id: str
    document_id: str
    ordinal: int
    text: str
    title: str
    heading_path: tuple[str, ...] = ()
    question: str = ""
    aliases: tuple[str, ...] = ()
    language: str = ""
    external_id: str = ""
    url: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A chunk that was found. `dense` is a raw cosine and `words` a raw BM25 score, None where that channel missed it.

    `reranked` is what a reranker gave it, on a scale of its own; None where none looked at it.
    """

    chunk: Chunk
    relevance: float
    score: float
    dense: float | None = None
    words: float | None = None
    reranked: float | None = None


class Reader(Protocol):
    """What is asked, texts → how likely each answers, or supports it. Raises IndexUnavailable where it has too much to do;
    who does not wait, as soon as anybody else reads."""

    def __call__(self, asked: str, texts: Sequence[str], /, *, waits: bool = True) -> list[float]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Passages, best first. `degraded` names channels (and `rerank`) that did not answer; `timings` are seconds.

    `closeness` tells how close in meaning texts are to the question; None where no embedder answered.

    `reader` tells how likely texts answer what is asked, having read both; None where nobody reads.

    Two relevances that were fitted: passages below the one are no evidence; a listed question above the other is the
    very question that was asked. `languages` are those of the best thirty or more chunks, shown or not.
    """

    passages: tuple[Passage, ...]
    degraded: tuple[str, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    fit_version: str = ""
    reranker: str = ""  # the model that ordered the first of them; empty: they are as they were fused
    refuse_below: float = 0.0
    word_for_word_from: float = 1.0
    revision: int = 0
    languages: frozenset[str] = frozenset()
    closeness: Callable[[Sequence[str]], list[float]] | None = field(default=None, compare=False, repr=False)
    reader: Reader | None = field(default=None, compare=False, repr=False)
    vector: Callable[[], Sequence[float]] | None = field(default=None, compare=False, repr=False)
    embedder: str = ""  # whose `vector` of the question it is; both only where dense search took part


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a replica must do to reach `revision`: index the live chunks, forget the gone ids."""

    live: Iterable[Chunk]
    gone: Iterable[str]
    revision: int


class ChunkStore(Protocol):
    """The truth about one knowledge base. Nothing of another can come out of it."""

    def get(self, ids: Sequence[str]) -> dict[str, Chunk]:
        """The live chunks among `ids`; unknown and retired ids are absent."""

    def revision(self) -> int:
        """A number that grows with every change."""

    def changes_since(self, revision: int) -> Changes:
        """What happened after `revision`; since 0 means everything live."""

    def live_ids(self) -> Iterator[str]: ...
