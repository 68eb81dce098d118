"""Several trainings of one network → the mean of their weights: `python -m model_training.cross_encoding.averaging OUT WEIGHTS...`.

Trainings that begin with the same weights end near each other, each with slips of its own; their mean has fewer of them, and costs
no more to read with (Wortsman et al., Model soups, 2022).
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def average(files: Sequence[Path], *, out: Path) -> None:
    """Raises ValueError where they are not of one network."""
    kept = [dict(np.load(one, allow_pickle=False)) for one in files]
    shapes = [{name: tensor.shape for name, tensor in one.items()} for one in kept]
    if any(one != shapes[0] for one in shapes):
        raise ValueError("These weights are not of one network.")
    averaged = {name: _mean([one[name] for one in kept]) for name in kept[0]}
    np.savez_compressed(out, **averaged)  # type: ignore[arg-type]


def _mean(tensors: Sequence[Array]) -> Array:
    return np.mean(tensors, axis=0, dtype=np.float32).astype(tensors[0].dtype)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m model_training.cross_encoding.averaging",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, help="a new weights.npz")
    parser.add_argument("weights", type=Path, nargs="+", help="weights.npz of each training")
    chosen = parser.parse_args(arguments)
    average(chosen.weights, out=chosen.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
