"""An embedder behind any OpenAI-compatible `/v1/embeddings`, as LangChain's `Embeddings`.

Texts go in batches, and again after a while when the server is busy or away. A question is asked once and briefly: a
search that waits longer is worth less than one by words alone. What comes back is checked before it is believed. Knows
nothing of which model is good; `retrieval.distinct` brings its cosines to the scale that the rest is used to.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import numpy as np
from langchain_core.embeddings import Embeddings

from retrieval.cleaning import clean_text
from retrieval.embedding import LONGEST_TEXT, Array
from retrieval.errors import EmbedderRefuses, IndexUnavailable

BATCH = 32  # texts in one request: what the smallest servers take
TIMEOUT = 60.0  # seconds for a batch
QUESTION_TIMEOUT = 3.0
PAUSES = (0.5, 2.0, 5.0)  # seconds before a batch is sent again
LEFT_ALONE = 5.0  # seconds for which nothing is asked of a server that kept a question waiting
PASSING = frozenset({408, 409, 425, 429})  # and every 5xx: what another try can help


class RemoteEmbeddings(Embeddings):
    """Vectors of length one. With `dimensions`, any other length is refused; without, the first answer tells it.

    Raises `IndexUnavailable`, or `EmbedderRefuses` where trying again cannot help. Thread-safe.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        api_key: str = "",
        dimensions: int = 0,
        timeout: float = TIMEOUT,
        question_timeout: float = QUESTION_TIMEOUT,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self.name = model
        self._url = f"{base_url.rstrip('/')}/embeddings"
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._dimensions = dimensions
        self._timeout = timeout
        self._question_timeout = question_timeout
        self._pauses = pauses
        self._alone_until = 0.0
        self._client = httpx.Client(headers=self._headers)
        self._lock = threading.Lock()

    @property
    def dimensions(self) -> int:
        """How long its vectors are; asked of the server once."""
        if not self._dimensions:
            self.embed_documents(["dimensions"])
        return self._dimensions

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = []
        for start in range(0, len(texts), BATCH):
            rows += self._patiently(texts[start : start + BATCH]).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        if time.monotonic() < self._alone_until:
            raise IndexUnavailable(f"{self._url} did not answer a moment ago and is left alone.")
        try:
            row: list[float] = self._ask([text], timeout=self._question_timeout)[0].tolist()
        except IndexUnavailable:
            self._alone_until = time.monotonic() + LEFT_ALONE
            raise
        return row

    def _patiently(self, texts: list[str]) -> Array:
        for pause in self._pauses:
            try:
                return self._ask(texts, timeout=self._timeout)
            except EmbedderRefuses:
                raise
            except IndexUnavailable:
                time.sleep(pause)
        return self._ask(texts, timeout=self._timeout)

    def _ask(self, texts: list[str], *, timeout: float) -> Array:
        asked = {"model": self.name, "input": [_prepared(text) for text in texts], "encoding_format": "float"}
        try:
            answer = self._client.post(self._url, json=asked, timeout=timeout)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise IndexUnavailable(f"{self._url} does not answer: {type(error).__name__}") from error
        if answer.status_code in PASSING or answer.status_code >= 500:
            raise IndexUnavailable(f"{self._url} answers {answer.status_code}.")
        if not answer.is_success:
            raise EmbedderRefuses(f"{self._url} refuses “{self.name}” with {answer.status_code}.")
        return self._checked(answer, count=len(texts))

    def _checked(self, answer: httpx.Response, *, count: int) -> Array:
        """Rows in the order of the texts. A vector that is not one would be found by nobody, or by everybody."""
        try:
            rows = list(_rows(answer.json()))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise EmbedderRefuses(f"{self._url} does not answer with embeddings.") from error
        if len(rows) != count:
            raise EmbedderRefuses(f"{self._url} gives {len(rows)} vectors for {count} texts.")
        with self._lock:
            self._dimensions = self._dimensions or len(rows[0])
        if any(len(row) != self._dimensions for row in rows):
            found = sorted({len(row) for row in rows})
            raise EmbedderRefuses(f"“{self.name}” gives vectors of {found} numbers, not {self._dimensions}.")
        vectors = np.asarray(rows, dtype=np.float64)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not lengths.all():
            raise EmbedderRefuses(f"“{self.name}” gives vectors with numbers that are none, or only zeros.")
        return np.asarray(vectors / lengths, dtype=np.float32)


def _rows(answer: Any) -> Iterator[list[float]]:
    for item in sorted(answer["data"], key=lambda item: int(item["index"])):
        row = [
            float(number) for number in item["embedding"]
        ]  # JSON's null is no number, NaN is looked at below
        if not row:
            raise ValueError("an empty vector")
        yield row


def _prepared(text: str) -> str:
    return clean_text(text)[:LONGEST_TEXT] or " "
