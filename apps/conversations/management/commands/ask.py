"""The chat's own answers, from a shell."""

import asyncio
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from apps.conversations.replying.trials import ask_all, one_question, open_questions, read_questions
from apps.conversations.shell.commanding import BatchCommand

AT_ONCE = 2  # a small machine's model gets slower for everybody with each question more


class Command(BatchCommand):
    help = "Asks a site's assistant: the chat's own search, model and checks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--at-once", type=int, default=AT_ONCE, help="questions under way at a time")

    def run(
        self, *, question: str | None, questions: Path | None, out: Path | None, at_once: int, **_: Any
    ) -> None:
        asyncio.run(self.ask(question, questions=questions, out=out, at_once=max(1, at_once)))

    async def ask(
        self, question: str | None, *, questions: Path | None, out: Path | None, at_once: int
    ) -> None:
        if questions is None:
            async for row in ask_all(self.site, [one_question(question)], at_once=1):
                self.tell_one(row, plainly=plainly, out=out)
            return
        with open_questions(questions) as lines, self.writer(out, beside=questions) as writer:
            async for row in ask_all(self.site, read_questions(lines), at_once=at_once):
                writer.write(row)
                self.progress(f"{writer.rows} questions answered")


def plainly(row: dict[str, Any]) -> str:
    cited = [f"  [{one['number']}] {one['title']}: {one['text'][:100]}" for one in row["citations"]]
    return "\n".join([f"({row['decision']}, {row['reason']}) {row['text']}", *cited])
