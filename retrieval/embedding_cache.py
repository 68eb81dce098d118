"""Vectors that were made once, in a file that the processes of a host share: no text is embedded twice by one model.

A luxury: a file that is broken or busy is done without. The oldest go when it is full. Knows nothing of chunks; a text
that stands in ten documents, or comes back after a month, is one row.
"""

import contextlib
import hashlib
import logging
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

from retrieval.embedding import Array, fingerprint

logger = logging.getLogger(__name__)

LARGEST = 512 * 1024**2  # bytes: 600,000 vectors of the home embedder
BUSY = 2.0  # seconds to wait for another process that writes
NAMED = 500  # keys in one query
DAY = 86_400

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL, used INTEGER NOT NULL)"
)


class EmbeddingCache:
    """Of any number of embedders. Safe between threads and processes, and over a fork."""

    def __init__(self, path: Path, *, largest: int = LARGEST) -> None:
        self._path = Path(path)
        self._largest = largest

    def of(self, texts: Iterable[str], *, embedder: str) -> dict[str, Array]:
        """Those that are known."""
        keys = {_key(text, embedder=embedder): text for text in texts}
        known: dict[str, Array] = {}
        with self._luxury(), contextlib.closing(self._connect()) as file, file:
            today = int(time.time() // DAY)
            for key, vector, used in _rows(file, list(keys)):
                known[keys[key]] = np.frombuffer(vector, np.float16).astype(np.float32)
                if used != today:
                    file.execute("UPDATE vectors SET used = ? WHERE key = ?", [today, key])
        return known

    def keep(self, vectors: Mapping[str, Array], *, embedder: str) -> None:
        today = int(time.time() // DAY)
        rows = [
            (_key(text, embedder=embedder), np.asarray(vector, np.float16).tobytes(), today)
            for text, vector in vectors.items()
        ]
        with self._luxury(), contextlib.closing(self._connect()) as file, file:
            file.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
            self._make_room(file)

    def _make_room(self, file: sqlite3.Connection) -> None:
        """The tenth that was used longest ago goes, so that this is seldom asked for."""
        pages = _number(file, "PRAGMA page_count") - _number(file, "PRAGMA freelist_count")
        if pages * _number(file, "PRAGMA page_size") > self._largest:
            tenth = _number(file, "SELECT COUNT(*) FROM vectors") // 10 + 1
            oldest = "SELECT rowid FROM vectors ORDER BY used, rowid LIMIT ?"
            file.execute(f"DELETE FROM vectors WHERE rowid IN ({oldest})", [tenth])  # noqa: S608 - our own words

    @contextlib.contextmanager
    def _luxury(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            logger.info("The embedding cache is done without: %s", error)
        except sqlite3.DatabaseError as error:
            logger.warning("The embedding cache is broken and begun anew: %s", error)
            for end in ("", "-wal", "-shm"):
                Path(f"{self._path}{end}").unlink(missing_ok=True)

    def _connect(self) -> sqlite3.Connection:
        """For one piece of work: one that is kept would not survive a fork, and opening takes no time beside embedding."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = sqlite3.connect(self._path, timeout=BUSY)
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=OFF")  # what a power cut takes is embedded again
        file.execute(_SCHEMA)
        return file


class CachedEmbeddings(Embeddings):
    """Asks the cache before the embedder, for documents. A question is new nearly every time."""

    def __init__(self, embedder: Embeddings, *, cache: EmbeddingCache) -> None:
        self._embedder = embedder
        self._cache = cache

    @property
    def name(self) -> str:
        return str(getattr(self._embedder, "name", type(self._embedder).__name__))

    @property
    def dimensions(self) -> int | None:
        return getattr(self._embedder, "dimensions", None)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        model = fingerprint(self._embedder)
        vectors = self._cache.of(texts, embedder=model)
        new = [text for text in dict.fromkeys(texts) if text not in vectors]
        if new:
            rows = np.asarray(self._embedder.embed_documents(new), dtype=np.float32)
            fresh = dict(zip(new, rows, strict=True))
            self._cache.keep(fresh, embedder=model)
            vectors |= fresh
        return [vectors[text].tolist() for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self._embedder.embed_query(text)


def _rows(file: sqlite3.Connection, keys: list[bytes]) -> list[tuple[bytes, bytes, int]]:
    rows: list[tuple[bytes, bytes, int]] = []
    for start in range(0, len(keys), NAMED):
        batch = keys[start : start + NAMED]
        places = ",".join("?" * len(batch))
        asked = f"SELECT key, vector, used FROM vectors WHERE key IN ({places})"  # noqa: S608 - only places
        rows += file.execute(asked, batch).fetchall()
    return rows


def _number(file: sqlite3.Connection, asked: str) -> int:
    return int(file.execute(asked).fetchone()[0])


def _key(text: str, *, embedder: str) -> bytes:
    return hashlib.sha256(f"{embedder}\0{text}".encode()).digest()
