"""Brings the catalogues up to date with the sources: `python -m apps.locale.catalogue`.

Adds new sentences without a translation, drops those that no source says any more, and compiles. Needs Babel (a
development tool) and nothing of gettext's own; whoever installs the product gets the compiled files.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

APPS = Path(__file__).resolve().parents[1]
LANGUAGES = ("zh_Hans",)  # English is what the sources say
HEADER = "# SeekDesk, {language}. New sentences are added by `python -m apps.locale.catalogue`."
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}


def catalogue_path(language: str) -> Path:
    return APPS / "locale" / language / "LC_MESSAGES" / "django.po"


def read_catalogue(language: str) -> Catalog:
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language, project="SeekDesk", version="1", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def said_by_sources() -> Catalog:
    """Every sentence that the apps mark for translation."""
    said = Catalog()
    for path in sources():
        for line, _, message, _ in extract_python(source_of(path), KEYWORDS, [], {"encoding": "utf-8"}):
            place = (path.relative_to(APPS.parent).as_posix(), line)
            for words, context in _entries(message):
                said.add(words, locations=[place], context=context)
    return said


def sources() -> Iterator[Path]:
    for suffix in ("*.py", "*.html", "*.txt"):
        yield from sorted(path for path in APPS.rglob(suffix) if "migrations" not in path.parts)


def source_of(path: Path) -> io.BytesIO:
    """A template as the calls that it stands for; parentheses keep its indentation from meaning anything."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        text = f"(\n{templatize(text, origin=str(path))}\n)"
    return io.BytesIO(text.encode())


def _entries(message: object) -> Iterator[tuple[str | tuple[str, str], str | None]]:
    match message:
        case str() if message:
            yield message, None
        case (str() as one, str() as many, *_):
            yield (one, many), None


def update(language: str) -> Catalog:
    catalogue = read_catalogue(language)
    begun = catalogue.creation_date
    catalogue.update(said_by_sources(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    catalogue.creation_date = begun  # no change of the sentences, no change of the file
    catalogue.fuzzy = False
    catalogue.header_comment = HEADER.format(language=language)
    return catalogue


def write(catalogue: Catalog, *, language: str) -> None:
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=110, include_lineno=False, sort_output=True, omit_header=False)
    path.with_suffix(".mo").write_bytes(compiled(catalogue))


def compiled(catalogue: Catalog) -> bytes:
    content = io.BytesIO()
    write_mo(content, catalogue)
    return content.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    return [str(message.id) for message in catalogue if message.id and not _is_translated(message.string)]


def _is_translated(string: object) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    missing = []
    for language in LANGUAGES:
        catalogue = update(language)
        write(catalogue, language=language)
        missing += untranslated(catalogue)
    for sentence in missing:
        sys.stdout.write(f"to be translated: {sentence}\n")
    sys.exit(1 if missing else 0)
