"""An action's JSON schema: which ones are taken, and what of it becomes a slot that a customer fills.

A flat object. A property is a string (a code with a `pattern`, one of an `enum`, a date, or free text), a number, an integer
or a boolean; what is not `required` is never asked for. `x-label` names it in each language, `x-choices` the members of an
enum. A keyword that would not be held against what is said is refused by name, rather than passed over. Patterns are of a kind
that cannot be slow: letters, digits, classes and fixed repetitions.
"""

import re
from collections.abc import Mapping
from typing import Any

from apps.actions.errors import BadInput
from dialogue import Language, Slot, SlotKind

MOST_SLOTS = 6
MOST_CHOICES = 20
LONGEST = 200
LARGEST_NUMBER = 10**12
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
SAFE_PATTERN = re.compile(
    r"\^?(?:(?:[A-Z0-9-]|\\d|\[[A-Z0-9-]{1,40}\])(?:\{\d{1,2}(?:,\d{1,2})?\}|\?)?){1,40}\$?"
)
OURS = {"customer", "customer_id", "contact", "contact_id", "user", "user_id", "site", "locale"}
LANGUAGES: dict[str, Language] = {"zh-hans": "zh", "en": "en"}
LOCALES: dict[str, str] = {language: locale for locale, language in LANGUAGES.items()}

ABOUT = {"title", "description", "$comment"}  # for people who read the schema
OF_OBJECT = {"type", "properties", "required", "additionalProperties", "$schema", *ABOUT}
OF_TYPE: dict[str, set[str]] = {
    "string": {"pattern", "enum", "x-choices", "maxLength", "format"},
    "number": {"minimum", "maximum"},
    "integer": {"minimum", "maximum"},
    "boolean": set(),
}


def checked(schema: Any) -> dict[str, Any]:
    """Raises BadInput that says which property and which keyword a customer could not be asked for."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise BadInput("schema_no_object")
    _check_keywords(schema, allowed=OF_OBJECT, name="object")
    properties = schema.get("properties", {})
    if not isinstance(properties, dict) or len(properties) > MOST_SLOTS:
        raise BadInput("schema_too_many")
    for name, told in properties.items():
        _check_property(str(name), told)
    required = schema.get("required", [])
    if not isinstance(required, list) or not all(
        isinstance(one, str) and one in properties for one in required
    ):
        raise BadInput("schema_required")
    return schema


def _check_property(name: str, told: Any) -> None:
    if not NAME.fullmatch(name):
        raise BadInput("schema_name", name=name[:40])
    if name in OURS:
        raise BadInput("schema_person", name=name)
    kind = told.get("type") if isinstance(told, dict) else None
    if not isinstance(kind, str) or kind not in OF_TYPE:
        raise BadInput("schema_type", name=name, type=str(kind)[:40])
    _check_keywords(told, allowed={"type", "x-label", *ABOUT, *OF_TYPE[kind]}, name=name)
    for keyword, is_good in _RULES.items():
        if keyword in told and not is_good(told):
            raise BadInput("schema_value", name=name, keyword=keyword)


def _check_keywords(told: Mapping[str, Any], *, allowed: set[str], name: str) -> None:
    if others := sorted(str(keyword) for keyword in told if keyword not in allowed):
        raise BadInput("schema_keyword", name=name, keyword=others[0][:40])


def _is_pattern(told: Mapping[str, Any]) -> bool:
    pattern = told["pattern"]
    return isinstance(pattern, str) and (not pattern or bool(SAFE_PATTERN.fullmatch(pattern)))


def _is_choice(told: Mapping[str, Any]) -> bool:
    choices = told["enum"]
    return (
        isinstance(choices, list)
        and len(choices) <= MOST_CHOICES
        and all(isinstance(one, str) and 0 < len(one) <= LONGEST for one in choices)
        and len(set(choices)) == len(choices)
    )


def _names_choices(told: Mapping[str, Any]) -> bool:
    named, choices = told["x-choices"], told.get("enum", [])
    return (
        isinstance(named, dict)
        and isinstance(choices, list)
        and all(one in choices and _is_label(texts) for one, texts in named.items())
    )


def _is_label(texts: Any) -> bool:
    return isinstance(texts, dict) and all(
        isinstance(text, str) and 0 < len(text) <= 80 for text in texts.values()
    )


def _is_length(told: Mapping[str, Any]) -> bool:
    longest = told["maxLength"]
    return type(longest) is int and 0 < longest <= LONGEST


def _is_date(told: Mapping[str, Any]) -> bool:
    """Of the formats only this one, and then with nothing beside it."""
    return bool(told["format"] == "date") and not told.keys() & {"pattern", "enum"}


def _is_bound(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= LARGEST_NUMBER


def _are_bounds(told: Mapping[str, Any]) -> bool:
    bounds = [told[name] for name in ("minimum", "maximum") if name in told]
    return all(map(_is_bound, bounds)) and bounds == sorted(bounds)


_RULES = {
    "pattern": _is_pattern,
    "enum": _is_choice,
    "x-choices": _names_choices,
    "x-label": lambda told: _is_label(told["x-label"]),
    "maxLength": _is_length,
    "format": _is_date,
    "minimum": _are_bounds,
    "maximum": _are_bounds,
}


def slots_of(schema: Mapping[str, Any]) -> tuple[Slot, ...]:
    required = schema.get("required", [])
    return tuple(
        _slot(name, told, is_required=name in required) for name, told in schema.get("properties", {}).items()
    )


def _slot(name: str, told: Mapping[str, Any], *, is_required: bool) -> Slot:
    return Slot(
        name=name,
        kind=_kind_of(told),
        label=_by_language(told.get("x-label", {})),
        pattern=bare_pattern(told),
        choices=tuple(told.get("enum", ())),
        spoken={one: _by_language(texts) for one, texts in told.get("x-choices", {}).items()},
        longest=int(told.get("maxLength", LONGEST)),
        least=told.get("minimum"),
        most=told.get("maximum"),
        is_required=is_required,
    )


def _kind_of(told: Mapping[str, Any]) -> SlotKind:
    if told["type"] == "number":
        return "number"
    if told["type"] == "integer":
        return "integer"
    if told["type"] == "boolean":
        return "boolean"
    if told.get("format"):
        return "date"
    return "code" if told.get("pattern") else "choice" if told.get("enum") else "text"


def bare_pattern(told: Mapping[str, Any]) -> str:
    return str(told.get("pattern", "")).removeprefix("^").removesuffix("$")


def _by_language(texts: Mapping[str, str]) -> dict[Language, str]:
    return {LANGUAGES[locale]: text for locale, text in texts.items() if locale in LANGUAGES}
