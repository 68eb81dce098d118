"""Adapters of three architectures are trained, published, refused and made smaller; kills, cancels and faults end well.

Torch lives in the model environment: what needs it is tried there once (`checks.py`) and judged here.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model_training.cleaning.rows import dpo_rows, kto_rows
from model_training.environment import MODEL_PYTHON
from model_training.records import read_conversations, write_rows
from model_training.rendering import render_dpo, render_kto, render_sft
from tests.model_training.training.conversations import FACTS, conversation, make_run

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]
ROOT = Path(__file__).parents[3]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    (folder / "rendered").mkdir()
    records = [
        conversation(name, number=number)
        for number in range(2)
        for name in list(FACTS)[:1] + list(FACTS)[-1:]
    ]
    write_rows(folder / "rendered" / "sft.jsonl", render_sft(records).rows)
    shop = list(read_conversations(ROOT / "demo" / "shop" / "conversations.jsonl"))
    liked = render_kto([row for one in shop for row in kto_rows(one, extra={})]).rows
    edited = render_dpo([row for one in shop for row in dpo_rows(one, extra={})]).rows
    assert {row["label"] for row in liked} == {True, False}
    assert edited
    short = [row for row in liked if row["label"]][:4] + [row for row in liked if not row["label"]][:4]
    write_rows(folder / "rendered" / "kto.jsonl", short)
    write_rows(folder / "rendered" / "dpo.jsonl", edited[:6])
    script = Path(__file__).with_name("checks.py")
    done = subprocess.run(
        [MODEL_PYTHON, script, folder], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.fixture(scope="module")
def seen(workshop: Path) -> dict[str, Any]:
    return dict(json.loads((workshop / "seen.json").read_text()))


def test_the_last_label_is_the_end_of_the_turn_and_the_loss_is_on_the_answer_alone(
    seen: dict[str, Any],
) -> None:
    labels = seen["labels"]
    assert labels["last"] == ["<|im_end|>"]
    assert labels["named_end"] == "<|im_end|>"  # the tokenizer itself names another
    assert labels["learnt"] == [f"{answer}<|im_end|>" for answer in labels["answers"]]


def test_preferences_end_with_the_end_of_the_turn_too(seen: dict[str, Any]) -> None:
    dpo = seen["labels"]["dpo"]
    assert dpo["chosen"].endswith("<|im_end|>")
    assert dpo["rejected"].endswith("<|im_end|>")
    assert dpo["prompt"].endswith("<|im_start|>assistant\n")


def test_a_curriculum_goes_from_easy_to_hard(seen: dict[str, Any]) -> None:
    first, *middle, last = [one["n"] for one in seen["labels"]["curriculum"]]
    assert (first, set(middle), last) == (3, {2, 4}, 1)  # a row of unknown difficulty stands in the middle


def test_how_hard_a_reply_is_does_not_depend_on_its_neighbours(seen: dict[str, Any]) -> None:
    measured = seen["perplexities"]
    assert measured["together"] == pytest.approx(measured["alone"], rel=0.01)


def test_a_trained_model_says_its_answer_and_ends(seen: dict[str, Any]) -> None:
    assert seen["stopping"]["said"] == "b<|im_end|>"


@pytest.mark.parametrize("name", ["Qwen2ForCausalLM", "DeepseekV2ForCausalLM", "DeepseekV3ForCausalLM"])
def test_an_adapter_of_each_architecture_is_trained_and_loaded_back(seen: dict[str, Any], name: str) -> None:
    one = seen["architectures"][name]
    assert one["steps"] == 3
    assert one["changes_answers"]
    assert one["dtypes"] == ["torch.bfloat16"]
    assert one["predicted_trained"] == one["measured_trained"]
    assert one["files"] == [
        "DONE",
        "README.md",
        "adapter_config.json",
        "adapter_model.safetensors",
        "manifest.json",
    ]


def test_spread_over_two_processes_of_which_one_is_killed_it_goes_on_with_the_same_steps(
    seen: dict[str, Any],
) -> None:
    spread = seen["spread"]
    whole, (surviving, killed), again = spread["ended"]
    assert whole == again == [0, 0]
    assert (surviving, killed) == (1, -signal.SIGKILL)
    assert spread["resumed_from"] == 4
    assert [len(losses) for losses in spread["cut"].values()] == [
        1
    ] * 6  # no step is told twice, none is missing
    assert spread["cut"] == spread["whole"]
    assert spread["adapter"]


@pytest.mark.parametrize(
    ("what", "code", "words"),
    [
        ("broken", "loss_not_a_number", "the loss was no number"),
        ("full", "disk_full", "The disk is full"),
        ("changed base", "refused", "sha256 differs"),
        ("memory", "out_of_memory", "The memory did not suffice"),
    ],
)
def test_each_failure_ends_with_its_sentence(seen: dict[str, Any], what: str, code: str, words: str) -> None:
    failure = seen["failures"][what]
    assert failure["code"] == code
    assert words in failure["sentence"]
    assert failure.get("exit", 1) == 1


def test_rows_that_teach_nothing_are_counted_and_a_step_without_numbers_is_skipped(
    seen: dict[str, Any],
) -> None:
    faulty = seen["faulty"]
    assert faulty["dropped"] == {"nothing_to_learn": 1, "too_long": 1}
    assert faulty["skipped"] == 2  # the row comes once in four steps
    assert faulty["steps"] == 8
    assert faulty["finite"]
    assert faulty["moved"]


def test_a_training_whose_numbers_fail_names_the_step_and_what_to_go_on_from(seen: dict[str, Any]) -> None:
    down = seen["down"]
    assert down["exit"] == 1
    assert "At step 7 and the 2 before it the loss was no number" in down["sentence"]
    assert "The last good checkpoint is that of step 6." in down["sentence"]
    assert down["kept"] == ["step-000004", "step-000006"]
    assert down["finite"]
    assert not down["adapter"]


def test_the_loss_is_watched_on_rows_that_no_evaluation_asks_about(seen: dict[str, Any]) -> None:
    assert seen["watched"] == {"both": ["validation"], "empty": ["heldout"]}


def test_a_changed_recipe_begins_anew_where_another_was_trained(seen: dict[str, Any]) -> None:
    changed = seen["changed"]
    assert (changed["resumed_from"], changed["steps"], changed["kept"]) == (0, [1, 2, 3], ["step-000003"])
    assert changed["heldout"] == [changed["best"]]


def test_weights_that_are_no_numbers_never_become_a_checkpoint(seen: dict[str, Any]) -> None:
    assert "After step 7 the adapter's weights were no numbers." in seen["exploding"]["sentence"]
    assert "No checkpoint was kept" in seen["exploding"]["sentence"]


@pytest.mark.parametrize("way", ["kto", "dpo", "packing", "curriculum", "checkpointing"])
def test_each_way_to_train_makes_an_adapter_of_the_shops_conversations(
    seen: dict[str, Any], way: str
) -> None:
    made = seen["ways"][way]
    assert (made["steps"], made["skipped"], made["moved"]) == (3, 0, True)
    assert len(made["losses"]) == 3


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("another base", "made for another base model"),
        ("tampered", "sha256 differs"),
        ("truncated", "another size"),
        ("unfinished", "never finished"),
    ],
)
def test_an_adapter_that_is_not_what_it_should_be_is_not_opened(
    seen: dict[str, Any], what: str, words: str
) -> None:
    assert words in seen["adapters"][what]


def test_a_model_answers_rows_without_a_server_and_weighs_two_words(seen: dict[str, Any]) -> None:
    made = seen["generated"]
    assert made["plain"]["one"] == "b"  # what `stopping` taught it
    assert made["int8"]["one"] == "b"
    assert made["words"]["one"] > 0.5


def test_a_merged_model_answers_as_the_base_with_its_adapter(seen: dict[str, Any]) -> None:
    assert seen["smaller"]["merged_differs"] < 0.05


@pytest.mark.parametrize(
    ("kind", "format", "error"), [("int8", "int-quantized", 0.005), ("fp8", "float-quantized", 0.04)]
)
def test_eight_bits_keep_the_weights_nearly(
    seen: dict[str, Any], kind: str, format: str, error: float
) -> None:
    made = seen["smaller"][kind]
    assert made["format"] == format
    assert made["scales"] == 14  # seven linear layers in each of two
    assert made["error"] < error


# --- a training as a process of its own ------------------------------------------------------------------------------

LONG = "look_every = 1000\nsave_every = 2\nsteps = 400\n"


@pytest.fixture
def run(workshop: Path, tmp_path: Path) -> Path:
    return make_run(tmp_path / "run", base=workshop / "Qwen2ForCausalLM", config=LONG)


def start(run: Path) -> "subprocess.Popen[str]":
    words = [sys.executable, "-m", "model_training.train", str(run)]
    return subprocess.Popen(words, cwd=ROOT, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)


def wait_for(run: Path, what: str, *, process: "subprocess.Popen[str]") -> Path:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        if found := sorted(run.glob(what)):
            return found[-1]
        time.sleep(0.1)
    raise AssertionError(f"{what} never came: {(run / 'log.txt').read_text()[-2000:]}")


def running(run: Path) -> Iterator[int]:
    """Ids of processes that train this run."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode().split("\0")
        except OSError:
            continue
        if "model_training.training" in words and str(run) in words:
            yield int(path.parent.name)


def test_after_a_kill_it_goes_on_from_the_last_checkpoint_and_a_cancel_ends_it(run: Path) -> None:
    first = start(run)
    wait_for(run, "checkpoints/step-*/DONE", process=first)
    first.send_signal(signal.SIGKILL)
    first.wait()
    until = time.monotonic() + 10
    while list(running(run)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not list(running(run))  # what trains does not outlive who watches it
    half = run / "checkpoints" / "step-000999"
    half.mkdir()  # as a kill in the middle of a checkpoint leaves it
    kept = max(int(path.name[5:]) for path in run.glob("checkpoints/step-*") if (path / "DONE").exists())

    second = start(run)
    wait_for(run, f"checkpoints/step-{kept + 2:06d}/DONE", process=second)
    assert not half.exists()
    steps = [row["step"] for row in map(json.loads, (run / "metrics.jsonl").read_text().splitlines())]
    assert steps == list(range(1, len(steps) + 1))  # no step is told twice, none is missing

    (run / "CANCEL").touch()
    asked = time.monotonic()
    assert second.wait(20) == 3
    assert time.monotonic() - asked < 10
    assert not list(running(run))
    assert not (run / "failure.json").exists()


def test_a_recipe_with_three_mistakes_is_refused_before_anything_is_loaded(run: Path) -> None:
    config = (run / "config.toml").read_text().replace("rank = 4", "rank = 5").replace("0.01", "7.0")
    (run / "config.toml").write_text(config.replace("longest = 4096", "longest = 1"))
    process = start(run)
    assert process.wait(60) == 1
    sentence = json.loads((run / "failure.json").read_text())["sentence"]
    assert all(words in sentence for words in ("lora.rank", "optim.learning_rate", "data.longest"))
    assert not (run / "dataset" / "rendered").exists()
