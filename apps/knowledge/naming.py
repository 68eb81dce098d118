"""What a document is called: a file by its relative name, a row by its id. The same name again is a new version."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from retrieval import ParsedDocument, clean_text

LONGEST = 300
_TURNS_TEXT = re.compile(
    "[\u202a-\u202e\u2066-\u2069]"
)  # "gnp.exe" would be read as "exe.png", and all after it
TABLES = (".csv", ".tsv")


def without_turns(text: str) -> str:
    """In the order in which it is written."""
    return _TURNS_TEXT.sub("", text)


def clean_name(name: str) -> str:
    """A relative path that is harmless everywhere; never empty."""
    name = without_turns(clean_text(name))
    parts = [part.strip() for part in name.replace("\\", "/").replace("\n", " ").split("/")]
    return shorten("/".join(part for part in parts if part not in ("", ".", ".."))) or "document"


def shorten(name: str) -> str:
    """At most 300 characters; what had to be cut stays apart from others by its hash, and keeps its suffix."""
    if len(name) <= LONGEST:
        return name
    mark = f"-{_hash(name)}{PurePosixPath(name).suffix[:20]}"
    return name[: LONGEST - len(mark)] + mark


def holds_rows(file: str) -> bool:
    """Whether a file of this name makes a document of each row, as far as its name tells."""
    return _suffix(file) in (*TABLES, ".jsonl", ".ndjson", ".json")


def name_documents(documents: Iterable[ParsedDocument], *, file: str) -> dict[str, ParsedDocument]:
    """The documents of a file by their external ids.

    The `id` of a JSON row is known to whoever wrote it and stands for itself, in whatever file it comes; a table's is
    often a mere number, and means something inside its file only. A row without one is told apart by its title, so
    that it stays the same row when others are put before it.
    """
    documents = list(documents)
    if len(documents) == 1 and not documents[0].external_id and not documents[0].faqs:
        return {file: documents[0]}
    seen: Counter[str] = Counter()
    named = {}
    for document in documents:
        seen[document.title] += 1
        id = document.external_id or _hash(f"{document.title} {seen[document.title]}")
        stands_for_itself = document.external_id and _suffix(file) not in TABLES
        named[shorten(clean_text(id if stands_for_itself else f"{file}#{id}"))] = document
    return named


def _suffix(file: str) -> str:
    return PurePosixPath(file).suffix.lower()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
