"""OpenAI's chat completions in and out: its `messages` become a question with a history, an answer its shapes.

What the site says (its knowledge, its prompt, its model) is not the caller's: instructions and sampling settings are passed
over. `citations`, `decision`, `reason` and `offer_person` stand beside `content`; clients that do not know them ignore them.
"""

import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from apps.api.edge import told_of
from apps.api.openai_errors import error_as_json
from apps.api.openai_schemas import CompletionIn, SaidIn
from apps.api.refusals import Refused
from apps.conversations.live.database import in_database
from apps.conversations.models import CITATION_MARK, Site
from apps.conversations.replying import answering, replies, trials
from apps.conversations.replying.trials import Question
from apps.conversations.texts import check_text, is_storable
from apps.conversations.wording import say
from apps.integrations.faces import citation_as_json
from dialogue import Answer, Cited, Decided, Finished, Sentence, Utterance

logger = logging.getLogger(__name__)

MODEL = "seekdesk"
CHUNK = "chat.completion.chunk"
Piece = dict[str, Any]  # of a message: what a delta holds


@dataclass(frozen=True, slots=True)
class Asked:
    site: Site
    question: Question
    is_kept: bool
    wants_usage: bool
    id: UUID = field(default_factory=uuid4)
    created: int = field(default_factory=lambda: int(time.time()))

    def as_json(self, *, kind: str, choices: list[Piece], **others: Any) -> Piece:
        head = {"id": f"chatcmpl-{self.id}", "object": kind, "created": self.created, "model": MODEL}
        return {**head, "choices": choices, **others}


# --- In -----------------------------------------------------------------------------------------------------


def asked_of(site: Site, body: CompletionIn) -> Asked:
    check_supported(body)
    said = [one for one in body.messages if one.role in ("user", "assistant")]
    if not said or said[-1].role != "user":
        raise Refused("unsupported", detail="messages: the last is the user's")
    earlier = [utterance(one) for one in reversed(said[:-1])]
    history = replies.remembered([one for one in earlier if one.text.strip()])
    return Asked(
        site,
        Question("", check_text(text_of(said[-1])), history),
        is_kept=body.store is not False,
        wants_usage=bool(body.stream_options and body.stream_options.include_usage),
    )


def check_supported(body: CompletionIn) -> None:
    if body.model != MODEL:
        raise Refused("model_not_found", detail="model")
    if body.n not in (None, 1):
        raise Refused("unsupported", detail="n")
    if body.response_format and body.response_format.get("type", "text") != "text":
        raise Refused("unsupported", detail="response_format")


def utterance(said: SaidIn) -> Utterance:
    text = text_of(said)
    if not is_storable(text):
        raise Refused("invalid", detail="messages")
    return (
        Utterance("user", text)
        if said.role == "user"
        else Utterance("assistant", CITATION_MARK.sub("", text))
    )


def text_of(said: SaidIn) -> str:
    if not isinstance(said.content, list):
        return said.content or ""
    if any(part.type != "text" for part in said.content):
        raise Refused("unsupported", detail="messages: parts other than text")
    return "\n".join(part.text for part in said.content)


# --- Out ----------------------------------------------------------------------------------------------------


async def told(asked: Asked) -> AsyncGenerator[Piece | Answer]:
    """The message in pieces, while it comes about, and the answer that ends it."""
    turn = trials.turn_of(asked.site, asked.question)
    transfers = False
    async with aclosing(answering.answer_for(asked.site, turn=turn)) as events:
        async for event in events:
            match event:
                case Decided():
                    transfers = event.reason == "asked_for_person"
                case Sentence():
                    yield {"content": person_elsewhere(asked.site, event.text) if transfers else event.text}
                case Cited():
                    yield {"citations": [citation_as_json(one) for one in event.citations]}
                case Finished():
                    if asked.is_kept:
                        await in_database(trials.keep, asked.site, asked.question, event.answer, id=asked.id)
                    yield event.answer


def person_elsewhere(site: Site, text: str) -> str:
    """In the language of what the assistant would have said in a conversation."""
    locale = "zh-hans" if any("\u4e00" <= one <= "\u9fff" for one in text) else "en"
    return say("person_elsewhere", locale=locale).replace("{site}", site.name)


def outcome(answer: Answer) -> Piece:
    return {"decision": answer.decision, "reason": answer.reason, "offer_person": answer.offers_person}


async def whole(asked: Asked) -> Piece:
    message: Piece = {"role": "assistant", "content": "", "refusal": None, "citations": []}
    usage: Piece = {}
    async with aclosing(told(asked)) as pieces:
        async for piece in pieces:
            match piece:
                case Answer():
                    message |= outcome(piece)
                    usage = usage_of(piece)
                case {"content": text}:
                    message["content"] += text
                case _:
                    message |= piece
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return asked.as_json(kind="chat.completion", choices=[choice], usage=usage)


async def streamed(asked: Asked) -> AsyncIterator[bytes]:
    """OpenAI's server-sent events. Whoever goes away ends the answer."""
    try:
        async with aclosing(chunks(asked)) as told:
            async for one in told:
                yield one
    except Exception as error:  # the headers are sent: what is wrong can only be told in the stream
        logger.exception("A completion was not finished.")
        yield frame(error_as_json(told_of(error)))
    yield b"data: [DONE]\n\n"


async def chunks(asked: Asked) -> AsyncGenerator[bytes]:
    yield chunk(asked, {"role": "assistant", "content": ""})
    async with aclosing(told(asked)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Answer):
                yield chunk(asked, outcome(piece), finish_reason="stop")
                if asked.wants_usage:
                    yield frame(asked.as_json(kind=CHUNK, choices=[], usage=usage_of(piece)))
            else:
                yield chunk(asked, piece)


def chunk(asked: Asked, delta: Piece, *, finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
    usage = {"usage": None} if asked.wants_usage else {}
    return frame(asked.as_json(kind=CHUNK, choices=[choice], **usage))


def frame(data: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def usage_of(answer: Answer) -> dict[str, int]:
    """What the model was asked and wrote; nothing where a rule or a passage answered."""
    asked, written = answer.usage.get("input_tokens", 0), answer.usage.get("output_tokens", 0)
    return {"prompt_tokens": asked, "completion_tokens": written, "total_tokens": asked + written}
