"""Trains the model of a run folder: `python -m model_training.train RUN`.

Checks the whole recipe, puts the conversations under the serving prompt, says what the training will take, then starts
it as a process of its own in the model environment and watches over it: a file `CANCEL` in the run ends it within
seconds, whatever it is doing; what the system kills, or what has no room, ends with a sentence in `failure.json`. Started
again, it goes on from the last complete checkpoint. One command for any number of GPUs: Accelerate spreads the process
as `[hardware]` says. Knows no torch; on a GPU host with the rows rendered already it needs no more than the model
environment.
"""

import argparse
import fcntl
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from model_training import artifacts
from model_training.environment import model_python
from model_training.errors import ArtifactRefused, Cancelled, DataRefused, TrainingError, TrainingFailed
from model_training.failures import FAILURE, forget_failure, note_failure
from model_training.progress import CANCEL, write_progress
from model_training.recipes import RENDERED, Prediction, Recipe, load, origin_of, predict, shape_of
from model_training.recipes.prediction import lengths_of
from model_training.records import read_rows
from model_training.reporting import write_report

LOG = "log.txt"
_SECONDS_BETWEEN_LOOKS = 0.5
_SECONDS_TO_END = 4.0  # a cancelled process has these before it is killed
_MB_KEPT_FREE = 256


def train(run: Path, *, python: Path | None = None) -> dict[str, Any]:
    """The report. Raises TrainingError; `Cancelled` where somebody asked for it."""
    with _one_at_a_time(run):
        forget_failure(run)
        try:
            recipe = load(run)
            _render(run, recipe=recipe)
            if _is_trained(run, recipe=recipe):
                _tell(run, "the adapter of this recipe and dataset is there already")
                return write_report(run, recipe=recipe)
            prediction = _predict(run, recipe=recipe)
            _tell(run, f"about {_in_words(prediction)}")
            write_progress(run, step="train", done=0, total=prediction.steps, sentence="Starting")
            _supervise(_start(run, recipe=recipe, python=python or model_python()), run=run)
            return write_report(run, recipe=recipe)
        except Cancelled:
            raise
        except TrainingError as error:
            note_failure(run, error=error)
            raise


def _render(run: Path, *, recipe: Recipe) -> None:
    """Where the answering code is not installed, as on a GPU host, the rows must have come with the run."""
    rendered = run / RENDERED / f"{recipe.method.kind}.jsonl"
    if not (run / "dataset" / "train").is_dir() and rendered.is_file():
        return
    if importlib.util.find_spec("langchain_core") is None:
        if rendered.is_file():
            return
        raise DataRefused(
            f"{rendered} is missing. Run `python -m model_training.render {run}` where SeekDesk runs."
        )
    write_progress(
        run, step="render", done=0, total=1, sentence="Putting conversations under the serving prompt"
    )
    from model_training.render import render  # needs `dialogue`, which a GPU host does not have

    for kind, done in render(run, seed=recipe.run.seed).items():
        _tell(run, f"{kind}: {len(done.rows)} rows, {done.dropped.total()} left out")
    if not rendered.is_file():
        raise DataRefused(f"{run / 'dataset' / 'train'} holds no {recipe.method.kind} rows.")


def _is_trained(run: Path, *, recipe: Recipe) -> bool:
    try:
        return artifacts.check(run / "adapter", thorough=True) == origin_of(run, recipe=recipe)
    except ArtifactRefused:
        return False


def _predict(run: Path, *, recipe: Recipe) -> Prediction:
    rows = list(read_rows(run / RENDERED / f"{recipe.method.kind}.jsonl"))
    if not rows:
        raise DataRefused(
            "No row is left to train on: no answer stands on its passages (see rendered/report.json)."
        )
    prediction = predict(recipe, shape=shape_of(Path(recipe.run.base)), rows=lengths_of(rows))
    free_mb = shutil.disk_usage(run).free // 2**20
    if free_mb < prediction.disk_mb + _MB_KEPT_FREE:
        raise TrainingFailed(
            f"The training needs {prediction.disk_mb:,} MB of disk, and {free_mb:,} MB are free.",
            code="disk_full",
        )
    return prediction


def _in_words(prediction: Prediction) -> str:
    return (
        f"{prediction.steps:,} steps over {prediction.tokens:,} tokens, {prediction.memory_mb:,} MB of memory and "
        f"{max(1, round(prediction.seconds / 60)):,} minutes"
    )


# --- the process -----------------------------------------------------------------------------------------------------


def command(run: Path, *, recipe: Recipe, python: Path) -> list[str]:
    """What starts the training; Accelerate's launcher where one process is not enough."""
    hardware, words = recipe.hardware, [str(python)]
    if hardware.strategy != "single":
        precision = "bf16" if recipe.optim.precision == "bfloat16" else "no"
        words += ["-m", "accelerate.commands.launch", "--num_processes", str(hardware.processes)]
        # Any free port: two trainings may run on one host.
        words += ["--num_machines", "1", "--main_process_port", "0"]
        words += ["--mixed_precision", precision]
        words += _SPREAD[hardware.strategy]
    return [*words, "-m", "model_training.training", str(run)]


_SPREAD = {
    "ddp": ["--multi_gpu"],
    "fsdp": [
        "--use_fsdp",
        "--fsdp_version=2",
        "--fsdp_auto_wrap_policy=TRANSFORMER_BASED_WRAP",
        "--fsdp_state_dict_type=FULL_STATE_DICT",
        "--fsdp_cpu_ram_efficient_loading=true",
    ],
    "deepspeed": ["--use_deepspeed", "--zero_stage=3", "--zero3_save_16bit_model=false"],
}


def environment_of(recipe: Recipe) -> dict[str, str]:
    """What the training's process is told beside its run."""
    environment = os.environ | {
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "TRL_EXPERIMENTAL_SILENCE": "1",
        "PYTHONPATH": os.pathsep.join(
            [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
        ).rstrip(":"),
    }
    environment.pop("OMP_NUM_THREADS", None)  # one thread is for the embedder; a training wants every core
    if recipe.hardware.device == "cpu":
        environment["CUDA_VISIBLE_DEVICES"] = ""
    elif recipe.hardware.strategy == "single":
        # One process that sees several GPUs would spread itself over them, which TRL refuses.
        environment["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
    if recipe.hardware.strategy != "single":
        environment["SEEKDESK_TRAINING_SUPERVISOR"] = str(os.getpid())
    return environment


def _start(run: Path, *, recipe: Recipe, python: Path) -> "subprocess.Popen[bytes]":
    with (run / LOG).open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own arguments
            command(run.resolve(), recipe=recipe, python=python),
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment_of(recipe),
            start_new_session=True,  # so that it ends with all its processes
        )


def _supervise(process: "subprocess.Popen[bytes]", *, run: Path) -> None:
    try:
        while process.poll() is None:
            if (run / CANCEL).exists():
                _end(process)
                raise Cancelled("The training was cancelled; what it had reached is kept as a checkpoint.")
            time.sleep(_SECONDS_BETWEEN_LOOKS)
    finally:
        _end(process)
    if process.returncode == 3 or (process.returncode and (run / CANCEL).exists()):
        raise Cancelled("The training was cancelled; what it had reached is kept as a checkpoint.")
    if process.returncode:
        raise _failure(run, code=process.returncode)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Asks all its processes to end, and a little later sees to it."""
    for ask, patience in ((signal.SIGTERM, _SECONDS_TO_END), (signal.SIGKILL, None)):
        if process.poll() is not None:
            return
        os.killpg(process.pid, ask)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue


def _failure(run: Path, *, code: int) -> TrainingFailed:
    try:
        told = json.loads((run / FAILURE).read_text(encoding="utf-8"))
        return TrainingFailed(told["sentence"], code=told["code"])
    except (OSError, ValueError, KeyError):
        pass
    if code < 0:
        return TrainingFailed(
            f"The system ended the training ({signal.Signals(-code).name}), most likely because memory ran out. Started "
            "again, it goes on from its last checkpoint.",
            code="killed",
        )
    return TrainingFailed(f"The training ended with code {code}; the end of {run / LOG} says more.")


# --- what is told ----------------------------------------------------------------------------------------------------


def _tell(run: Path, sentence: str) -> None:
    sys.stderr.write(f"train: {sentence}\n")
    with (run / LOG).open("a", encoding="utf-8") as log:
        log.write(sentence + "\n")


@contextmanager
def _one_at_a_time(run: Path) -> Iterator[None]:
    if not run.is_dir():
        raise TrainingFailed(f"There is no run folder {run}.", code="refused")
    with (run / ".lock").open("w") as lock:
        _claim(lock, run=run)
        yield


def _claim(lock: IO[str], *, run: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise TrainingFailed(f"{run} is being trained already.", code="refused") from error


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m model_training.train", description=__doc__)
    parser.add_argument("run", type=Path, help="the run folder, with config.toml and dataset/")
    parser.add_argument("--python", type=Path, help="the interpreter of the model environment")
    chosen = parser.parse_args(arguments)
    try:
        report = train(chosen.run, python=chosen.python)
    except Cancelled as error:
        sys.stderr.write(f"train: {error}\n")
        return 3
    except TrainingError as error:
        sys.stderr.write(f"train: {error}\n")
        return 1
    held = report["heldout_loss"]
    told = f"{report['steps']} steps" + (f", held-out loss {held:.4f}" if held is not None else "")
    sys.stderr.write(f"train: {chosen.run / 'adapter'} is ready after {told}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
