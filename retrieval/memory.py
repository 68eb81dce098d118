"""A chunk store in memory: the smallest true one. For tests, benchmarks, and trying things out."""

from collections.abc import Iterable, Iterator, Sequence

from retrieval.chunks import Changes, Chunk


class MemoryChunkStore:
    """Keeps chunks by id, each with the revision that brought it or took it away."""

    def __init__(self, chunks: Iterable[Chunk] = ()) -> None:
        self._revision = 0
        self._live: dict[str, Chunk] = {}
        self._changed: dict[str, int] = {}
        self.put(chunks)

    def put(self, chunks: Iterable[Chunk] = (), *, gone: Iterable[str] = ()) -> int:
        """Flip: in one step the new chunks are live and the gone ones are not. Returns the new revision."""
        new = {chunk.id: chunk for chunk in chunks}
        old = set(gone) - set(new)
        if new or old:
            self._revision += 1
            self._live.update(new)
            for id in old:
                self._live.pop(id, None)
            self._changed.update(dict.fromkeys([*new, *old], self._revision))
        return self._revision

    def get(self, ids: Sequence[str]) -> dict[str, Chunk]:
        return {id: self._live[id] for id in ids if id in self._live}

    def revision(self) -> int:
        return self._revision

    def changes_since(self, revision: int) -> Changes:
        changed = [id for id, at in self._changed.items() if at > revision]
        return Changes(
            live=[self._live[id] for id in changed if id in self._live],
            gone=[id for id in changed if id not in self._live] if revision else [],
            revision=self._revision,
        )

    def live_ids(self) -> Iterator[str]:
        return iter(list(self._live))
