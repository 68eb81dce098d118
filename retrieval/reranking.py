"""An optional second look: a server behind `/v1/rerank` reads the question with each of the best passages, and orders those.

Jina's, Cohere's and vLLM's answers are understood, and the bare list of text-embeddings-inference. A search waits briefly
and once: where the server is away, slow or answers nonsense, the order stays as it was fused, and for a while nothing is
asked. Knows texts and numbers only; what counts as evidence is decided by relevance, before and without it.
"""

import math
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import httpx

from retrieval.cleaning import clean_text
from retrieval.errors import IndexUnavailable

RERANKED = 24  # passages at the most: what lies deeper is hardly ever right, and each costs its time
LONGEST_TEXT = 2_000  # characters of each
TIMEOUT = 2.0  # seconds
LEFT_ALONE = 30.0  # seconds for which nothing is asked of a server that kept a search waiting


class Reranker(Protocol):
    name: str

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """One for each text, in their order; more is better. Raises `IndexUnavailable`."""


class RemoteReranker:
    """Thread-safe. `url` is the server's `…/v1`, or the whole address that ends with `rerank`."""

    def __init__(
        self,
        *,
        url: str,
        model: str,
        api_key: str = "",
        timeout: float = TIMEOUT,
        left_alone: float = LEFT_ALONE,
    ) -> None:
        self.name = model
        plain = url.rstrip("/")
        self._url = plain if plain.endswith("rerank") else f"{plain}/rerank"
        self._timeout = timeout
        self._left_alone = left_alone
        self._alone_until = 0.0
        self._lock = threading.Lock()
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.Client(headers=headers, timeout=timeout)

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        if not texts:
            return []
        with self._lock:
            if time.monotonic() < self._alone_until:
                raise IndexUnavailable(f"{self._url} did not serve a moment ago and is left alone.")
        try:
            return self._ask(question, texts)
        except IndexUnavailable:
            with self._lock:
                self._alone_until = time.monotonic() + self._left_alone
            raise

    def _ask(self, question: str, texts: Sequence[str]) -> list[float]:
        documents = [clean_text(text)[:LONGEST_TEXT] or " " for text in texts]
        asked = {
            "model": self.name,
            "query": question,
            "documents": documents,
            "top_n": len(documents),
            "return_documents": False,
        }
        try:
            answer = self._client.post(self._url, json=asked)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise IndexUnavailable(f"{self._url} does not answer: {type(error).__name__}") from error
        if not answer.is_success:
            raise IndexUnavailable(f"{self._url} answers {answer.status_code}.")
        try:
            return _scores(answer.json(), count=len(texts))
        except (ValueError, TypeError, KeyError) as error:
            raise IndexUnavailable(f"{self._url} does not answer with one score for each text.") from error


def _scores(answer: Any, *, count: int) -> list[float]:
    found = {int(item["index"]): _score(item) for item in _items(answer)}
    if sorted(found) != list(range(count)) or not all(math.isfinite(score) for score in found.values()):
        raise ValueError("not one score for each text")
    return [found[number] for number in range(count)]


def _items(answer: Any) -> list[Mapping[str, Any]]:
    """`results` of Jina, Cohere and vLLM, `data` of vLLM's older answers and Voyage, or the list by itself."""
    if isinstance(answer, Mapping):
        answer = answer["results"] if "results" in answer else answer["data"]
    if not isinstance(answer, list):
        raise TypeError("no list of scores")
    return answer


def _score(item: Mapping[str, Any]) -> float:
    return float(item["relevance_score"] if "relevance_score" in item else item["score"])
