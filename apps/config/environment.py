"""Readers of environment variables that complain loudly: a typo ends the start, not a customer's question."""

import os

from django.core.exceptions import ImproperlyConfigured

_BOOLEANS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


def text(name: str, default: str) -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value not in _BOOLEANS:
        raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no; use 1 or 0.")
    return _BOOLEANS[value]


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """A list written with commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def url(name: str, default: str, *, schemes: tuple[str, ...]) -> str:
    value = text(name, default).rstrip("/")
    if not value.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        raise ImproperlyConfigured(
            f"{name}={value!r} must start with {' or '.join(f'{s}://' for s in schemes)}."
        )
    return value


def address(name: str, *, schemes: tuple[str, ...]) -> str:
    """Of a service that is done without: unset means none."""
    return url(name, "", schemes=schemes) if text(name, "") else ""
