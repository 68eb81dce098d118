"""The dense channel: vectors by chunk id, in a Chroma server.

A chunk may have several vectors (an FAQ's question, each alias, the answer); it scores by the best of them. Only ids and
vectors are kept: text comes from the store. Knows nothing of embedders and of what a chunk says.
"""

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import numpy as np

from retrieval.absent import absent

# Where pygments is there, httpx takes it and rich along for a command that nobody here calls: 3 MB of each process.
with absent("pygments"):
    import httpx

import chromadb
from chromadb.api import ClientAPI
from chromadb.api.models.Collection import Collection
from chromadb.config import Settings
from chromadb.errors import NotFoundError

from retrieval.embedding import Array
from retrieval.errors import IndexUnavailable

Result = TypeVar("Result")

TIMEOUT = 10.0  # seconds for one call; a search that waits longer is worth less than one by words alone
PAGE = 5_000  # ids fetched at once
BATCH = 500  # records written, or ids named, in one call
FEW = 4  # vectors that most chunks have at the most


class Vectors(Protocol):
    """What the dense channel asks of its engine. Every call may raise `IndexUnavailable`."""

    def add(self, vectors: Mapping[str, Sequence[Sequence[float]]]) -> None:
        """All vectors of each id; ids that are there already are replaced."""

    def remove(self, ids: Sequence[str]) -> None: ...

    def present(self, ids: Sequence[str]) -> set[str]: ...

    def search(self, vector: Array, *, limit: int) -> list[tuple[str, float]]:
        """The nearest ids with the cosine of their best vector, best first; equal cosines by id."""

    def ids(self) -> Iterator[str]: ...

    def get(self, ids: Sequence[str]) -> dict[str, Array]:
        """One row for each vector, in the order in which they were added."""

    def drop(self) -> None:
        """Forgets the whole collection."""


class ChromaVectors:
    """One collection in a Chroma server. Its name holds the embedder's fingerprint: vectors never mix.

    The handle is made on first use and thrown away when a call fails, so that a server that was gone, or came back
    empty, is met afresh by the next call.
    """

    def __init__(self, *, url: str, name: str, fingerprint: str, timeout: float = TIMEOUT) -> None:
        self.collection_name = collection_name(name, fingerprint=fingerprint)
        self._url = url
        self._timeout = timeout
        self._handle: Collection | None = None
        self._connecting = threading.Lock()

    def add(self, vectors: Mapping[str, Sequence[Sequence[float]]]) -> None:
        for batch in _batches(vectors):
            records = [(f"{id}#{n}", id, vector) for id in batch for n, vector in enumerate(vectors[id])]
            self._ask(
                "upsert",
                ids=[record for record, _, _ in records],
                embeddings=[vector for _, _, vector in records],
                metadatas=[{"chunk": id} for _, id, _ in records],
            )

    def remove(self, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), BATCH):
            self._ask("delete", where={"chunk": {"$in": list(ids[start : start + BATCH])}})

    def present(self, ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(ids), BATCH):
            firsts = [f"{id}#0" for id in ids[start : start + BATCH]]
            found.update(_chunk_id(record) for record in self._ask("get", ids=firsts, include=[])["ids"])
        return found

    def search(self, vector: Array, *, limit: int) -> list[tuple[str, float]]:
        wanted = limit * 2
        while True:
            records, distances = self._nearest(vector, limit=wanted)
            best: dict[str, float] = {}
            for record, distance in zip(records, distances, strict=True):
                best.setdefault(_chunk_id(record), 1 - distance)  # nearest come first
            if len(best) >= limit or len(records) < wanted or wanted >= limit * 16:
                return sorted(best.items(), key=lambda found: (-found[1], found[0]))[:limit]
            wanted *= 2  # many vectors of few chunks: look further

    def ids(self) -> Iterator[str]:
        seen: set[str] = set()
        for offset in count(0, PAGE):
            page = self._ask("get", include=[], limit=PAGE, offset=offset)["ids"]
            new = {_chunk_id(record) for record in page} - seen
            yield from sorted(new)
            seen |= new
            if len(page) < PAGE:
                return

    def get(self, ids: Sequence[str]) -> dict[str, Array]:
        """Most chunks have few vectors, whose names are known: asked by name, Chroma need not read its metadata."""
        rows: dict[str, dict[int, Any]] = defaultdict(dict)
        for start in range(0, len(ids), BATCH // FEW):
            few = [f"{id}#{n}" for id in ids[start : start + BATCH // FEW] for n in range(FEW)]
            self._collect(rows, ids=few)
        many = [id for id, found in rows.items() if len(found) == FEW]
        for start in range(0, len(many), BATCH):
            self._collect(rows, where={"chunk": {"$in": many[start : start + BATCH]}})
        return {
            id: np.asarray([found[n] for n in sorted(found)], dtype=np.float32) for id, found in rows.items()
        }

    def _collect(self, rows: dict[str, dict[int, Any]], **which: Any) -> None:
        answer = self._ask("get", include=["embeddings"], **which)
        for record, vector in zip(answer["ids"], answer["embeddings"], strict=True):
            rows[_chunk_id(record)][int(record.rpartition("#")[2])] = vector

    def drop(self) -> None:
        def delete(client: ClientAPI) -> None:
            try:
                client.delete_collection(self.collection_name)
            except NotFoundError:
                return  # dropped already: the wish is fulfilled

        self._guard(lambda: delete(self._connect()))
        self._handle = None

    def _nearest(self, vector: Array, *, limit: int) -> tuple[list[str], list[float]]:
        answer = self._ask(
            "query", query_embeddings=[vector.tolist()], n_results=limit, include=["distances"]
        )
        return answer["ids"][0], answer["distances"][0]

    def _ask(self, what: str, **arguments: Any) -> Any:
        """Asks the collection. A handle whose collection is gone is made anew, once."""
        try:
            return self._guard(lambda: getattr(self._collection(), what)(**arguments))
        except IndexUnavailable as error:
            if not isinstance(error.__cause__, NotFoundError):
                raise
            return self._guard(lambda: getattr(self._collection(), what)(**arguments))

    def _guard(self, work: Callable[[], Result]) -> Result:
        """Chroma's client raises much: httpx errors, its own, ValueError. Here they all mean one thing."""
        try:
            return work()
        except Exception as error:
            self._handle = None
            raise IndexUnavailable(f"The vector store at {self._url} does not answer: {error}") from error

    def _collection(self) -> Collection:
        with self._connecting:
            if self._handle is None:
                self._handle = self._connect().get_or_create_collection(
                    self.collection_name,
                    embedding_function=None,
                    configuration={"hnsw": {"space": "cosine", "ef_search": 200}},
                )
            return self._handle

    def _connect(self) -> ClientAPI:
        address = urlsplit(self._url)
        secure = address.scheme == "https"
        _answers(self._url, timeout=self._timeout)
        client = chromadb.HttpClient(
            host=address.hostname or "127.0.0.1",
            port=address.port or (443 if secure else 8000),
            ssl=secure,
            settings=Settings(anonymized_telemetry=False),
        )
        # Chroma's client waits for ever and offers no setting for it.
        client._server._session.timeout = httpx.Timeout(self._timeout)  # type: ignore[attr-defined]
        return client


def collection_name(name: str, *, fingerprint: str) -> str:
    """A name that Chroma allows: letters, digits, dots and dashes."""
    return f"kb-{re.sub(r'[^a-zA-Z0-9]+', '-', name).strip('-')}-{fingerprint}"


def _answers(url: str, *, timeout: float) -> None:
    """Chroma's client asks its server several things while it is made, without a timeout: ask one thing with one first."""
    httpx.get(f"{url.rstrip('/')}/api/v2/heartbeat", timeout=timeout).raise_for_status()


def _chunk_id(record: str) -> str:
    return record.rpartition("#")[0]


def _batches(vectors: Mapping[str, Sequence[Sequence[float]]]) -> Iterator[list[str]]:
    """Ids whose vectors go into one call, never parting those of one id."""
    batch: list[str] = []
    size = 0
    for id, rows in vectors.items():
        if batch and size + len(rows) > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(id)
        size += len(rows)
    if batch:
        yield batch
