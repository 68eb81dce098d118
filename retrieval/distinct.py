"""What is left of any embedder's vectors without what all of them share and the language that they are written in.

Embedders differ in how far apart they hold texts that have nothing to do with each other: some at a cosine of 0.1, some
at 0.8. Everything that reads cosines here (fusion, relevance, the ranking of sentences) was fitted on the home embedder,
whose vectors are freed of both (`retrieval.embedding`). Another embedder's are freed of its own: what a few texts about
everything, in English and the same in Chinese, have in common.
"""

import threading
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

from retrieval.embedding import Array

VERSION = "distinct-1"  # of the texts and of what is taken away: another makes other vectors


class DistinctEmbeddings(Embeddings):
    """Vectors of length one. Embeds the texts about everything when it is first asked for anything. Thread-safe."""

    def __init__(self, embedder: Embeddings) -> None:
        self._embedder = embedder
        self._common: tuple[Array, Array] | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return f"{getattr(self._embedder, 'name', '')}-{VERSION}"

    @property
    def dimensions(self) -> Any:
        return getattr(self._embedder, "dimensions", None)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        if not texts:
            return []
        rows: list[list[float]] = self._distinct(self._embedder.embed_documents(texts)).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        row: list[float] = self._distinct([self._embedder.embed_query(text)])[0].tolist()
        return row

    def _distinct(self, vectors: list[list[float]]) -> Array:
        mean, language = self._what_is_common()
        rest = np.asarray(vectors, dtype=np.float32) - mean
        rest = rest - np.outer(rest @ language, language)
        return np.asarray(rest / np.maximum(np.linalg.norm(rest, axis=1, keepdims=True), 1e-9), np.float32)

    def _what_is_common(self) -> tuple[Array, Array]:
        with self._lock:
            if self._common is None:
                english, chinese = _texts_about_everything()
                rows = np.asarray(self._embedder.embed_documents([*english, *chinese]), dtype=np.float32)
                means = rows[: len(english)].mean(axis=0), rows[len(english) :].mean(axis=0)
                apart = means[0] - means[1]
                self._common = (
                    (means[0] + means[1]) / 2,
                    apart / max(float(np.linalg.norm(apart)), 1e-9),
                )
            return self._common


@cache
def _texts_about_everything() -> tuple[list[str], list[str]]:
    """A text and the same in Chinese on each line, parted by a bar."""
    text = (files("retrieval") / "fitted" / "about_everything.txt").read_text(encoding="utf-8")
    pairs = [line.split("|") for line in text.splitlines() if line]
    return [pair[0].strip() for pair in pairs], [pair[1].strip() for pair in pairs]
