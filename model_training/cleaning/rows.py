"""A cleaned conversation → the rows that TRL loads as they are: SFT, KTO from thumbs, DPO from edited drafts.

Every row of a file has the same keys, also inside its messages: loaders take a file's columns from its beginning. What
rendering needs (passages, which replies are to be learnt) stands beside what TRL reads.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from model_training.records import Conversation, Message

Row = dict[str, Any]
_PASSAGE_TEXTS = ("chunk_id", "document_id", "title", "url", "text", "question")
_SPACE = re.compile(r"\s+")


def sft_row(conversation: Conversation, *, unlearnt: Sequence[str], extra: Mapping[str, Any]) -> Row | None:
    """The conversation up to its last reply that is to be learnt; None where there is none."""
    last = max((place for place, why in enumerate(unlearnt) if not why), default=None)
    if last is None:
        return None
    kept = zip(conversation.messages[: last + 1], unlearnt, strict=False)
    return {
        **_about(conversation, extra=extra),
        "messages": [_message_row(message, why=why) for message, why in kept],
        "outcome": _outcome(conversation.outcome),
    }


def kto_rows(conversation: Conversation, *, extra: Mapping[str, Any]) -> Iterator[Row]:
    for place, message in _replies(conversation):
        if message.rating:
            yield {
                **_preference(conversation, place=place, extra=extra),
                "completion": [{"role": "assistant", "content": message.content}],
                "label": message.rating == "up",
                "rating_reason": message.rating_reason,
            }


def dpo_rows(conversation: Conversation, *, extra: Mapping[str, Any]) -> Iterator[Row]:
    """A person's edit of the assistant's draft; an edit of spaces alone prefers nothing."""
    for place, message in _replies(conversation):
        if message.draft.strip() and _bare(message.draft) != _bare(message.content):
            yield {
                **_preference(conversation, place=place, extra=extra),
                "chosen": [{"role": "assistant", "content": message.content}],
                "rejected": [{"role": "assistant", "content": message.draft}],
            }


def _replies(conversation: Conversation) -> Iterator[tuple[int, Message]]:
    """Replies that follow something: a prompt needs a message."""
    for place, message in enumerate(conversation.messages):
        if place and message.role == "assistant" and message.content.strip():
            yield place, message


def _preference(conversation: Conversation, *, place: int, extra: Mapping[str, Any]) -> Row:
    before, message = conversation.messages[:place], conversation.messages[place]
    return {
        **_about(conversation, extra=extra),
        "id": f"{conversation.id}#{place}",
        "conversation": conversation.id,
        "prompt": [{"role": earlier.role, "content": earlier.content} for earlier in before],
        "passages": _passages(message),
    }


def _about(conversation: Conversation, *, extra: Mapping[str, Any]) -> Row:
    return {
        "id": conversation.id,
        "site": conversation.site,
        "contact": conversation.contact,
        "language": conversation.language,
        "started_at": conversation.started_at,
        "source": str(conversation.provenance.get("source") or ""),
        "provenance": {key: str(value) for key, value in conversation.provenance.items()},
        **extra,
    }


def _message_row(message: Message, *, why: str) -> Row:
    return {
        "role": message.role,
        "content": message.content,
        "author": message.author,
        "learn": not why,
        "why_not": why if message.role == "assistant" else "",
        "rating": message.rating or "",
        "decision": message.decision,
        "reason": message.reason,
        "model": message.model,
        "passages": _passages(message),
    }


def _passages(message: Message) -> list[Row]:
    return [_passage(passage) for passage in message.passages]


def _passage(passage: Mapping[str, Any]) -> Row:
    path = passage.get("heading_path") or []
    relevance = passage.get("relevance")
    return {
        **{key: str(passage.get(key) or "") for key in _PASSAGE_TEXTS},
        "heading_path": [path] if isinstance(path, str) else [str(heading) for heading in path],
        "aliases": [str(alias) for alias in passage.get("aliases") or []],
        "relevance": float(relevance) if isinstance(relevance, int | float) else 0.0,
    }


def _outcome(outcome: Mapping[str, Any]) -> Row:
    return {key: str(outcome.get(key) or "") for key in ("status", "handoff_reason", "resolved_by")}


def _bare(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
