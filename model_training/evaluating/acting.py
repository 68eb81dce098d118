"""The hand that evaluation acts with: it offers what a row offers, and carries out nothing."""

from collections.abc import Mapping
from typing import Any

from dialogue.acting import Offer, Slot, Told
from dialogue.events import Language

Row = Mapping[str, Any]


class RecordingHand:
    """What was asked of it stands in the answer's trace."""

    knows_customer = True

    def __init__(self, offers: tuple[Row, ...]) -> None:
        self.offers = tuple(offer_of(one) for one in offers)

    def run(self, action: str, arguments: Mapping[str, str], *, language: Language) -> Told:
        return Told(text="…")


def offer_of(data: Row) -> Offer:
    """Raises TypeError, KeyError or ValueError where it is none."""
    slots = tuple(Slot(**{**one, "choices": tuple(one.get("choices", ()))}) for one in data.get("slots", ()))
    return Offer(**{**data, "words": tuple(data.get("words", ())), "slots": slots})
