"""Makes a smaller model: `python -m model_training.compress merge BASE TARGET --adapter ADAPTER`, or `int8` or `fp8`.

With `--adapter`, int8 and fp8 melt the adapter in first. What it makes is a model folder of its own, with a manifest,
and is judged by the same evaluation as any other. Knows no torch: `model_training.compressing` does the work.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from model_training.environment import model_python
from model_training.errors import TrainingError

KINDS = ("merge", "int8", "fp8")


def compress(kind: str, *, base: Path, target: Path, adapter: Path | None) -> int:
    if kind == "merge":
        return _work("merge", str(base), str(adapter), str(target))
    if adapter is None:
        return _work(kind, str(base), str(target))
    with tempfile.TemporaryDirectory(dir=target.resolve().parent) as workshop:
        merged = Path(workshop) / base.name
        return _work("merge", str(base), str(adapter), str(merged)) or _work(kind, str(merged), str(target))


def _work(*words: str) -> int:
    command = [str(model_python()), "-m", "model_training.compressing", *words]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own arguments


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m model_training.compress", description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("base", type=Path, help="the model folder")
    parser.add_argument("target", type=Path, help="the new model folder")
    parser.add_argument("--adapter", type=Path)
    chosen = parser.parse_args(arguments)
    if chosen.kind == "merge" and chosen.adapter is None:
        parser.error("merge needs --adapter")
    try:
        return compress(chosen.kind, base=chosen.base, target=chosen.target, adapter=chosen.adapter)
    except TrainingError as error:
        sys.stderr.write(f"compress: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
