"""Difficulty: buckets from easy to hard by what a base model says; the model is a stand-in that speaks as the real one."""

import json
import sys
import time
from pathlib import Path

import pytest

from model_training.clean import main
from tests.model_training.cleaning.conversations import read, write
from tests.model_training.cleaning.test_pipeline import shop_rows

# Called as the model environment's Python is: -m MODULE ROWS OUT MODEL. The longer a reply, the harder.
HEAD = f"#!{sys.executable}\nimport json, os, pathlib, sys, time\nrows, out, model = map(pathlib.Path, sys.argv[3:])\n"
BY_LENGTH = """
rows = [json.loads(line) for line in rows.read_text().splitlines()]
values = [{"id": row["id"], "perplexity": len(row["messages"][-1]["content"])} for row in rows]
out.write_text("".join(json.dumps(value) + "\\n" for value in values))
print(len(values), flush=True)
"""
THINKING = '(model / "pid").write_text(str(os.getpid()))\n(model / "CANCEL").touch()\ntime.sleep(60)\n'
BROKEN = 'sys.exit("OSError: no file named model.safetensors")\n'


def options(tmp_path: Path, *, says: str) -> list[str]:
    python, base = tmp_path / "python", tmp_path / "base"
    python.write_text(HEAD + says)
    python.chmod(0o755)
    base.mkdir()
    (base / "config.json").write_text("{}")
    source = write(tmp_path / "in.jsonl", shop_rows())
    return [str(source), str(tmp_path / "out"), "--base", str(base), "--python", str(python)]


def test_rows_go_from_easy_to_hard_in_buckets_that_the_report_counts_and_draws(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text("buckets = 3")
    given = options(tmp_path, says=BY_LENGTH)
    assert main([*given, "--settings", str(tmp_path / "s.toml")]) == 0
    out = tmp_path / "out"
    rows = read(out / "sft.jsonl")
    lengths = [len(row["messages"][-1]["content"]) for row in rows]
    assert [row["difficulty"] for row in rows] == lengths
    assert [row["bucket"] for row in rows] == [1, 1, 2, 2, 3, 3]
    easy, middle, hard = (sorted(lengths[start : start + 2]) for start in (0, 2, 4))
    assert [*easy, *middle, *hard] == sorted(lengths)  # inside a bucket as they came
    told = json.loads((out / "report.json").read_text())["difficulty"]
    assert [bucket["rows"] for bucket in told["buckets"]] == [2, 2, 2]
    assert (told["buckets"][0]["from"], told["buckets"][2]["to"]) == (easy[0], hard[1])
    drawn = f"{easy[0]:.1f} – {easy[1]:.1f}"
    assert drawn in (out / "report.html").read_text()


def test_a_cancel_ends_the_model_in_the_middle_of_a_thought(tmp_path: Path) -> None:
    given, base = options(tmp_path, says=THINKING), tmp_path / "base"
    began = time.monotonic()
    assert main([*given, "--run", str(base)]) == 3
    assert time.monotonic() - began < 10
    assert not (Path("/proc") / (base / "pid").read_text()).exists()
    assert json.loads((base / "progress.json").read_text())["step"] == "difficulty"


def test_a_model_that_cannot_judge_is_told_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = options(tmp_path, says=BROKEN)
    assert main(given) == 1
    assert "could not judge the rows: OSError: no file named model.safetensors" in capsys.readouterr().err
    (tmp_path / "base" / "config.json").unlink()
    assert main(given) == 1
    assert "is no model folder" in capsys.readouterr().err
    assert not (tmp_path / "out" / "sft.jsonl").exists()
