"""Conversation records: reading, checking and writing them, one JSON object a line.

A record is OpenAI's chat format plus what SeekDesk knows of the conversation (docs/cleaning.md draws it). Files are
read as streams, so that one with millions of conversations takes no more memory than its longest line. Whatever is
not a record is told with its line and the reason. Knows nothing of cleaning or training.
"""

import gzip
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TextIO, cast

from model_training.errors import RecordsInvalid

Role = Literal["user", "assistant"]
Author = Literal["contact", "assistant", "agent"]
Rating = Literal["up", "down"]

AUTHORS: Mapping[str, tuple[str, ...]] = {"user": ("contact",), "assistant": ("assistant", "agent")}
LONGEST_LINE = 4_000_000  # characters; a conversation of that size is a file gone wrong
_MESSAGE_TEXTS = ("rating_reason", "draft", "decision", "reason", "model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    role: Role
    content: str
    author: Author
    passages: tuple[Mapping[str, Any], ...] = ()
    rating: Rating | None = None
    rating_reason: str = ""
    draft: str = ""
    decision: str = ""
    reason: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    id: str
    site: str
    contact: str
    language: str
    started_at: str
    messages: tuple[Message, ...]
    outcome: Mapping[str, Any] = field(default_factory=dict)
    consent: bool = True
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def started(self) -> datetime | None:
        return moment_of(self.started_at)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: its number, and either a conversation or what is wrong with it."""

    number: int
    conversation: Conversation | None
    fault: str = ""
    name: str = ""  # the id that a faulty line gives itself, where one can be read


def read_lines(path: Path) -> Iterator[Line]:
    """Every line that is not blank; `.gz` is unpacked on the way."""
    for number, text in numbered_lines(path):
        yield read_line(text, number=number)


def read_conversations(path: Path) -> Iterator[Conversation]:
    """The conversations of a file that must be whole: the first faulty line raises `RecordsInvalid`."""
    for line in read_lines(path):
        if line.conversation is None:
            raise RecordsInvalid(path=path, faults=[(line.number, line.fault)])
        yield line.conversation


def parse_conversation(data: Any) -> Conversation:
    """Raises ValueError with all that is wrong."""
    faults = list(_faults_of(data))
    if faults:
        raise ValueError("; ".join(faults))
    return Conversation(
        id=str(data["id"]),
        site=str(data.get("site") or ""),
        contact=str(data.get("contact") or ""),
        language=str(data.get("language") or ""),
        started_at=str(data.get("started_at") or ""),
        messages=tuple(_message(row) for row in data["messages"]),
        outcome=data.get("outcome") or {},
        consent=data.get("consent", True),
        provenance=data.get("provenance") or {},
    )


def as_json(conversation: Conversation) -> dict[str, Any]:
    """The record as it stands in a file: what is empty is left out of its messages."""
    return {
        "id": conversation.id,
        "site": conversation.site,
        "contact": conversation.contact,
        "language": conversation.language,
        "started_at": conversation.started_at,
        "messages": [message_as_json(message) for message in conversation.messages],
        "outcome": dict(conversation.outcome),
        "consent": conversation.consent,
        "provenance": dict(conversation.provenance),
    }


def message_as_json(message: Message) -> dict[str, Any]:
    row: dict[str, Any] = {"role": message.role, "content": message.content, "author": message.author}
    if message.passages:
        row["passages"] = [dict(passage) for passage in message.passages]
    row |= {key: value for key in ("rating", *_MESSAGE_TEXTS) if (value := getattr(message, key))}
    return row


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Any file with a JSON object a line, such as those that `clean` writes."""
    for number, text in numbered_lines(path):
        try:
            row = json.loads(text)
        except ValueError as error:
            raise RecordsInvalid(path=path, faults=[(number, _json_fault(error))]) from error
        if not isinstance(row, dict):
            raise RecordsInvalid(path=path, faults=[(number, "not a JSON object")])
        yield row


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Writes the whole file or nothing; how many rows it has."""
    draft = path.with_name(path.name + ".writing")
    count = 0
    with open_to_write(draft) as file:
        for row in rows:
            write_row(file, row)
            count += 1
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return count


def open_to_write(path: Path) -> TextIO:
    """JSON may carry half a character that no file can; it becomes a question mark."""
    return path.open("w", encoding="utf-8", errors="replace")


def write_row(file: TextIO, row: Mapping[str, Any]) -> None:
    file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def moment_of(text: str) -> datetime | None:
    """An ISO time, taken for UTC where it names no zone; None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Every line that is not blank, unread."""
    if not path.is_file():
        raise RecordsInvalid(path=path, faults=[(0, "there is no such file")])
    try:
        with _open(path) as file:
            for number, text in enumerate(_lines(file), start=1):
                if text.strip():
                    yield number, text
    except (OSError, EOFError) as error:
        raise RecordsInvalid(path=path, faults=[(0, f"it cannot be read ({error})")]) from error


def _lines(file: TextIO) -> Iterator[str]:
    """Of a line that is no record for its length only the beginning is held: it may be as large as the disk."""
    most = 2 * LONGEST_LINE
    while text := file.readline(most):
        yield text
        while len(text) == most and not text.endswith("\n"):
            text = file.readline(most)


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace")
    return path.open(encoding="utf-8-sig", errors="replace")


def read_line(text: str, *, number: int) -> Line:
    if len(text) > LONGEST_LINE:
        return Line(number, None, f"longer than {LONGEST_LINE:,} characters")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Line(number, None, _json_fault(error))
    try:
        return Line(number, parse_conversation(data))
    except ValueError as error:
        name = data.get("id") if isinstance(data, dict) else None
        return Line(number, None, str(error), name if isinstance(name, str) else "")


def _json_fault(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON ({error.msg} at character {error.pos + 1})"
    return "not JSON"


def _faults_of(data: Any) -> Iterator[str]:
    if not isinstance(data, dict):
        yield "not a JSON object"
        return
    if not isinstance(data.get("id"), str | int) or not str(data["id"]).strip():
        yield "no id"
    if not isinstance(data.get("consent", True), bool):
        yield "consent is neither true nor false"
    for key in ("site", "contact", "language", "started_at"):
        if not isinstance(data.get(key) or "", str):
            yield f"{key} is not a text"
    for key in ("outcome", "provenance"):
        if not isinstance(data.get(key) or {}, dict):
            yield f"{key} is not an object"
    messages = data.get("messages")
    if not isinstance(messages, list) or not messages:
        yield "no messages"
        return
    for place, message in enumerate(messages, start=1):
        yield from (f"message {place}: {fault}" for fault in _message_faults(message))


def _message_faults(data: Any) -> Iterator[str]:
    if not isinstance(data, dict):
        yield "not an object"
        return
    role = str(data.get("role"))
    if role not in AUTHORS:
        yield f"role is {role!r}, not 'user' or 'assistant'"
    elif "author" in data and data["author"] not in AUTHORS[role]:
        yield f"author {data['author']!r} cannot speak as {role!r}"
    if not isinstance(data.get("content"), str):
        yield "content is not a text"
    if data.get("rating") not in (None, "", "up", "down"):  # empty in cleaned rows, which all have one shape
        yield "rating is neither 'up' nor 'down'"
    yield from (f"{key} is not a text" for key in _MESSAGE_TEXTS if not isinstance(data.get(key) or "", str))
    passages = data.get("passages") or []
    if not isinstance(passages, list) or not all(_is_passage(passage) for passage in passages):
        yield "passages are not objects with a text"


def _is_passage(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("text"), str)


def _message(data: Mapping[str, Any]) -> Message:
    role = cast(Role, data["role"])
    return Message(
        role=role,
        content=data["content"],
        author=cast(Author, data.get("author") or AUTHORS[role][0]),
        passages=tuple(data.get("passages") or ()),
        rating=data.get("rating") or None,
        **{key: data.get(key) or "" for key in _MESSAGE_TEXTS},
    )
