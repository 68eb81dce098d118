"""`python -m model_training.import_set NAME IN OUT.jsonl`: a public set or a file in a known format, as records."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from model_training.errors import TrainingError
from model_training.importing import import_set, names
from model_training.importing.writing import CAP


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m model_training.import_set", description=__doc__)
    parser.add_argument("name", help=f"a format or a set: {', '.join(names())}")
    parser.add_argument("source", type=Path, help="the file, or the folder of a public set")
    parser.add_argument("target", type=Path, help="the records, one a line")
    parser.add_argument("--site", default="import", help="which site they shall belong to")
    parser.add_argument(
        "--cap", type=int, default=CAP, help=f"conversations that one contact may bring ({CAP})"
    )
    chosen = parser.parse_args(arguments)
    try:
        imported = import_set(
            chosen.name, chosen.source, target=chosen.target, site=chosen.site, cap=max(1, chosen.cap)
        )
    except TrainingError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for number, fault in imported.faults[:3]:
        sys.stderr.write(f"row {number} was left out: {fault}\n")
    counts = {
        "rows": imported.rows,
        "over_cap": imported.over_cap,
        "without_consent": imported.without_consent,
        "malformed": len(imported.faults),
    }
    sys.stdout.write(json.dumps(counts) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
