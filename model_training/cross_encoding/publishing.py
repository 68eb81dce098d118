"""What a training left → what is shipped: `python -m model_training.cross_encoding.publishing WEIGHTS RUN FOLDER`.

FOLDER/network.onnx, in eight bits by the rows that RUN was trained on, and FOLDER/manifest.json, which names its hash.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model_training.compiling import publish
from retrieval.packed_model import times

Array = np.ndarray[Any, Any]

READ = 300  # rows that tell how large what goes into the matrices gets


def published(weights: Path, *, run: Path, folder: Path) -> dict[str, Any]:
    with np.load(weights, allow_pickle=False) as kept:
        tensors = {name: kept[name].astype(np.float32) for name in kept.files}
    return publish(tensors, texts=texts_of(run), folder=folder, name="cross-encoder")


def texts_of(run: Path) -> Iterator[Array]:
    """Some of the rows, each as the vectors of its words (tokens, width)."""
    with np.load(run / "rows.npz", allow_pickle=False) as kept:
        tokens, lengths = kept["tokens"], kept["lengths"]
        steps, scales = kept["steps emb.word"], kept["scales emb.word"].astype(np.float32)
        places, kind = kept["base emb.pos"], kept["base emb.type"]
    width = steps.shape[-1]
    places, kind = places.reshape(-1, width), kind.reshape(-1, width)[0]
    ends = np.cumsum(lengths)
    for row in np.random.default_rng(0).permutation(len(lengths))[:READ]:
        own = tokens[ends[row] - lengths[row] : ends[row]]
        yield times(steps[own], scales[own]) + places[: len(own)] + kind


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m model_training.cross_encoding.publishing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("run", type=Path, help="the run folder, with rows.npz")
    parser.add_argument("folder", type=Path, help="retrieval/fitted/cross_encoder")
    chosen = parser.parse_args(arguments)
    told = published(chosen.weights, run=chosen.run, folder=chosen.folder)
    sys.stderr.write(f"publishing: {told['version']}, {told['layers']} layers\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
