"""Messages → the model's sentences, one by one, as they are finished.

Streams, takes out what is thought aloud, and gives up in time: nothing came, it stalls, it loops, it is not language.
Closing the generator closes the request. Knows nothing of passages; nothing that it yields has been checked.
"""

import asyncio
import re
import time
import unicodedata
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import httpx
import openai
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from dialogue.errors import ModelFailed
from dialogue.turns import AnswerLimits
from dialogue.writing.thinking import ThoughtFilter
from dialogue.writing.usage import Usage, usage_of
from retrieval import split_sentences

_END = re.compile(
    r"(?:[。！？；]+|(?<!\d)[.!?]+(?=\s)|(?<=\d)[.!?](?=\s+[A-Z\[])|\n)(?:[”」』\"')\]）】]*)(?:\s*\[[\d,，\s]+\])*"
)
# Looked at with every piece that arrives: what is plainly language is not taken apart mark by mark.
_PLAIN = re.compile(r"[!-~\u2010-\u2027\u3001-\u3003\u3008-\u3011\u3400-\u9fff\uff01-\uff0f\uff1a-\uff20]*")
LONGEST_SENTENCE = 600


@dataclass
class Draft:
    """What the model has written so far, without its thoughts; filled while it writes."""

    text: str = ""
    usage: Usage = field(default_factory=dict)
    chunks: int = 0  # that arrived, with text or without
    first_text_at: float | None = None  # time.monotonic() of the first text that is no thought
    characters_thought: int = 0


async def write(
    messages: Sequence[BaseMessage],
    *,
    model: BaseChatModel,
    draft: Draft,
    limits: AnswerLimits,
    deadline: float,
    complete: Callable[[str], str] = lambda beginning: "",
) -> AsyncGenerator[str]:
    """Yields finished sentences. Raises ModelFailed as soon as nothing good can be expected any more.

    `deadline` is a moment of time.monotonic(). When it comes after something was written, writing just ends.
    `complete` gives the whole of a sentence whose beginning leaves no doubt, else "": nobody waits for its rest.
    """
    writing = _Writing(draft=draft, complete=complete)
    async with aclosing(
        _chunks(messages, model=model, draft=draft, limits=limits, deadline=deadline)
    ) as chunks:
        async for chunk in chunks:
            for sentence in writing.take(chunk):
                yield sentence
            if is_looping(draft.text):
                return
    for sentence in writing.end():
        yield sentence
    if not draft.text.strip():
        raise ModelFailed("silent")


class _Writing:
    """Pieces of what a model writes → its sentences, each told once. Keeps the draft."""

    def __init__(self, *, draft: Draft, complete: Callable[[str], str]) -> None:
        self._draft, self._complete = draft, complete
        self._thoughts = ThoughtFilter()
        self._pending = ""
        self._is_known = False  # the sentence that is being written was told already

    def take(self, chunk: str) -> Iterator[str]:
        text = self._without_thoughts(chunk)
        if text.strip() and self._draft.first_text_at is None:
            self._draft.first_text_at = time.monotonic()
        self._draft.text += text
        self._pending += text
        if is_garbled(self._draft.text[-400:]):
            raise ModelFailed("garbled")
        yield from self._finished()
        yield from self._beyond_doubt()

    def end(self) -> Iterator[str]:
        rest = self._thoughts.end()
        self._draft.text += rest
        pending = (self._pending + rest).strip()
        if pending and not self._is_known:
            yield pending

    def _without_thoughts(self, chunk: str) -> str:
        text = self._thoughts.feed(chunk)
        self._draft.characters_thought += len(chunk) - len(text)
        if self._thoughts.retracted:  # all that was written so far was thought, too
            self._draft.text, self._pending, self._is_known = "", "", False
            self._thoughts.retracted = False
        return text

    def _finished(self) -> Iterator[str]:
        sentences, self._pending = _finished(self._pending)
        for sentence in sentences:
            if not self._is_known:
                yield sentence
            self._is_known = False

    def _beyond_doubt(self) -> Iterator[str]:
        if not self._is_known and (whole := self._complete(self._pending)):
            self._is_known = True
            yield whole


async def _chunks(
    messages: Sequence[BaseMessage],
    *,
    model: BaseChatModel,
    draft: Draft,
    limits: AnswerLimits,
    deadline: float,
) -> AsyncGenerator[str]:
    """The raw stream under its deadlines. Every way in which a server can fail becomes ModelFailed."""
    stream = model.astream(list(messages), max_tokens=limits.tokens)
    first_by = time.monotonic() + limits.first_token
    async with aclosing(stream):  # type: ignore[type-var] # an async generator, typed as iterator by LangChain
        while True:
            now = time.monotonic()
            # The first chunk names a role before anything was computed: only the second one shows that it lives.
            patience = first_by - now if draft.chunks < 2 else limits.between_tokens
            try:
                async with asyncio.timeout(max(0.0, min(patience, deadline - now))):
                    chunk = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError:
                if draft.text.strip() and time.monotonic() >= deadline - 0.01:
                    return
                raise ModelFailed("slow" if draft.text.strip() else "silent") from None
            except (openai.APIConnectionError, httpx.TransportError, OSError) as error:
                raise ModelFailed("unreachable") from error
            except (
                Exception
            ) as error:  # whatever a model class may raise: the customer gets an answer all the same
                raise ModelFailed("refused") from error
            draft.chunks += 1
            draft.usage = usage_of(chunk) or draft.usage
            yield _text_of(chunk)


def _text_of(chunk: Any) -> str:
    content = chunk.content
    if isinstance(content, str):
        return content
    return "".join(
        part.get("text", "") for part in content if isinstance(part, dict) and part.get("type") == "text"
    )


def _finished(text: str) -> tuple[list[str], str]:
    """Sentences that are complete, each with the citation marks after it, and the rest.

    A mark may still follow the end that was seen last, so a sentence waits for what comes after it.
    """
    sentences: list[str] = []
    start = 0
    for end in _END.finditer(text):
        follows = text[end.end() :].lstrip()
        if (
            not follows or follows[0] in "[【"
        ):  # a mark, or the rest of one, may still belong to this sentence
            break
        if len(split_sentences(f"{text[start : end.start() + 1]} Next")) == 1:  # "St. Mary"
            continue
        sentences.append(text[start : end.end()].strip())
        start = end.end()
    rest = text[start:]
    if len(rest) > LONGEST_SENTENCE:
        sentences, rest = [*sentences, rest.strip()], ""
    return [sentence for sentence in sentences if sentence], rest


def is_looping(text: str) -> bool:
    """The same words over and over: the last part of the text has been said twice before, right before it."""
    tail = text[-240:]
    if tail.find(tail[-8:], max(0, len(tail) - 88), max(0, len(tail) - 8)) < 0:
        return False  # its end was not said before: no need to try every length
    return any(
        len(tail) >= 3 * size
        and tail[-size:] == tail[-2 * size : -size] == tail[-3 * size : -2 * size]
        and tail[-size:].strip(" .。-")
        for size in range(8, 81)
    )


def is_garbled(text: str) -> bool:
    """Not language: replacement and control characters, scripts of neither language, symbols without words."""
    seen = "".join(text.split())
    if len(seen) < 24:
        return "\ufffd" in text or any(unicodedata.category(mark) in ("Cc", "Co", "Cs") for mark in seen)
    odd = 0 if _PLAIN.fullmatch(seen) else sum(map(_is_odd, seen))
    letters = sum(map(str.isalnum, seen))
    return odd > 0.08 * len(seen) or letters < 0.4 * len(seen) or _longest_word(text) > 80


def _is_odd(mark: str) -> bool:
    if mark == "\ufffd" or unicodedata.category(mark) in ("Cc", "Co", "Cs", "Cn"):
        return True
    return mark.isalpha() and not ("a" <= mark.lower() <= "ɏ" or "\u3400" <= mark <= "\u9fff")


def _longest_word(text: str) -> int:
    """Where one is longer than 80 characters."""
    if max(map(len, text.split()), default=0) <= 80:
        return 0  # short enough, whatever else parts words
    return max(
        (len(word) for word in re.findall(r"[^\s\u3000-\u9fff，。！？；：、]+", text) if "://" not in word),
        default=0,
    )
