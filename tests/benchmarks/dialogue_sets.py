"""Labelled questions over a folder of documents, in memory: for dialogue's quality report and for its fit.

A question row: {"id", "question", "language", "answerable", "expected_documents", "expected_text", "history"?, "kind"?}.
"""

import json
import re
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain_core.embeddings import Embeddings

from dialogue import Turn, Utterance
from dialogue.language.sentences import sentences_of
from dialogue.searching.evidence import Closeness
from model_training.cross_encoding.rows import told_in
from retrieval import (
    Chunk,
    HomeEmbeddings,
    KnowledgeIndex,
    MemoryChunkStore,
    Passage,
    home_cross_encoder,
    split,
)
from retrieval.parsing.formats import read_documents
from retrieval.testing import MemoryVectors
from retrieval.words import WordIndex

Row = Mapping[str, Any]
_OTHER = {"en": "zh", "zh": "en"}
UNPACKED = 50_000_000  # bytes at most of a file when it is unpacked


def read_rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def index_folder(folder: Path, *, reads: bool = False) -> KnowledgeIndex:
    """A document's id is its file's stem, as `expected_documents` names it; rows of one file add "#n".

    `reads`: with the cross-encoder, as the product has it.
    """
    return index_chunks(
        [chunk for path in sorted(folder.iterdir()) for chunk in chunks_in(path)], reads=reads
    )


def index_chunks(
    chunks: Sequence[Chunk], *, embedder: Embeddings | None = None, reads: bool = False
) -> KnowledgeIndex:
    index = KnowledgeIndex(
        name="benchmark",
        store=MemoryChunkStore(chunks),
        vectors=MemoryVectors(),
        words=WordIndex(Path(tempfile.mkdtemp())),
        embedder=embedder or HomeEmbeddings(),
        reader=home_cross_encoder("answers") if reads else None,
    )
    index.add(chunks)
    index.catch_up()
    return index


def help_sets(
    path: Path, *, held_out: bool, embedder: Embeddings | None = None
) -> Iterator[tuple[KnowledgeIndex, list[Row]]]:
    """The help pages as small knowledge bases of four pages each, with their questions."""
    for _, group, chunks in help_groups(path, held_out=held_out):
        yield index_chunks(chunks, embedder=embedder), rows_of(group)


def cross_sets(
    path: Path, *, pages: Path, held_out: bool, embedder: Embeddings | None = None
) -> Iterator[tuple[KnowledgeIndex, list[Row]]]:
    """Questions in the other language than their page, over its own knowledge base. Over one of both languages beside
    them the pages' own, which no page in another language answers.

    `path` has a question a line, and `of` which of the pages' own it is a translation.
    """
    asked = {row["of"]: row["question"] for row in read_rows(path)}
    groups = list(help_groups(pages, held_out=held_out))
    english, chinese = ([each for each in groups if each[0] == language] for language in ("en", "zh"))
    for _, group, chunks in groups:
        yield index_chunks(chunks, embedder=embedder), _crossed(group, asked=asked)
    for one, other in zip(english, chinese, strict=False):
        index = index_chunks([*one[2], *other[2]], embedder=embedder)
        both = [*one[1], *other[1]]
        yield index, [*_crossed(both, asked=asked), *rows_of(both)]


def _crossed(group: Sequence[Row], *, asked: Mapping[str, str]) -> list[Row]:
    return [
        {**row, "question": asked[row["id"]], "history": [], "language": _OTHER[row["language"]]}
        for row in rows_of(group)
        if row["id"] in asked
    ]


def followed_sets(
    path: Path, *, pages: Path, held_out: bool, embedder: Embeddings | None = None
) -> Iterator[tuple[KnowledgeIndex, list[Row]]]:
    """Follow-ups on what was said before, over the pages' own knowledge bases. `path` has a page's a line."""
    asked = {row["id"]: row["questions"] for row in read_rows(path)}
    for _, group, chunks in help_groups(pages, held_out=held_out):
        following = [{**page, "questions": asked[page["id"]]} for page in group if page["id"] in asked]
        if following:
            yield index_chunks(chunks, embedder=embedder), rows_of(following)


def rows_of(group: Sequence[Row]) -> list[Row]:
    return [_row_of(page, number=n) for page in group for n in range(len(page["questions"]))]


def help_groups(path: Path, *, held_out: bool) -> Iterator[tuple[str, list[Row], list[Chunk]]]:
    """A file of `model_training/examples` by language and in fours, with their chunks.

    Those in which every page is held out, or those in which none is: pages are grouped accordingly.
    """
    pages = [page for page in read_rows(path) if (int(page["id"].partition("-")[2]) % 4 == 0) == held_out]
    for language in ("en", "zh"):
        spoken = [page for page in pages if page["language"] == language]
        for start in range(0, len(spoken), 4):
            group = spoken[start : start + 4]
            yield language, group, [chunk for page in group for chunk in _chunks_of_page(page)]


def _chunks_of_page(page: Row) -> list[Chunk]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{page['id']}.md"
        path.write_text(_as_markdown(page), encoding="utf-8")
        return list(chunks_in(path))


def _as_markdown(page: Row) -> str:
    parts = [f"# {page['title']}"]
    for section in page["sections"]:
        told = section["sentences"]
        glue = " " if page["language"] == "en" else ""
        parts += [
            f"## {section['heading']}",
            glue.join(told) if len(told) < 4 else "\n".join(f"- {one}" for one in told),
        ]
        if table := section.get("table"):
            lines = (table["columns"], ["---"] * len(table["columns"]), *table["rows"])
            parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join(parts) + "\n"


def _row_of(page: Row, *, number: int) -> Row:
    asked = page["questions"][number]
    told = [told_in(page["sections"][section])[place] for section, place in asked["answers"]]
    return {
        "id": f"{page['id']}.{number}",
        "question": asked["q"],
        "history": asked.get("history", []),
        "language": page["language"],
        "answerable": bool(told),
        "expected_documents": [page["id"]],
        "expected_text": [sentence for text in told for sentence in sentences_of(text)],
        "kind": asked["kind"],
    }


def chunks_in(path: Path) -> Iterator[Chunk]:
    """Read in this process: these are files of our own, and a child for each takes longer than all else."""
    documents = read_documents(path, name=path.name, unpacked_size=UNPACKED)
    for number, document in enumerate(documents):
        yield from split(document, document_id=path.stem if len(documents) == 1 else f"{path.stem}#{number}")


def turn_of(row: Row) -> Turn:
    history = tuple(
        Utterance("user" if said["role"] == "user" else "assistant", said["content"])
        for said in row.get("history", ())
    )
    locale = "zh-hans" if row["language"] == "zh" else "en"
    return Turn(question=row["question"], history=history, locale=locale)


def says(text: str, *, row: Row) -> bool:
    """Whether one of the expected texts is in it, however spaces, widths and dashes are written."""
    return any(_plain(wanted) in _plain(text) for wanted in row.get("expected_text", ()))


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower().replace("–", "-").replace("−", "-")
    return re.sub(r"[\s\\]", "", text)


def is_expected(document_id: str, *, row: Row) -> bool:
    return document_id.partition("#")[0] in row.get("expected_documents", ())


@dataclass(frozen=True)
class Labelled:
    """One question with what was found for it. `answerable` is false too where the answer's documents were taken out."""

    row: Row
    passages: Sequence[Passage]
    answerable: bool
    closeness: Closeness | None


def label(rows: Sequence[Row], *, index: KnowledgeIndex, question_of: Any) -> Iterator[Labelled]:
    """Each question as it is, and each answerable one again with everything that answers it taken out."""
    for row in rows:
        question = question_of(row)
        result = index.search(question, limit=16)
        found = result.passages
        yield Labelled(row, found[:8], bool(row["answerable"]), result.closeness)
        if row["answerable"]:
            rest = [
                passage
                for passage in found
                if not is_expected(passage.chunk.document_id, row=row)
                and not says(passage.chunk.text, row=row)
            ]
            yield Labelled(row, rest[:8], False, result.closeness)
