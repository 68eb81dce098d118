"""Stand-ins for the steps of a run, as processes: `python -m apps.training.stand_in STEP RUN`.

Each writes what the real step writes, small. What it shall do comes in the variable STAND_IN, by step: `seconds` to take
(`deaf` to wishes to end), `sentence` to fail with, `code` to end with, `passed` for the gate. Knows no Django.
"""

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from model_training.artifacts import publish, sha256_of
from model_training.progress import CANCEL, write_progress

Row = dict[str, Any]
CANCELLED = 3  # exit code


def write_lines(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def read_lines(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def clean(folder: Path, orders: Row) -> None:
    records = read_lines(folder / "dataset" / "snapshot.jsonl")
    cleaned = folder / "dataset" / "cleaned"
    write_lines(cleaned / "sft.jsonl", records)
    write_lines(cleaned / "dropped.jsonl", [])
    report = {"rows": {"read": len(records), "sft": len(records)}, "dropped": {"exact_duplicate": 2}}
    (cleaned / "report.json").write_text(json.dumps(report))
    (cleaned / "report.html").write_text(
        "<!doctype html><title>Cleaning</title><script>alert(1)</script><p>Report</p>"
    )


def split(folder: Path, orders: Row) -> None:
    records = read_lines(folder / "dataset" / "cleaned" / "sft.jsonl")
    write_lines(folder / "dataset" / "train" / "sft.jsonl", records[1:] or records)
    write_lines(folder / "dataset" / "heldout.jsonl", records[:1])


def train(folder: Path, orders: Row) -> None:
    rows = [
        {
            "step": step,
            "epoch": step / 10,
            "loss": 2.0 / step,
            "learning_rate": 1e-4,
            "tokens_per_second": 50.0,
        }
        | ({"heldout_loss": 2.2 / step} if step % 5 == 0 else {"memory_mb": 900})
        for step in range(1, 21)
    ]
    write_lines(folder / "metrics.jsonl", rows)
    draft = folder / "adapter.making"
    draft.mkdir(exist_ok=True)
    (draft / "adapter_config.json").write_text(
        json.dumps({"base_model_name_or_path": "home", "peft_type": "LORA"})
    )
    (draft / "adapter_model.safetensors").write_bytes(hashlib.sha256(str(folder).encode()).digest())
    (draft / "README.md").write_text("# A stand-in\n\nIt was trained on nothing.\n")
    publish(draft, target=folder / "adapter", origin=_origin())
    (folder / "report.json").write_text(
        json.dumps({"steps": 20, "measured": {"seconds": 3, "memory_mb": 900}})
    )
    (folder / "report.html").write_text("<!doctype html><title>Training</title><p>Report</p>")


def _origin() -> dict[str, str]:
    """Made for the base that is served here, if one lies here."""
    config = Path("models/home/config.json")
    return {"base_config_sha256": sha256_of(config)} if config.is_file() else {}


def evaluate(folder: Path, orders: Row) -> None:
    questions = [
        {"id": "q1", "language": "en", "question": "How long do returns take?", "kind": "conversation"}
    ]
    write_lines(folder / "dataset" / "evaluation.jsonl", questions)
    for who, text in (("champion", "I do not know."), ("challenger", "30 days. [1]")):
        write_lines(
            folder / "evaluation" / f"{who}.jsonl", [{"id": "q1", "text": text, "decision": "answer"}]
        )
    (folder / "evaluation" / "comparison.json").write_text(json.dumps({"metrics": {}}))


def gate(folder: Path, orders: Row) -> None:
    passed = orders.get("passed", True)
    reasons = [] if passed else ["answer_correct fell from 0.80 to 0.40 (margin 0.02)."]
    said = {
        "passed": passed,
        "reasons": reasons,
        "metrics": {"answer_correct": {"champion": 0.8, "challenger": 0.9}},
    }
    (folder / "gate.json").write_text(json.dumps(said))


WORKS = {"clean": clean, "split": split, "train": train, "evaluate": evaluate, "gate": gate}


def main(arguments: list[str]) -> int:
    step, folder = arguments[0], Path(arguments[1])
    orders: Row = json.loads(os.environ.get("STAND_IN", "{}")).get(step, {})
    ends = time.monotonic() + orders.get("seconds", 0)
    while time.monotonic() < ends:
        write_progress(folder, step=step, done=1, total=2, sentence="Half of it")
        if (folder / CANCEL).exists() and not orders.get("deaf"):
            return CANCELLED
        time.sleep(0.1)
    if "sentence" in orders:
        (folder / "failure.json").write_text(
            json.dumps({"code": "out_of_memory", "sentence": orders["sentence"]})
        )
        return 1
    if "code" in orders:
        print(orders.get("says", "It broke."), file=sys.stderr)  # noqa: T201 - as a step says why
        return int(orders["code"])
    WORKS[step](folder, orders)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
