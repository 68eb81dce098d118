"""What benchmarks share: a row of the table, and what the kernel says of a process."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Row:
    """One line of the table; a row without a goal is there to be known."""

    what: str
    measured: float
    unit: str
    goal: str = ""
    reached: bool = True


def at_most(what: str, measured: float, unit: str, *, goal: float) -> Row:
    return Row(what, measured, unit, f"≤ {goal:g}", measured <= goal)


def at_least(what: str, measured: float, unit: str, *, goal: float) -> Row:
    return Row(what, measured, unit, f"≥ {goal:g}", measured >= goal)


def p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


def memory_of(pid: int) -> float:
    """MB that the process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


def processor_of(pid: int) -> float:
    """Seconds of processor, user and system, that the process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
