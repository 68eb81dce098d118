"""What an action is asked with: read as its schema types it, and told as people read it.

What comes from a customer's words or from a form is text, what comes from a program may be typed already. Either way it is
read here before it is kept, shown or sent, and held against the schema once more before it is sent.
"""

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import get_language

from apps.actions.errors import BadInput
from apps.actions.schemas import LANGUAGES, LARGEST_NUMBER, slots_of
from apps.conversations.texts import is_storable
from dialogue import Language, Slot

Value = str | int | float | bool
Arguments = Mapping[str, Value]
NUMBER = re.compile(r"[+-]?\d{1,13}(?:\.\d{1,6})?")
YES, NO = {"en": "Yes", "zh": "是"}, {"en": "No", "zh": "否"}


def read(given: Mapping[str, Any], *, schema: Mapping[str, Any]) -> dict[str, Value]:
    """Raises BadInput that names what is missing, unknown, or not as it should be. What is empty was not given."""
    slots = {slot.name: slot for slot in slots_of(schema)}
    for name in given:
        if name not in slots:
            raise BadInput("argument_unknown", name=str(name)[:40])
    found = {name: _read(slots[name], value) for name, value in given.items() if value not in ("", None)}
    for slot in slots.values():
        if slot.is_required and slot.name not in found:
            raise BadInput("argument_missing", name=_label(slot))
    return {name: found[name] for name in slots if name in found}


def fits(arguments: Mapping[str, Any], *, schema: Mapping[str, Any]) -> bool:
    """Whether they are just as they would be read: typed, whole, and nothing beside."""
    try:
        known = read(arguments, schema=schema)
    except BadInput:
        return False
    typed = {name: type(value) for name, value in known.items()}
    return known == arguments and typed == {name: type(value) for name, value in arguments.items()}


def _read(slot: Slot, value: Any) -> Value:
    match slot.kind:
        case "number" | "integer":
            return _read_number(slot, value)
        case "boolean":
            return _read_boolean(slot, value)
        case "date":
            return _read_date(slot, value)
    return _read_text(slot, value)


def _read_number(slot: Slot, value: Any) -> int | float:
    """A whole one is an int, so that it is written the same in every database."""
    is_number = type(value) in (int, float) or (isinstance(value, str) and NUMBER.fullmatch(value.strip()))
    number = float(value) if is_number else math.nan
    wrong = "argument_integer" if slot.kind == "integer" else "argument_number"
    if not abs(number) <= LARGEST_NUMBER or (slot.kind == "integer" and not number.is_integer()):
        raise BadInput(wrong, name=_label(slot))
    if (slot.least is not None and number < slot.least) or (slot.most is not None and number > slot.most):
        raise BadInput("argument_range", name=_label(slot), least=_bound(slot.least), most=_bound(slot.most))
    return int(number) if number.is_integer() else round(number, 6)


def _bound(value: float | None) -> str:
    return "…" if value is None else f"{value:g}" if abs(value) < 10**6 else f"{value:.0f}"


def _read_boolean(slot: Slot, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise BadInput("argument_boolean", name=_label(slot))


def _read_date(slot: Slot, value: Any) -> str:
    try:
        return date.fromisoformat(value if re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)) else "").isoformat()
    except ValueError as error:
        raise BadInput("argument_date", name=_label(slot)) from error


def _read_text(slot: Slot, value: Any) -> str:
    if not isinstance(value, str) or not is_storable(value) or len(value) > slot.longest:
        raise BadInput("argument_text", name=_label(slot), longest=slot.longest)
    if slot.pattern and not re.fullmatch(slot.pattern, value):
        raise BadInput("argument_code", name=_label(slot))
    if slot.kind == "choice" and value not in slot.choices:
        raise BadInput("argument_choice", name=_label(slot))
    return value


def _label(slot: Slot) -> str:
    """In the language of whoever asks."""
    return slot.label_in("zh" if (get_language() or "").lower().startswith("zh") else "en")


# --- As people read them ----------------------------------------------------------------------------------------------


def labelled(arguments: Arguments, *, schema: Mapping[str, Any], locale: str) -> list[dict[str, str]]:
    language = LANGUAGES.get(locale, "en")
    return [
        {"label": slot.label_in(language), "value": _told(slot, arguments[slot.name], language=language)}
        for slot in slots_of(schema)
        if slot.name in arguments
    ]


def told(arguments: Arguments, *, schema: Mapping[str, Any], locale: str) -> dict[str, str]:
    """For the places of a sentence. What the schema no longer names is told as it is."""
    language, slots = LANGUAGES.get(locale, "en"), {slot.name: slot for slot in slots_of(schema)}
    return {
        name: _told(slots[name], value, language=language) if name in slots else str(value)
        for name, value in arguments.items()
    }


def _told(slot: Slot, value: Value, *, language: Language) -> str:
    if isinstance(value, bool):
        return (YES if value else NO)[language]
    return slot.choice_in(language, str(value)) if slot.kind == "choice" else str(value)


def fields_of(schema: Mapping[str, Any], *, locale: str) -> list[dict[str, Any]]:
    """The slots as fields of a form."""
    return [_field(slot, language=LANGUAGES.get(locale, "en")) for slot in slots_of(schema)]


def _field(slot: Slot, *, language: Language) -> dict[str, Any]:
    choices = [(one, slot.choice_in(language, one)) for one in slot.choices]
    if slot.kind == "boolean":
        choices = [("true", YES[language]), ("false", NO[language])]
    return {
        "name": slot.name,
        "label": slot.label_in(language),
        "kind": slot.kind,
        "longest": slot.longest,
        "is_required": slot.is_required,
        "choices": choices,
        "least": "" if slot.least is None else str(slot.least),
        "most": "" if slot.most is None else str(slot.most),
    }
