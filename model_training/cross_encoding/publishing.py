"""What a training left → what is shipped: `python -m model_training.cross_encoding.publishing WEIGHTS FOLDER`.

FOLDER/weights.npz with the heads of both tasks, and FOLDER/manifest.json, which names its hash.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.cross_encoder import PACKED

HEADS = ("head.w", "head.b")  # of all tasks, in their order


def publish(weights: Path, *, folder: Path) -> dict[str, Any]:
    with np.load(weights, allow_pickle=False) as kept:
        tensors = {name: kept[name] for name in kept.files}
    tensors |= {name: tensors[name].astype(np.float32) for name in HEADS}
    packed, manifest = folder / PACKED, folder / "manifest.json"
    np.savez_compressed(packed, **tensors)
    before = json.loads(manifest.read_text(encoding="utf-8"))["version"] if manifest.exists() else "-0"
    told = {
        "version": f"cross-encoder-{int(before.rpartition('-')[2]) + 1}",
        "layers": sum(name.endswith(".q.b") for name in tensors),
        "sha256": hashlib.sha256(packed.read_bytes()).hexdigest(),
    }
    manifest.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m model_training.cross_encoding.publishing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("folder", type=Path, help="retrieval/fitted/cross_encoder")
    chosen = parser.parse_args(arguments)
    told = publish(chosen.weights, folder=chosen.folder)
    sys.stderr.write(f"publishing: {told['version']}, {told['layers']} layers\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
