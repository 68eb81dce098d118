"""What a training left → what is shipped: `python -m model_training.cross_encoding.publishing WEIGHTS TASK FOLDER`.

Of a training for both tasks the head of one is kept; FOLDER/TASK.npz and its line in FOLDER/manifest.json.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np

from retrieval.cross_encoder import Task

TASKS = get_args(Task)  # in the order of the heads


def publish(weights: Path, *, task: str, folder: Path) -> dict[str, Any]:
    with np.load(weights, allow_pickle=False) as kept:
        tensors = {name: kept[name] for name in kept.files}
    heads, biases = tensors.pop("head.w"), tensors.pop("head.b")
    own = TASKS.index(task)
    packed = folder / f"{task}.npz"
    np.savez_compressed(
        packed, **tensors, **{"head.w": heads[own].astype(np.float32), "head.b": np.float32(biases[own])}
    )
    manifest = folder / "manifest.json"
    told = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {}
    number = int(told.get(task, {}).get("version", "-0").rpartition("-")[2]) + 1
    told[task] = {
        "version": f"{task}-{number}",
        "layers": sum(name.endswith(".q.b") for name in tensors),
        "sha256": hashlib.sha256(packed.read_bytes()).hexdigest(),
    }
    manifest.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return dict(told[task])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m model_training.cross_encoding.publishing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("folder", type=Path, help="retrieval/fitted/cross_encoder")
    chosen = parser.parse_args(arguments)
    told = publish(chosen.weights, task=chosen.task, folder=chosen.folder)
    sys.stderr.write(f"publishing: {told['version']}, {told['layers']} layers\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
