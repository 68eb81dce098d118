"""What every chunk store and every vector store must do. Subclass a contract in a test module and say how one is made."""

from collections.abc import Sequence

import numpy as np

from retrieval.chunks import Chunk, ChunkStore
from retrieval.embedding import Array
from retrieval.vectors import Vectors


def make_chunk(id: str, *, text: str = "Some words.", **values: object) -> Chunk:
    """A chunk for tests; whatever is not said is plain."""
    plain: dict[str, object] = {"document_id": "document", "ordinal": 0, "title": "Title"}
    return Chunk(id=id, text=text, **{**plain, **values})  # type: ignore[arg-type]  # tests name true fields


class ChunkStoreContract:
    """Says what `ChunkStore` promises. A subclass says how a store is made and changed."""

    def make_store(self) -> ChunkStore:
        raise NotImplementedError

    def flip(self, store: ChunkStore, *, live: Sequence[Chunk] = (), gone: Sequence[str] = ()) -> None:
        """In one step the chunks of `live` are live, and those named in `gone` are not."""
        raise NotImplementedError

    def test_new_store_holds_nothing(self) -> None:
        store = self.make_store()
        assert list(store.live_ids()) == []
        assert list(store.changes_since(0).live) == []
        assert store.get(["unknown"]) == {}

    def test_live_chunks_are_got_as_they_were_put(self) -> None:
        store = self.make_store()
        chunk = make_chunk("a", text="退货 within 30 days", heading_path=("Returns", "退货"), language="en")
        self.flip(store, live=[chunk])
        got = store.get(["a", "unknown"])
        assert list(got) == ["a"]
        assert (got["a"].text, got["a"].heading_path) == (chunk.text, chunk.heading_path)
        assert list(store.live_ids()) == ["a"]

    def test_retired_chunks_cannot_be_got(self) -> None:
        store = self.make_store()
        self.flip(store, live=[make_chunk("a"), make_chunk("b", ordinal=1)])
        self.flip(store, gone=["a"])
        assert list(store.get(["a", "b"])) == ["b"]
        assert list(store.live_ids()) == ["b"]

    def test_revision_grows_with_every_change(self) -> None:
        store = self.make_store()
        seen = [store.revision()]
        self.flip(store, live=[make_chunk("a")])
        seen.append(store.revision())
        self.flip(store, gone=["a"])
        seen.append(store.revision())
        assert seen[0] < seen[1] < seen[2]

    def test_changes_since_a_revision_are_only_the_later_ones(self) -> None:
        store = self.make_store()
        self.flip(store, live=[make_chunk("a"), make_chunk("b", ordinal=1)])
        revision = store.revision()
        self.flip(store, live=[make_chunk("c", ordinal=2)], gone=["a"])
        changes = store.changes_since(revision)
        assert [chunk.id for chunk in changes.live] == ["c"]
        assert list(changes.gone) == ["a"]
        assert changes.revision == store.revision()

    def test_changes_since_nothing_are_all_that_is_live(self) -> None:
        store = self.make_store()
        self.flip(store, live=[make_chunk("a"), make_chunk("b", ordinal=1)])
        self.flip(store, gone=["a"])
        assert [chunk.id for chunk in store.changes_since(0).live] == ["b"]

    def test_chunk_that_comes_back_is_live_again(self) -> None:
        store = self.make_store()
        self.flip(store, live=[make_chunk("a")])
        self.flip(store, gone=["a"])
        revision = store.revision()
        self.flip(store, live=[make_chunk("a")])
        changes = store.changes_since(revision)
        assert [chunk.id for chunk in changes.live] == ["a"]
        assert list(changes.gone) == []
        assert list(store.live_ids()) == ["a"]


class VectorsContract:
    """Says what `Vectors` promises. A subclass makes an empty one."""

    def make_vectors(self) -> Vectors:
        raise NotImplementedError

    def test_nearest_come_first_with_their_cosine(self) -> None:
        vectors = self.make_vectors()
        vectors.add({"east": [[1, 0]], "north": [[0, 1]], "north-east": [[1, 1]]})
        found = vectors.search(_vector(2, 0.1), limit=2)
        assert [id for id, _ in found] == ["east", "north-east"]
        assert abs(found[0][1] - 2 / np.hypot(2, 0.1)) < 1e-4

    def test_id_with_several_vectors_scores_by_its_best(self) -> None:
        vectors = self.make_vectors()
        vectors.add({"both": [[0, 1], [1, 0]], "between": [[1, 1]]})
        assert [id for id, _ in vectors.search(_vector(1, 0), limit=5)] == ["both", "between"]

    def test_many_vectors_of_one_id_do_not_crowd_out_the_others(self) -> None:
        vectors = self.make_vectors()
        vectors.add(
            {"crowd": [[1, n / 1000] for n in range(40)], **{f"other-{n}": [[1, 1 + n]] for n in range(5)}}
        )
        assert len(vectors.search(_vector(1, 0), limit=6)) == 6

    def test_equal_cosines_come_in_the_order_of_their_ids(self) -> None:
        vectors = self.make_vectors()
        vectors.add({id: [[1, 0]] for id in ("c", "a", "b")})
        assert [id for id, _ in vectors.search(_vector(1, 0), limit=3)] == ["a", "b", "c"]

    def test_removed_ids_are_not_found(self) -> None:
        vectors = self.make_vectors()
        vectors.add({"a": [[1, 0], [0, 1]], "b": [[1, 1]]})
        vectors.remove(["a", "unknown"])
        assert [id for id, _ in vectors.search(_vector(1, 0), limit=5)] == ["b"]
        assert vectors.present(["a", "b"]) == {"b"}

    def test_adding_twice_changes_nothing(self) -> None:
        vectors = self.make_vectors()
        for _ in range(2):
            vectors.add({"a": [[1, 0], [0, 1]]})
        assert list(vectors.ids()) == ["a"]
        assert vectors.get(["a"])["a"].tolist() == [[1, 0], [0, 1]]

    def test_all_vectors_of_an_id_are_got_in_their_order(self) -> None:
        vectors = self.make_vectors()
        vectors.add({"many": [[1, n] for n in range(12)], "one": [[0, 1]]})
        got = vectors.get(["one", "many", "unknown"])
        assert set(got) == {"one", "many"}
        assert np.allclose(got["many"], [[1, n] for n in range(12)])
        assert np.allclose(got["one"], [[0, 1]])

    def test_dropped_collection_is_empty_and_takes_new_vectors(self) -> None:
        vectors = self.make_vectors()
        vectors.add({"a": [[1, 0]]})
        vectors.drop()
        vectors.drop()
        assert list(vectors.ids()) == []
        vectors.add({"b": [[1, 0]]})
        assert list(vectors.ids()) == ["b"]

    def test_empty_collection_finds_nothing(self) -> None:
        vectors = self.make_vectors()
        assert vectors.search(_vector(1, 0), limit=5) == []
        assert vectors.get(["a"]) == {}


def _vector(*numbers: float) -> Array:
    return np.asarray(numbers, dtype=np.float32)
