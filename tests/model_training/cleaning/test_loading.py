"""What cleaning writes is what TRL's trainers load: shown with `datasets` in the model environment."""

import json
import subprocess
from pathlib import Path

import pytest

from model_training.clean import main
from model_training.environment import MODEL_PYTHON
from tests.model_training.cleaning.conversations import talk, write
from tests.model_training.cleaning.test_pipeline import QUESTIONS

LOAD = """
import json, sys
from datasets import load_dataset
from trl.data_utils import is_conversational
told = {}
for kind in ("sft", "kto", "dpo"):
    rows = load_dataset("json", data_files=f"{sys.argv[1]}/{kind}.jsonl", split="train", cache_dir=sys.argv[2])
    told[kind] = {"rows": len(rows), "columns": rows.column_names, "conversational": is_conversational(rows[0])}
print(json.dumps(told))
"""


@pytest.mark.model
def test_trl_loads_the_rows_as_they_are(tmp_path: Path) -> None:
    passage = {"chunk_id": "d:1", "text": "Fill it with vinegar.", "relevance": 0.9, "heading_path": ["Care"]}
    rows = [talk(f"c{number}", *said) for number, said in enumerate(QUESTIONS)]
    rows[4]["messages"][1] |= {"passages": [passage], "rating": "up", "draft": "不可以。"}
    rows[5]["messages"][1] |= {"rating": "down"}
    rows[5]["provenance"] = {"source": "test", "licence": "own"}
    assert main([str(write(tmp_path / "in.jsonl", rows)), str(tmp_path)]) == 0
    done = subprocess.run(
        [MODEL_PYTHON, "-c", LOAD, tmp_path, tmp_path / "cache"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert {kind: told[kind]["rows"] for kind in told} == {"sft": 5, "kto": 2, "dpo": 1}
    assert all(told[kind]["conversational"] for kind in told)
    assert {"prompt", "completion", "label"} <= set(told["kto"]["columns"])
    assert {"prompt", "chosen", "rejected"} <= set(told["dpo"]["columns"])
