"""What our commands share: `--site`, `--json`, progress on stderr, and one clear sentence with exit code 1."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from apps.conversations.errors import ConversationError
from apps.conversations.models import Site
from apps.knowledge.services import KnowledgeError
from retrieval import RetrievalError

TOLD_AS_A_SENTENCE = (ConversationError, KnowledgeError, RetrievalError, DatabaseError, OSError)


class PlainCommand(BaseCommand):
    """`run(**options)` does the work. Without `--json` the same facts are printed for people."""

    run: Callable[..., None]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object (or one a line) on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        self.as_json: bool = options["json"]
        try:
            self.run(**options)
        except TOLD_AS_A_SENTENCE as error:
            raise CommandError(str(error) or type(error).__name__) from error

    def tell(self, facts: dict[str, Any], *, plainly: str) -> None:
        self.stdout.write(json.dumps(facts, ensure_ascii=False) if self.as_json else plainly)

    def progress(self, sentence: str) -> None:
        """Overwrites itself on a terminal; a line each elsewhere."""
        end = "" if sys.stderr.isatty() else "\n"
        start = "\r\033[K" if sys.stderr.isatty() else ""
        self.stderr.write(start + sentence, ending=end, style_func=str)
        self.stderr.flush()


class SiteCommand(PlainCommand):
    """A command about one site, which `self.site` is."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--site", required=True, metavar="KEY", help="the site's key, as in its script tag"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        site = Site.objects.select_related("knowledge_base").filter(key=options["site"]).first()
        if site is None:
            raise CommandError(f"There is no site with the key {options['site']}.")
        self.site = site
        super().handle(*args, **options)


class BatchCommand(SiteCommand):
    """One question, or a file of them: `{id, question, history?}` a line in, one JSON object a line out.

    A row that fails becomes a row with an `error`, and the batch goes on. Exit code 1 only when all of them failed.
    """

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        asked = parser.add_mutually_exclusive_group(required=True)
        asked.add_argument("question", nargs="?", default=None)
        asked.add_argument("--questions", type=Path, metavar="FILE.jsonl")
        parser.add_argument("--out", type=Path, metavar="FILE.jsonl", help="default: stdout")

    def tell_one(
        self, row: dict[str, Any], *, plainly: Callable[[dict[str, Any]], str], out: Path | None
    ) -> None:
        """The row of a single question."""
        if "error" in row:
            raise CommandError(row["error"]["message"])
        if out is None:
            self.tell(row, plainly=plainly(row))
            return
        with self.writer(out) as writer:
            writer.write(row)

    @contextmanager
    def writer(self, out: Path | None, *, beside: Path | None = None) -> Iterator["RowWriter"]:
        """`beside`: the file of questions, which the answers must not overwrite."""
        if out is not None and beside is not None and out.exists() and out.samefile(beside):
            raise CommandError("--out names the file of questions itself: nothing was asked.")
        if out is None:
            writer = RowWriter(self.stdout)  # type: ignore[arg-type] # Django's wrapper writes like a file
            yield writer
        else:
            out.parent.mkdir(parents=True, exist_ok=True)
            with out.open("w", encoding="utf-8") as file:
                writer = RowWriter(file)
                yield writer
        self.check_rows(writer)

    def check_rows(self, writer: "RowWriter") -> None:
        if writer.failed:
            self.progress(f"{writer.failed} of {writer.rows} rows failed; each of them says why")
        if not writer.rows:
            raise CommandError("There is no question in the file.")
        if writer.failed == writer.rows:
            raise CommandError(writer.last_error)


class RowWriter:
    """Writes a row a line and flushes it: a batch that is interrupted keeps what it has."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.rows = self.failed = 0
        self.last_error = ""

    def write(self, row: dict[str, Any]) -> None:
        self._file.write(json.dumps(row, ensure_ascii=False).rstrip("\n") + "\n")
        self._file.flush()
        self.rows += 1
        if "error" in row:
            self.failed += 1
            self.last_error = row["error"]["message"]
