"""What a site tells of its customer beside the name: a plan, a number of orders, whether a bill is open.

A small flat object, shown to agents as text and never to the model. Knows nothing of signatures; `canonical` is what they
are made over, the same bytes in every language that a site's server may be written in (RFC 8785).
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from apps.conversations.errors import BadInput
from apps.conversations.texts import is_storable

Value = str | int | float | bool
Attributes = Mapping[str, Value]

MOST = 20
LONGEST_NAME = 40
LONGEST_TEXT = 200
LARGEST = 10**15  # so far every number is the same in JavaScript, PHP and here
SMALLEST = 1e-6  # nearer to nought it is written with an exponent


def checked(given: Mapping[str, Any]) -> Attributes:
    if len(given) > MOST or not all(_is_name(name) and _is_value(value) for name, value in given.items()):
        raise BadInput("bad_attributes")
    return dict(given)


def _is_name(name: str) -> bool:
    return 1 <= len(name) <= LONGEST_NAME and bool(name.strip()) and is_storable(name)


def _is_value(value: Any) -> bool:
    match value:
        case bool():
            return True
        case str():
            return len(value) <= LONGEST_TEXT and is_storable(value)
        case int() | float():  # not a number is not smaller than one either
            return value == 0 or SMALLEST <= abs(value) < LARGEST
    return False


def canonical(attributes: Attributes) -> str:
    """JSON with names in order, without blanks, every letter as itself, numbers as JavaScript writes them."""
    in_order = sorted(attributes.items(), key=lambda item: item[0].encode("utf-16-be"))
    return "{" + ",".join(f"{_json(name)}:{_json(value)}" for name, value in in_order) + "}"


def _json(value: Value) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    return json.dumps(value, ensure_ascii=False)
