"""What a document said before: its last versions, and how two of them differ."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from apps.knowledge.models import Document, DocumentVersion
from retrieval import Chunk

KEPT = 10  # versions of each document
AROUND = 2  # unchanged lines shown around a change


@dataclass(frozen=True, slots=True)
class DiffLine:
    kind: Literal["same", "added", "removed", "gap"]
    text: str


def keep_versions(documents: Iterable[tuple[Document, Sequence[Chunk]]]) -> None:
    """Runs in the transaction in which the versions go live."""
    for document, chunks in documents:
        is_whole_file = document.external_id == document.upload.name
        DocumentVersion.objects.update_or_create(
            document=document,
            number=document.version,
            defaults={"upload": document.upload if is_whole_file else None, "text": text_of(chunks)},
        )
        DocumentVersion.objects.filter(document=document, number__lte=document.version - KEPT).delete()


def text_of(chunks: Sequence[Chunk]) -> str:
    """The document as it was cut, each heading said once."""
    parts: list[str] = []
    path: tuple[str, ...] = ()
    for chunk in chunks:
        if tuple(chunk.heading_path) != path:
            path = tuple(chunk.heading_path)
            parts.append(" › ".join(path))
        parts += [part for part in (chunk.question, chunk.text) if part]
    return "\n\n".join(part for part in parts if part)


def differences(before: str, after: str) -> list[DiffLine]:
    """Line by line; what stayed the same is left out but for a little around each change."""
    old, new = before.split("\n"), after.split("\n")
    lines: list[DiffLine] = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND):
        if lines:
            lines.append(DiffLine("gap", ""))
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                lines += [DiffLine("same", text) for text in old[start:end]]
                continue
            lines += [DiffLine("removed", text) for text in old[start:end]]
            lines += [DiffLine("added", text) for text in new[new_start:new_end]]
    return lines
