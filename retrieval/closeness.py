"""How close in meaning short texts are to a question, for whoever ranks sentences.

A sentence is embedded when it first stands among the best for some question, and remembered: a help centre's sentences
come up again and again. Knows nothing of where texts come from.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from langchain_core.embeddings import Embeddings

from retrieval.embedding import Array
from retrieval.errors import IndexUnavailable

REMEMBERED = 20_000  # texts: 15 MB at 384 dimensions


class Closeness:
    """Cosines between a question's vector and texts. Thread-safe; one serves all knowledge bases of an embedder."""

    def __init__(self, embedder: Embeddings, *, remembered: int = REMEMBERED) -> None:
        self._embedder = embedder
        self._remembered = remembered
        self._vectors: OrderedDict[str, Array] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str], *, question: Array) -> list[float]:
        """One number between -1 and 1 for each text. Raises IndexUnavailable when the embedder does not answer."""
        known = self._known(texts)
        known |= self._embedded([text for text in dict.fromkeys(texts) if text not in known])
        return [float(known[text].astype(np.float32) @ question) for text in texts]

    def _known(self, texts: Sequence[str]) -> dict[str, Array]:
        with self._lock:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
            for text in known:
                self._vectors.move_to_end(text)
        return known

    def _embedded(self, texts: list[str]) -> dict[str, Array]:
        if not texts:
            return {}
        try:
            rows = np.asarray(self._embedder.embed_documents(texts), dtype=np.float32)
        except IndexUnavailable:
            raise
        except Exception as error:  # whatever an embedder behind HTTP raises means the same here
            raise IndexUnavailable(f"The embedder does not answer: {error}") from error
        rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        new = dict(zip(texts, rows.astype(np.float16), strict=True))
        with self._lock:
            self._vectors |= new
            while len(self._vectors) > self._remembered:
                self._vectors.popitem(last=False)
        return new
