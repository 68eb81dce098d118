"""The books of a cleaning: what was read, and why each row that went or changed did.

`dropped.jsonl` has a line for every conversation that is not learnt from, `changes.jsonl` for every change of one that
is; the counts of both go into the report.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from model_training.cleaning.personal_data import Kind
from model_training.records import open_to_write, write_row

DROPPED = "dropped.jsonl"
CHANGES = "changes.jsonl"


class Ledger:
    def __init__(self, folder: Path) -> None:
        self._dropped = open_to_write(folder / DROPPED)
        self._changes = open_to_write(folder / CHANGES)
        self.dropped: Counter[str] = Counter()
        self.changed: Counter[str] = Counter()
        self.changed_rows: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._dropped.close()
        self._changes.close()

    def drop(self, name: str, *, reason: str, step: str, line: int, detail: str = "") -> None:
        self.dropped[reason] += 1
        row = {"id": name, "line": line, "step": step, "reason": reason, "detail": detail}
        write_row(self._dropped, row)

    def scrubbed(self, name: str, *, message: int, kinds: Mapping[Kind, int]) -> None:
        self.changed.update({kind.value: count for kind, count in kinds.items()})
        self.changed_rows.add(name)
        counts = {kind.value: count for kind, count in kinds.items()}
        write_row(self._changes, {"id": name, "message": message, "change": "personal_data", "kinds": counts})

    def not_learnt(self, name: str, *, message: int, reason: str) -> None:
        write_row(self._changes, {"id": name, "message": message, "change": "not_learnt", "reason": reason})
