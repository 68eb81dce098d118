"""The lists that names are known by, and those of words that are none."""

from pathlib import Path

_LISTS = Path(__file__).parent.parent / "lists"


def list_of(name: str) -> list[str]:
    lines = (_LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]
