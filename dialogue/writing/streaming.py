"""A chat model behind an OpenAI-compatible address whose stream costs what its text costs.

LangChain's own class makes several validated objects of every token and keeps an account of each run that nobody here
reads, which on a busy web process costs more than all the rest of an answer. Here what has arrived together becomes one
chunk: under load pieces grow, and nothing falls behind. Everything else, requests without a stream included, is LangChain's.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing
from functools import cached_property
from typing import Any, cast

import httpx
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.runnables import RunnableConfig
from langchain_openai import ChatOpenAI
from pydantic import PrivateAttr, SecretStr

# While many answers are under way each of them is looked at less often, so that more has come by then: seconds for each
# other answer, and at the most.
_PATIENCE, _LONGEST_PATIENCE = 0.001, 0.06
# As many customers as a web process can serve may wait for the model at once.
_LIMITS = httpx.Limits(max_connections=1_000, max_keepalive_connections=100)


class StreamingChat(ChatOpenAI):
    """ChatOpenAI with `_astream` of its own. An answer that is an error, or holds one, raises."""

    _under_way: int = PrivateAttr(0)

    @cached_property
    def _http(self) -> httpx.AsyncClient:
        """On first use, and kept: a client reads the system's certificates while it is made."""
        key = self.openai_api_key
        token = key.get_secret_value() if isinstance(key, SecretStr) else ""
        return httpx.AsyncClient(
            base_url=str(self.openai_api_base).rstrip("/") + "/",
            headers={"Authorization": f"Bearer {token}"},
            timeout=self.request_timeout,  # type: ignore[arg-type] # `connect` gives an httpx.Timeout
            limits=_LIMITS,
        )

    async def astream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AIMessageChunk]:
        """The bare chunks, unless somebody wants to be told of the run, which `config` says."""
        if config is not None:
            async for message in super().astream(input, config, stop=stop, **kwargs):
                yield message
            return
        messages = self._convert_input(input).to_messages()
        async with aclosing(cast(Any, self._astream(messages, stop=stop, **kwargs))) as chunks:
            async for chunk in chunks:
                yield chunk.message

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        asked = self._get_request_payload(messages, stop=stop, **kwargs)
        asked |= {"stream": True, "stream_options": {"include_usage": True}}
        inbox = _Inbox()
        reading = asyncio.create_task(self._read(asked, inbox=inbox))
        reading.add_done_callback(lambda _: inbox.arrived.set())
        is_first = True
        try:
            is_over = False
            while not is_over:
                events = await inbox.take()
                is_over = reading.done()
                if is_first and len(events) > 1:  # it tells that somebody is there, whatever comes with it
                    yield _chunk(events[:1])
                    events = events[1:]
                if events:
                    is_first = False
                    yield _chunk(events)
            await reading  # raises what went wrong
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, asked: dict[str, Any], *, inbox: "_Inbox") -> None:
        self._under_way += 1
        try:
            async with self._http.stream("POST", "chat/completions", json=asked) as response:
                response.raise_for_status()
                async for received in response.aiter_bytes():
                    inbox.put(received)
                    if not inbox.arrived.is_set():
                        await asyncio.sleep(min((self._under_way - 1) * _PATIENCE, _LONGEST_PATIENCE))
                        inbox.arrived.set()
        finally:
            self._under_way -= 1


class _Inbox:
    """What has arrived and was not taken yet."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self._received = b""

    def put(self, received: bytes) -> None:
        self._received += received

    async def take(self) -> list[Mapping[str, Any]]:
        """All whole events, once there is news; none when the news is that it is over."""
        await self.arrived.wait()
        self.arrived.clear()
        whole, end, rest = self._received.rpartition(b"\n")
        self._received = rest if end else self._received
        return list(_events(whole.decode().split("\n")))


def _events(lines: list[str]) -> Iterator[Mapping[str, Any]]:
    for line in lines:
        field, _, value = line.strip().partition(":")
        if field == "data" and value.strip() != "[DONE]":
            event = json.loads(value)
            if "error" in event:
                raise ValueError(f"The model server says: {event['error']}")
            yield event


def _chunk(events: list[Mapping[str, Any]]) -> ChatGenerationChunk:
    texts = (choice["delta"].get("content") for event in events for choice in event.get("choices") or ())
    usage = next((event["usage"] for event in reversed(events) if event.get("usage")), None)
    message = AIMessageChunk(content="".join(filter(None, texts)))
    if usage:
        asked, written = int(usage["prompt_tokens"]), int(usage["completion_tokens"])
        message.usage_metadata = UsageMetadata(
            input_tokens=asked, output_tokens=written, total_tokens=asked + written
        )
    return ChatGenerationChunk(message=message)
