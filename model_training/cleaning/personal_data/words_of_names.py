"""The lists that names are known by, and those of words that are none; all in small letters."""

from functools import cache
from pathlib import Path

_LISTS = Path(__file__).parent.parent / "lists"


@cache
def given_names() -> frozenset[str]:
    return frozenset(list_of("given_names"))


@cache
def family_names() -> frozenset[str]:
    return frozenset(list_of("surnames"))


@cache
def no_names() -> frozenset[str]:
    """Words that stand where a name could stand and are none."""
    return frozenset(list_of("no_names_en"))


@cache
def places() -> frozenset[str]:
    return frozenset(list_of("places"))


@cache
def english_words() -> frozenset[str]:
    return frozenset(list_of("words_en"))


def list_of(name: str) -> list[str]:
    lines = (_LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]
