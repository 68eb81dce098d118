"""Which reader a file gets: by its name and by its content, which must agree."""

from collections.abc import Callable
from pathlib import Path, PurePath

from retrieval.documents import ParsedDocument
from retrieval.errors import ParseError
from retrieval.parsing.decoding import decode
from retrieval.parsing.kinds import HEAD, OLE, check_type
from retrieval.parsing.markup import read_html, read_markdown
from retrieval.parsing.office import read_docx
from retrieval.parsing.pages import read_pdf
from retrieval.parsing.plain import read_text
from retrieval.parsing.rows import read_csv, read_json, read_json_lines

TextReader = Callable[..., list[ParsedDocument]]

TEXT_READERS: dict[str, TextReader] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_text,
    ".text": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".json": read_json,
}

_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")


def read_documents(path: Path, *, name: str, unpacked_size: int) -> list[ParsedDocument]:
    """The documents in a file. Raises `ParseError` also where there is no text in it."""
    suffix = PurePath(name).suffix.lower()
    title = PurePath(name).stem.replace("_", " ").strip() or name
    with path.open("rb") as file:
        head = file.read(HEAD)
    check_type(head, name=name)
    if suffix == ".pdf":
        documents = read_pdf(path, title=title)
    elif suffix == ".docx":
        documents = _read_docx(path, head=head, title=title, unpacked_size=unpacked_size)
    else:
        documents = TEXT_READERS[suffix](_text_of(path, suffix=suffix), title=title)
    documents = [document for document in documents if document.faqs or document.sections]
    if not documents:
        raise ParseError("There is no text in the file.", code="empty")
    return documents


def _read_docx(path: Path, *, head: bytes, title: str, unpacked_size: int) -> list[ParsedDocument]:
    if head.startswith(OLE):
        if _ENCRYPTED_OFFICE in path.read_bytes():
            raise ParseError(
                "The document is protected by a password. Save it without one.", code="encrypted"
            )
        raise ParseError("This is an old Word document (.doc). Save it as .docx.", code="wrong_type")
    return read_docx(path, title=title, unpacked_size=unpacked_size)


def _text_of(path: Path, *, suffix: str) -> str:
    text = decode(path.read_bytes())
    if not text.strip():
        raise ParseError("There is no text in the file.", code="empty")
    if suffix not in (".html", ".htm", ".xhtml", ".md", ".markdown") and _is_page(text):
        raise ParseError(
            f"The file is called {suffix} but holds an HTML page. Call it .html.", code="wrong_type"
        )
    return text


def _is_page(text: str) -> bool:
    start = text.lstrip()[:200].lower()
    return start.startswith(("<!doctype html", "<html"))
