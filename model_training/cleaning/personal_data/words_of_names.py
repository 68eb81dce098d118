"""The lists that names are known by, and those of words that are none; all in small letters."""

from collections.abc import Mapping
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


@cache
def word_classes(language: str) -> Mapping[str, str]:
    """Of words that stand beside names, or beside what is none, the classes they belong to."""
    classes: dict[str, str] = {}
    for line in (_LISTS / f"word_classes_{language}.txt").read_text(encoding="utf-8").splitlines()[1:]:
        name, *words = line.split()
        for word in words:
            classes[word] = f"{classes[word]} {name}" if word in classes else name
    return classes


def list_of(name: str) -> list[str]:
    lines = (_LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]
