"""`make bench`: every speed benchmark, each in a process of its own, in one table and one JSON file.

A benchmark is a module here whose name ends in `_speed`; with `--json` it prints its rows: what, measured, unit, goal,
reached. To add one, copy a neighbour. Nothing here is a test: speed depends on the machine.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
ASKED_BY_HAND = {"serving_speed"}  # of a model server that somebody has started on GPUs
RESULT = ROOT / "var" / "bench.json"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", type=Path, default=RESULT, metavar="FILE", help=f"default: {RESULT}")
    written: Path = parser.parse_args().json
    rows: list[dict[str, Any]] = []
    failed = []
    for module in sorted({path.stem for path in FOLDER.glob("*_speed.py")} - ASKED_BY_HAND):
        print(f"running {module}", file=sys.stderr, flush=True)
        run = subprocess.run(
            [sys.executable, "-m", f"tests.benchmarks.{module}", "--json"],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        if run.returncode:
            failed.append(module)
        else:
            rows += json.loads(run.stdout)
    print(table(rows))
    written.parent.mkdir(parents=True, exist_ok=True)
    machine = {"machine": platform.platform(), "cores": os.cpu_count(), "load": os.getloadavg()}
    result = {**machine, "at": datetime.now(UTC).isoformat(), "rows": rows, "failed": failed}
    written.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print(f"\nLoad of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{written}" + (f"\nFailed: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    lines = [f"{'what':76}{'measured':>12} {'unit':10}{'goal':14}"]
    for row in rows:
        mark = ("reached" if row["reached"] else "missed") if row["goal"] else ""
        lines.append(f"{row['what']:76}{row['measured']:>12.3g} {row['unit']:10}{row['goal']:14}{mark}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
