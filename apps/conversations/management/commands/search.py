"""The chat's own retrieval, from a shell."""

import os
from argparse import ArgumentParser, ArgumentTypeError
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from apps.conversations.replying.trials import Mode, one_question, open_questions, read_questions, search_row
from apps.conversations.shell.commanding import BatchCommand


def at_least_one(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 200:
        raise ArgumentTypeError("a number from 1 to 200")
    return int(text)


class Command(BatchCommand):
    help = "Searches a site's knowledge base exactly as the chat does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--limit", type=at_least_one, default=8)
        parser.add_argument("--mode", choices=["hybrid", "dense", "words"], default="hybrid")

    def run(
        self,
        *,
        question: str | None,
        questions: Path | None,
        out: Path | None,
        limit: int,
        mode: Mode,
        **_: Any,
    ) -> None:
        if questions is None:
            row = search_row(self.site, one_question(question), limit=limit, mode=mode)
            return self.tell_one(row, plainly=plainly, out=out)
        search = partial(search_row, self.site, limit=limit, mode=mode)
        with (
            open_questions(questions) as lines,
            self.writer(out, beside=questions) as writer,
            one_each_core() as pool,
        ):
            for row in pool.map(search, read_questions(lines)):  # in the order of the questions
                writer.write(row)
                self.progress(f"{writer.rows} questions searched")
        return None


def one_each_core() -> ThreadPoolExecutor:
    """Most of a search is the embedder's, which lets other threads work meanwhile."""
    return ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="search")


def plainly(row: dict[str, Any]) -> str:
    lines = [f"{one['relevance']:.2f}  {one['title']}: {one['text'][:120]}" for one in row["passages"]]
    return "\n".join(lines) or "Nothing was found."
