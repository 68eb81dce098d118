"""The formats that chat data travels in: OpenAI's, ShareGPT's and TRL's, each a row → messages.

Raises ValueError with what is wrong with a row.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Messages = list[dict[str, Any]]

_ROLES = {
    "user": "user",
    "human": "user",
    "customer": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "bot": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
    "agent": "assistant",
}
_LEFT_OUT = frozenset(
    {"system", "developer", "tool", "function", "observation", "function_call", "tool_call"}
)


def from_openai(row: Row) -> Messages:
    """`{"messages": [{"role", "content"}]}`; content may be a list of parts, of which the texts count."""
    return _messages(row.get("messages"), role="role", content="content")


def from_sharegpt(row: Row) -> Messages:
    """`{"conversations": [{"from": "human" | "gpt", "value"}]}`."""
    turns = row.get("conversations", row.get("conversation", row.get("items")))
    return _messages(turns, role="from", content="value")


def from_trl(row: Row) -> Messages:
    """TRL's shapes: messages; prompt and completion (with a label: a thumb); prompt, chosen and rejected (a draft)."""
    if "messages" in row:
        return from_openai(row)
    if "chosen" in row and "rejected" in row:
        return _from_pair(row)
    if "completion" not in row:
        raise ValueError("it has neither messages, nor a completion, nor chosen and rejected")
    messages = [*_turns(row.get("prompt"), role="user"), *_turns(row["completion"], role="assistant")]
    if isinstance(row.get("label"), bool):
        messages[-1]["rating"] = "up" if row["label"] else "down"
    return messages


def _from_pair(row: Row) -> Messages:
    """Without a prompt of its own, what both sides begin with is the prompt."""
    chosen, rejected = _turns(row["chosen"], role="assistant"), _turns(row["rejected"], role="assistant")
    messages = _turns(row["prompt"], role="user") + chosen if "prompt" in row else chosen
    if not rejected:
        raise ValueError("rejected is empty")
    messages[-1] |= {"draft": rejected[-1]["content"], "author": "agent"}
    return messages


def _turns(value: Any, *, role: str) -> Messages:
    if isinstance(value, str) and value.strip():
        return [{"role": role, "content": value}]
    return _messages(value, role="role", content="content")


def _messages(value: Any, *, role: str, content: str) -> Messages:
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise ValueError("it has no messages")
    found = [_message(turn, role=role, content=content) for turn in value]
    messages = [message for message in found if message]
    if not messages:
        raise ValueError("it has no message of a customer or an assistant")
    return messages


def _message(turn: Any, *, role: str, content: str) -> dict[str, Any] | None:
    if not isinstance(turn, Mapping):
        raise ValueError("a message is not an object")
    name = str(turn.get(role, "")).lower()
    if name in _LEFT_OUT:
        return None
    if name not in _ROLES:
        raise ValueError(f"a message is from {turn.get(role)!r}, which is neither side of a conversation")
    text = _text(turn.get(content))
    return {"role": _ROLES[name], "content": text} if text.strip() else None


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(
            str(part["text"]) for part in content if isinstance(part, Mapping) and "text" in part
        )
    if content is not None and not isinstance(content, str):
        raise ValueError("a message's content is not a text")
    return content or ""


FORMATS: Mapping[str, Callable[[Row], Messages]] = {
    "openai": from_openai,
    "sharegpt": from_sharegpt,
    "trl": from_trl,
}
