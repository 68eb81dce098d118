"""How the cross-encoder is made: what is packed, trained and published is what then reads."""

import gzip
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from model_training.cross_encoding.packing import pack
from model_training.cross_encoding.publishing import published
from model_training.cross_encoding.rows import Row
from model_training.environment import MODEL_PYTHON
from retrieval.cross_encoder import CrossEncoder
from retrieval.networks import Network

ROOT = Path(__file__).parents[2]


def row(number: int, *, true: bool, held_out: bool) -> Row:
    text = (
        "Returns > Times | Returns take 14 days." if true else "Returns > Who pays | We pay for the parcel."
    )
    return Row(
        task="supports" if number % 2 else "answers",
        asked=f"how long do returns take {number}",
        text=text,
        true=true,
        language="en",
        group=f"page.{number // 2}",
        origin="claims" if number % 2 else "help pages",
        held_out=held_out,
    )


@pytest.mark.model
@pytest.mark.timeout(300)
def test_what_was_trained_is_what_is_read(tmp_path: Path) -> None:
    rows = [
        row(number, true=true, held_out=held_out)
        for held_out in (False, True)
        for number in range(4)
        for true in (True, False)
    ]
    pack(rows, run=tmp_path)
    with gzip.open(tmp_path / "rows.jsonl.gz", "rt", encoding="utf-8") as told:
        assert [json.loads(line)["true"] for line in told] == [one.true for one in rows]
    command = [MODEL_PYTHON, "-m", "model_training.cross_encoding.training", tmp_path]
    done = subprocess.run(
        [*command, "--layers", "2", "--epochs", "12", "--rate", "0.0005"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    logits = np.load(tmp_path / "logits.npy")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["right first, en"] == 1.0  # it learnt what these few rows are about
    averaged = tmp_path / "averaged.npz"
    with_itself = [tmp_path / "weights.npz"] * 2
    averaging = [MODEL_PYTHON, "-m", "model_training.cross_encoding.averaging", averaged, *with_itself]
    subprocess.run(averaging, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)
    told = published(averaged, run=tmp_path, folder=tmp_path)
    assert (told["version"], told["layers"]) == ("cross-encoder-1", 2)
    encoder = CrossEncoder(Network(tmp_path))
    for one, logit in zip([one for one in rows if one.held_out], logits, strict=True):
        read = encoder.read(one.task, one.asked, [one.text])[0]
        assert read == pytest.approx(1 / (1 + np.exp(-logit)), abs=0.03)
