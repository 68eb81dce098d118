"""An action's JSON schema: which ones are taken, and what of it becomes a slot that a customer fills.

A flat object of strings. Each property is a code with a `pattern`, one of an `enum`, or free text; `x-label` names it in
each language. Patterns are of a kind that cannot be slow: letters, digits, classes and fixed repetitions.
"""

import re
from collections.abc import Mapping
from typing import Any

from apps.actions.errors import BadInput
from apps.conversations.texts import is_storable
from dialogue import Language, Slot

MOST_SLOTS = 6
LONGEST = 200
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
SAFE_PATTERN = re.compile(
    r"\^?(?:(?:[A-Z0-9-]|\\d|\[[A-Z0-9-]{1,40}\])(?:\{\d{1,2}(?:,\d{1,2})?\}|\?)?){1,40}\$?"
)
OURS = {"customer", "customer_id", "contact", "contact_id", "user", "user_id", "site", "locale"}
LANGUAGES: dict[str, Language] = {"zh-hans": "zh", "en": "en"}
LOCALES: dict[str, str] = {language: locale for locale, language in LANGUAGES.items()}


def checked(schema: Any) -> dict[str, Any]:
    """Raises BadInput for what a customer could not be asked for, and for whatever would name a person."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise BadInput("bad_schema")
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if (
        not isinstance(properties, dict)
        or len(properties) > MOST_SLOTS
        or not _all_required(properties, required)
    ):
        raise BadInput("bad_schema")
    for name, told in properties.items():
        if not NAME.fullmatch(str(name)) or name in OURS or not _is_slot(told):
            raise BadInput("bad_schema")
    return schema


def _all_required(properties: Mapping[str, Any], required: Any) -> bool:
    """What is optional would never be asked for, and so never be known."""
    return isinstance(required, list) and set(map(str, required)) == set(properties)


def _is_slot(told: Any) -> bool:
    if not isinstance(told, dict) or told.get("type") != "string":
        return False
    pattern, choices, label = told.get("pattern", ""), told.get("enum", []), told.get("x-label", {})
    longest = told.get("maxLength", LONGEST)
    return (
        isinstance(pattern, str)
        and (not pattern or bool(SAFE_PATTERN.fullmatch(pattern)))
        and isinstance(choices, list)
        and all(isinstance(one, str) and 0 < len(one) <= LONGEST for one in choices)
        and isinstance(label, dict)
        and all(isinstance(text, str) and len(text) <= 80 for text in label.values())
        and isinstance(longest, int)
        and 0 < longest <= LONGEST
    )


def slots_of(schema: Mapping[str, Any]) -> tuple[Slot, ...]:
    return tuple(_slot(name, told) for name, told in schema.get("properties", {}).items())


def _slot(name: str, told: Mapping[str, Any]) -> Slot:
    pattern = str(told.get("pattern", "")).removeprefix("^").removesuffix("$")
    choices = tuple(told.get("enum", ()))
    return Slot(
        name=name,
        kind="code" if pattern else "choice" if choices else "text",
        label={
            LANGUAGES[locale]: text for locale, text in told.get("x-label", {}).items() if locale in LANGUAGES
        },
        pattern=pattern,
        choices=choices,
        longest=int(told.get("maxLength", LONGEST)),
    )


def fits(arguments: Mapping[str, str], *, schema: Mapping[str, Any]) -> bool:
    """Looked at once more before anything is sent, wherever the arguments came from."""
    properties = schema.get("properties", {})
    return set(arguments) == set(properties) and all(
        _fits_one(arguments[name], told) for name, told in properties.items()
    )


def _fits_one(value: Any, told: Mapping[str, Any]) -> bool:
    if (
        not isinstance(value, str)
        or not is_storable(value)
        or not 0 < len(value) <= told.get("maxLength", LONGEST)
    ):
        return False
    if pattern := str(told.get("pattern", "")).removeprefix("^").removesuffix("$"):
        return bool(re.fullmatch(pattern, value))
    return not told.get("enum") or value in told["enum"]


def labelled(arguments: Mapping[str, str], *, schema: Mapping[str, Any], locale: str) -> list[dict[str, str]]:
    """The arguments as people read them."""
    language = LANGUAGES.get(locale, "en")
    return [
        {"label": slot.label_in(language), "value": arguments.get(slot.name, "")} for slot in slots_of(schema)
    ]


def fields_of(schema: Mapping[str, Any], *, locale: str) -> list[dict[str, Any]]:
    """The slots as fields of a form."""
    language = LANGUAGES.get(locale, "en")
    return [
        {"name": slot.name, "label": slot.label_in(language), "longest": slot.longest}
        for slot in slots_of(schema)
    ]
