"""Whether a file is of a type that is read, told cheaply: by its name and its first bytes, which must agree."""

from pathlib import PurePath

from retrieval.errors import ParseError

HEAD = 4096  # bytes that are enough to tell
TEXTS = (
    ".md", ".markdown", ".txt", ".text", ".html", ".htm", ".xhtml", ".csv", ".tsv", ".jsonl", ".ndjson", ".json",
)  # fmt: skip
KNOWN = ".md .txt .html .pdf .docx .csv .jsonl"

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_BINARY = {
    b"%PDF-": "PDF",
    _ZIP: "ZIP or Office",
    OLE: "old Office",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7-Zip",
    b"\x1f\x8b": "gzip",
    b"{\\rtf": "RTF",
    b"\x7fELF": "program",
    b"MZ": "program",
}


def check_type(head: bytes, *, name: str) -> None:
    """Raises `ParseError` where the name is of no type that is read, or the first bytes are of another one."""
    suffix = PurePath(name).suffix.lower()
    if suffix == ".pdf":
        fits = b"%PDF-" in head[:HEAD]
    elif suffix == ".docx":
        fits = head.startswith((_ZIP, OLE))  # OLE: protected by a password, or of an older Word
    elif suffix in TEXTS:
        fits = not _kind_of(head) or _starts_as_text(head)
    else:
        raise ParseError(_unknown(suffix), code="wrong_type")
    if not fits:
        raise _mismatch(suffix, head=head)


def _starts_as_text(head: bytes) -> bool:
    """ "MZ" and the like may open a text too; then no control characters follow."""
    return not any(byte < 9 or 13 < byte < 32 for byte in head[:64]) and not head.startswith(
        (b"%PDF-", b"{\\rtf")
    )


def _kind_of(head: bytes) -> str:
    return next((kind for start, kind in _BINARY.items() if head.startswith(start)), "")


def _mismatch(suffix: str, *, head: bytes) -> ParseError:
    kind = _kind_of(head)
    found = f"its content is {kind}" if kind else f"its content is not {suffix.removeprefix('.').upper()}"
    return ParseError(f"The file is called {suffix}, but {found}.", code="wrong_type")


def _unknown(suffix: str) -> str:
    what = f"Files of type {suffix}" if suffix else "Files without an ending in their name"
    return f"{what} cannot be read. These can: {KNOWN}."
