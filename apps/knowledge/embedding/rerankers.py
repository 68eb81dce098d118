"""The reranker that RERANK_URL and RERANK_MODEL name, for every knowledge base; without them there is none."""

from functools import lru_cache

from django.conf import settings

from retrieval import RemoteReranker, Reranker


def reranker() -> Reranker | None:
    if not settings.RERANK_URL:
        return None
    return _remote(
        settings.RERANK_URL, settings.RERANK_MODEL, settings.RERANK_API_KEY, settings.RERANK_TIMEOUT
    )


@lru_cache(maxsize=4)
def _remote(url: str, model: str, key: str, timeout: float) -> RemoteReranker:
    """One per process: it remembers whether its server was slow a moment ago."""
    return RemoteReranker(url=url, model=model, api_key=key, timeout=timeout)
