"""A piece of personal data: where it stands and of which kind it is."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The value is the placeholder's word."""

    EMAIL = "EMAIL"
    CARD = "CARD"
    IBAN = "IBAN"
    ID_NUMBER = "ID_NUMBER"
    PHONE = "PHONE"
    ORDER = "ORDER"
    ACCOUNT = "ACCOUNT"
    SECRET = "SECRET"  # noqa: S105 - the word that stands in a secret's place
    IP = "IP"
    ADDRESS = "ADDRESS"
    NAME = "NAME"
    BIRTHDAY = "BIRTHDAY"
    PLATE = "PLATE"

    @property
    def placeholder(self) -> str:
        return f"[{self.value}]"


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int
    kind: Kind
