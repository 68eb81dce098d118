"""An address → a chat model, and whether it serves right now."""

import asyncio
import time

import httpx
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from dialogue.writing.streaming import StreamingChat

READY_WITHIN = 5.0  # seconds for one token


def connect(*, base_url: str, api_key: str, model: str, timeout: float = 15.0) -> StreamingChat:
    """A model behind an OpenAI-compatible address. Nothing is asked of it yet. No retries: a customer is waiting."""
    return StreamingChat(
        base_url=base_url,
        api_key=SecretStr(api_key or "none"),
        model=model,
        temperature=0,
        max_retries=0,
        stream_usage=True,
        stream_chunk_timeout=None,  # writing.py keeps the time
        use_responses_api=False,
        timeout=httpx.Timeout(timeout, connect=2.0),
    )


async def is_ready(model: BaseChatModel, *, within: float = READY_WITHIN) -> bool:
    """Whether a one-token completion came back in time. Whatever goes wrong, the answer is no."""
    try:
        async with asyncio.timeout(within):
            await model.ainvoke([HumanMessage(content="Hi")], max_tokens=1)
    except Exception:
        return False
    return True


class Failures:
    """Remembers models that just did not answer, so that the next customers need not wait for the same silence."""

    def __init__(self, *, spell: float = 10.0, patience: int = 2) -> None:
        self._spell, self._patience = spell, patience
        self._counts: dict[str, tuple[int, float]] = {}

    def note(self, model: BaseChatModel, *, failed: bool) -> None:
        if not failed:
            self._counts.pop(_address(model), None)
            return
        count, _ = self._counts.get(_address(model), (0, 0.0))
        self._counts[_address(model)] = (count + 1, time.monotonic())

    def are_recent(self, model: BaseChatModel) -> bool:
        """True for a while after several failures in a row; then one question tries again."""
        count, at = self._counts.get(_address(model), (0, 0.0))
        return count >= self._patience and time.monotonic() - at < self._spell


def name_of(model: BaseChatModel) -> str:
    return str(getattr(model, "model_name", None) or type(model).__name__)


def _address(model: BaseChatModel) -> str:
    if isinstance(model, ChatOpenAI):
        return f"{model.openai_api_base} {model.model_name}"
    return str(id(model))
