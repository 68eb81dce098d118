"""The words channel: a BM25 index (Tantivy) of a chunk store, in a folder on this host.

A replica: it knows up to which revision of the store it has read, and catches up from there. Several processes may share
the folder; one at a time writes, under a file lock, and the others see its commits. What is missing, broken, of an
older format or ahead of its store is thrown away and read anew. Only ids are kept: text comes from the store.
"""

import contextlib
import fcntl
import math
import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import tantivy
from tantivy import Document, Index, Occur, Query, Searcher

from retrieval.chunks import Chunk, ChunkStore
from retrieval.errors import IndexUnavailable
from retrieval.spelling import is_one_slip
from retrieval.texts import indexed_words
from retrieval.tokens import ASKING_WORDS

FORMAT = 1  # part of the folder's name: raise it when `indexed_words` or the schema changes
ASKING_COUNTS = (
    0.3  # what a word by which people ask ("how long does it take") counts, against 1 for what they ask about
)
SATURATED = 2.2  # BM25 (with k1 = 1.2) of a word that fills a chunk, in units of the word's rarity
_REVISION = (
    "#revision"  # the id of the document that holds the revision, so that it is committed with what it counts
)
_WRITER_MEMORY = 15_000_000  # bytes, Tantivy's least


@dataclass(frozen=True, slots=True)
class Weight:
    """How a chunk's words meet a question's: BM25, its share of the greatest possible, and the share of words that occur.

    Both shares count a word by its rarity, and one by which people ask for less.
    """

    score: float
    share: float
    coverage: float


class WordIndex:
    """BM25 over one knowledge base. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder) / f"format-{FORMAT}"
        self._lock = threading.RLock()
        self._index: Index | None = None
        self._revision = 0

    @property
    def revision(self) -> int:
        """The store's revision that searches see now; 0 when nothing was read yet."""
        with self._lock:
            if self._index is None:
                self._open()
            return self._revision

    def catch_up(self, store: ChunkStore, *, wait: bool = True, revision: int | None = None) -> int:
        """Reads what changed since the last time; returns the revision reached.

        With `wait=False` it leaves the work to a process that is at it already. `revision` is the store's, where whoever
        calls has just read it.
        """
        if self._is_at(store.revision() if revision is None else revision):
            return self._revision
        with contextlib.suppress(BlockingIOError), _locked(self.folder.parent, wait=wait):
            if not self._is_at(store.revision()):
                if self._revision > store.revision():
                    self._wipe()  # the store was restored from an older copy
                self._read(store)
        return self._revision

    def search(self, words: Sequence[str], *, limit: int) -> list[tuple[str, float]]:
        """The ids with the best BM25 score, best first; equal scores by id."""
        if not words:
            return []
        searcher = self._searcher()
        with self._broken_means_unavailable():
            hits = searcher.search(_any_of(words), limit, count=False).hits
            return _ranked((_id(searcher, address), float(score)) for score, address in hits)

    def weigh(self, words: Sequence[str], *, ids: Sequence[str]) -> dict[str, Weight]:
        """Score and coverage of the named chunks, also of those that a search would have cut off."""
        if not words or not ids:
            return {}
        searcher = self._searcher()
        with self._broken_means_unavailable():
            rarity = {word: self._rarity(searcher, word) for word in set(words)}
            scores = _score_within(searcher, _any_of(words), ids=ids)
            covered = _score_within(searcher, _any_of(rarity, weights=rarity), ids=ids)
        total = sum(rarity.values())
        return {
            id: Weight(score, min(1.0, score / total / SATURATED), min(1.0, covered.get(id, 0.0) / total))
            for id, score in scores.items()
        }

    def said(self, word: str) -> int:
        """How many chunks say the word."""
        searcher = self._searcher()
        with self._broken_means_unavailable():
            return int(searcher.doc_freq("words", word))

    def near(self, word: str) -> list[str]:
        """What is one slip away from a word that nothing here holds and begins alike, most frequent first."""
        searcher = self._searcher()
        with self._broken_means_unavailable():
            if searcher.doc_freq("words", word):
                return []
            known = searcher.terms_with_prefix("words", word[0])
            return [term for term, _ in known if term.isalpha() and is_one_slip(word, term)]

    def ids(self) -> set[str]:
        searcher = self._searcher()
        with self._broken_means_unavailable():
            hits = searcher.search(Query.all_query(), max(1, searcher.num_docs), count=False).hits
            return {_id(searcher, address) for _, address in hits} - {_REVISION}

    def rebuild(self, store: ChunkStore) -> int:
        with _locked(self.folder.parent, wait=True):
            self._wipe()
            self._read(store)
        return self._revision

    def drop(self) -> None:
        """Forgets the replica, whatever its format."""
        with self._lock:
            self._index, self._revision = None, 0
            shutil.rmtree(self.folder.parent, ignore_errors=True)

    def _is_at(self, target: int) -> bool:
        """Whether searches see this revision, after a look at what other processes committed."""
        if self._index is not None and self._revision == target:
            return True
        self._reload()
        return self._index is not None and self._revision == target

    def _rarity(self, searcher: Searcher, word: str) -> float:
        found = searcher.doc_freq("words", word)
        return _counts(word) * math.log(1 + (searcher.num_docs - found + 0.5) / (found + 0.5))

    def _searcher(self) -> Searcher:
        with self._lock:
            if self._index is None:
                self._open()
            if self._index is None:
                raise IndexUnavailable("The word index has not been built yet.")
            return self._index.searcher()

    @contextlib.contextmanager
    def _broken_means_unavailable(self) -> Iterator[None]:
        """A replica that cannot be read is thrown away; the next catching up reads it anew."""
        try:
            with _reading():
                yield
        except _Broken as error:
            self._index, self._revision = None, 0
            with contextlib.suppress(BlockingIOError), _locked(self.folder.parent, wait=False):
                self._wipe()
            raise IndexUnavailable(
                f"The word index in {self.folder} was broken and is built anew."
            ) from error

    def _reload(self) -> None:
        """Looks at what other processes committed."""
        with self._lock:
            if self._index is None or not (self.folder / "meta.json").exists():
                self._open()
                return
            try:
                with _reading():
                    self._index.reload()
                    self._revision = _revision_of(self._index)
            except _Broken:
                self._index, self._revision = None, 0

    def _open(self) -> None:
        """Opens the replica if there is a whole one; otherwise leaves it unopened, at revision 0."""
        self._index, self._revision = None, 0
        if not (self.folder / "meta.json").exists():
            return
        with contextlib.suppress(_Broken), _reading():
            index = Index.open(str(self.folder))
            self._revision = _revision_of(index)
            self._index = index

    def _wipe(self) -> None:
        with self._lock:
            self._index, self._revision = None, 0
            shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self, store: ChunkStore) -> None:
        """Writes what changed. Only the holder of the file lock may call this."""
        if self._index is None:
            self._wipe()
            self.folder.mkdir(parents=True)
        index = self._index or Index(_schema(), path=str(self.folder))
        changes = store.changes_since(self._revision)
        writer = index.writer(_WRITER_MEMORY, 1)
        for id in (_REVISION, *changes.gone):
            writer.delete_documents_by_term("id", id)
        for chunk in changes.live:
            writer.delete_documents_by_term("id", chunk.id)
            writer.add_document(_document(chunk))
        writer.add_document(Document(id=[_REVISION], revision=[changes.revision]))
        writer.commit()
        writer.wait_merging_threads()
        with self._lock:
            index.reload()
            self._index, self._revision = index, changes.revision


class _Broken(Exception):
    """The replica's files do not make sense."""


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    """Tantivy says ValueError or OSError about broken files, or panics, which Python sees as a BaseException."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise _Broken(str(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise _Broken(str(error)) from error


@contextlib.contextmanager
def _locked(folder: Path, *, wait: bool) -> Iterator[None]:
    """Holds the folder's file lock. The kernel lets go of it when its holder dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
    builder.add_integer_field("revision", stored=True)
    return builder.build()


def _document(chunk: Chunk) -> Document:
    return Document(id=[chunk.id], words=[" ".join(indexed_words(chunk))])


def _revision_of(index: Index) -> int:
    searcher = index.searcher()
    hits = searcher.search(_term("id", _REVISION), 1, count=False).hits
    return int(searcher.doc(hits[0][1])["revision"][0]) if hits else 0


def _id(searcher: Searcher, address: tantivy.DocAddress) -> str:
    return str(searcher.doc(address)["id"][0])


def _ranked(hits: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    return sorted(hits, key=lambda hit: (-hit[1], hit[0]))


def _term(field: str, value: str) -> Query:
    return Query.term_query(_SCHEMA, field, value, index_option="basic" if field == "id" else "freq")


def _any_of(words: Iterable[str], *, weights: dict[str, float] | None = None, field: str = "words") -> Query:
    """Scores by BM25, or by the sum of the weights of the words that occur."""
    if weights is None:
        return Query.boolean_query(
            [(Occur.Should, Query.boost_query(_term("words", word), _counts(word))) for word in words]
        )
    return Query.boolean_query(
        [(Occur.Should, Query.const_score_query(_term("words", word), weights[word])) for word in words]
    )


def _counts(word: str) -> float:
    return ASKING_COUNTS if word in ASKING_WORDS else 1.0


def _score_within(searcher: Searcher, query: Query, *, ids: Sequence[str]) -> dict[str, float]:
    within = Query.const_score_query(Query.term_set_query(_SCHEMA, "id", list(ids)), 0.0)
    hits = searcher.search(
        Query.boolean_query([(Occur.Must, within), (Occur.Should, query)]), len(ids), count=False
    ).hits
    return {_id(searcher, address): float(score) for score, address in hits}


_SCHEMA = _schema()
