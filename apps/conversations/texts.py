"""What may become a message's text, and what a database can store."""

import unicodedata
from typing import Any

from apps.conversations.errors import BadInput

MAX_CHARACTERS = 8_000
INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}


def check_text(text: str) -> str:
    """The text as it was typed, or a refusal. Refused rather than cleaned: what is stored is what was sent."""
    if len(text) > MAX_CHARACTERS:
        raise BadInput("too_long")
    if not is_storable(text):
        raise BadInput("bad_text")
    if all(unicodedata.category(character) in INVISIBLE for character in text):
        raise BadInput("empty")
    return text


def check_client_msg_id(value: str) -> str:
    if not 1 <= len(value) <= 64 or not value.isprintable():
        raise BadInput("bad_client_msg_id")
    return value


def is_storable(text: str) -> bool:
    """PostgreSQL stores no NUL, and no encoding knows half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def storable(value: Any) -> Any:
    """A JSON-able value of the machinery (a trace, an answer) without what no database can store."""
    match value:
        case str():
            return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
        case dict():
            return {storable(key): storable(item) for key, item in value.items()}
        case list() | tuple():
            return [storable(item) for item in value]
        case _:
            return value
