"""Resolved conversations of a site as records, one a line: what a run would learn from."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from apps.training.commanding import ModelCommand
from apps.training.snapshotting import CONSENTS, Source, write_snapshot


class Command(ModelCommand):
    help = "Writes resolved conversations as records (docs/life-of-a-model.md), one a line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        add_source(parser)
        parser.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl")

    def run(self, *, out: Path, since: date | None, consent: str, cap: int, **_: Any) -> None:
        taken = write_snapshot(self.site, out, source=Source(since=since, consent=consent, cap=cap))
        facts = {
            "conversations": taken.rows,
            "contacts": taken.contacts,
            "left_out": dict(taken.left_out),
            "sha256": taken.sha256,
            "file": str(out),
        }
        left_out = ", ".join(f"{count} left out: {why}" for why, count in taken.left_out.items())
        self.tell(facts, plainly=f"{taken.rows} of {taken.contacts} customers. {left_out}".strip())


def add_source(parser: ArgumentParser) -> None:
    parser.add_argument("--since", type=date.fromisoformat, metavar="2026-01-31")
    parser.add_argument(
        "--consent", choices=CONSENTS, default="given", help="whose conversations may be used"
    )
    parser.add_argument("--cap", type=int, default=20, help="conversations of one customer at most")
