"""A run folder → an adapter in it: load, train, look, keep the best, publish.

Ends with a training's own report; what was predicted stands beside what was measured. Knows nothing of who started it.
"""

import hashlib
import json
import math
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import set_seed
from transformers.utils import logging

from model_training import artifacts
from model_training.errors import DataRefused, TrainingFailed
from model_training.progress import write_progress
from model_training.recipes import RENDERED, Prediction, Recipe, load, origin_of, predict, shape_of
from model_training.records import read_rows
from model_training.training import checkpoints, trainers
from model_training.training.checkpoints import BEST
from model_training.training.loading import load_base, load_tokenizer, with_adapter
from model_training.training.publishing import publish_adapter
from model_training.training.watching import Watching

REPORT = "training.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a course is made of, known before a model is loaded."""

    recipe: Recipe
    origin: dict[str, str]
    tokenizer: Any
    rows: int
    encoded: trainers.Encoded
    heldout: Sequence[dict[str, Any]]
    prediction: Prediction


def train(run: Path) -> dict[str, Any]:
    logging.set_verbosity_warning()
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))  # each process on a GPU of its own
    plan = plan_of(run)
    set_seed(plan.recipe.run.seed)
    _check_memory(plan.recipe, needed_mb=plan.prediction.memory_mb)
    tell = "Loading the base model"
    write_progress(run, step="train", done=0, total=plan.prediction.steps, sentence=tell)
    if os.environ.get("RANK", "0") == "0":
        checkpoints.clear_unfinished(run)
    watching = _watching(run, plan=plan)
    trainer = _trainer(run, plan=plan, watching=watching)
    resumed = checkpoints.newest(run, origin=plan.origin)
    trainer.accelerator.wait_for_everyone()  # each of several has looked, before the first of them clears
    if trainer.is_world_process_zero():
        checkpoints.clear_what_is_not_gone_on_from(run, resumed=resumed)
    started = time.monotonic()
    trainer.train(resume_from_checkpoint=str(resumed) if resumed else None)
    seconds = time.monotonic() - started
    _keep_best(run, trainer=trainer, watching=watching)
    trainer.accelerator.wait_for_everyone()  # before the first of several takes `best` away
    report = _report(plan, trainer=trainer, watching=watching, resumed=resumed, seconds=seconds)
    if trainer.is_world_process_zero():
        publish_adapter(run, recipe=plan.recipe, report=report, origin=plan.origin)
        (run / REPORT).write_text(json.dumps(report, indent=2) + "\n")
        shutil.rmtree(run / checkpoints.FOLDER / "working", ignore_errors=True)
    return report


# --- Before it starts ----------------------------------------------------------------------------------------------


def plan_of(run: Path) -> Plan:
    recipe = load(run)
    base = Path(recipe.run.base)
    artifacts.check_base(base)
    tokenizer = load_tokenizer(base)
    rows, apart = read_dataset(run, recipe=recipe)
    encoded = trainers.encoded(rows, recipe=recipe, tokenizer=tokenizer)
    return Plan(
        recipe=recipe,
        origin=origin_of(run, recipe=recipe),
        tokenizer=tokenizer,
        rows=len(rows),
        encoded=encoded,
        heldout=trainers.encoded(apart, recipe=recipe, tokenizer=tokenizer).examples,
        prediction=predict(recipe, shape=shape_of(base), rows=encoded.lengths),
    )


def read_dataset(run: Path, *, recipe: Recipe) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The rows to train on, and those that the loss is watched on.

    Those are the run's validation side. A dataset that has none is watched on its held-out set, else on a share of its own.
    """
    path = run / RENDERED / f"{recipe.method.kind}.jsonl"
    rows: list[Mapping[str, Any]] = list(read_rows(path)) if path.is_file() else []
    sides = (run / RENDERED / f"{side}.jsonl" for side in ("validation", "heldout"))
    apart = next((side for side in sides if side.is_file() and side.stat().st_size), None)
    if recipe.method.kind == "sft" and apart is not None:
        return _some(rows, path=path), list(read_rows(apart))
    held = {id(row) for row in rows if _is_held_out(row, share=recipe.data.held_out)}
    train = [row for row in rows if id(row) not in held]
    return _some(train, path=path), [row for row in rows if id(row) in held]


def _some(rows: list[Mapping[str, Any]], *, path: Path) -> list[Mapping[str, Any]]:
    if not rows:
        raise DataRefused(f"{path} holds nothing to train on.")
    return rows


def _is_held_out(row: Mapping[str, Any], *, share: float) -> bool:
    """All rows of one conversation on the same side."""
    conversation = str(row.get("id", "")).partition("#")[0]
    drawn = int.from_bytes(hashlib.sha256(conversation.encode()).digest()[:4], "big") / 2**32
    return drawn < share


def _check_memory(recipe: Recipe, *, needed_mb: int) -> None:
    """Only a GPU's memory can be told before: a computer's may grow while it is used."""
    if recipe.hardware.device == "cpu":
        return
    if not torch.cuda.is_available():
        raise TrainingFailed("The recipe asks for a GPU, and there is none. Set hardware.device = 'cpu'.")
    free_mb = torch.cuda.mem_get_info()[0] // 2**20
    if needed_mb > free_mb:
        raise TrainingFailed(
            f"The training needs about {needed_mb:,} MB of GPU memory, and {free_mb:,} MB are free. Make "
            "optim.rows_at_once or data.longest smaller, or switch on optim.gradient_checkpointing.",
            code="out_of_memory",
        )


# --- While it runs, and after --------------------------------------------------------------------------------------


def _watching(run: Path, *, plan: Plan) -> Watching:
    return Watching(
        run,
        origin=plan.origin,
        patience=plan.recipe.optim.patience,
        tokens_a_step=plan.prediction.tokens / plan.prediction.steps,
    )


def _trainer(run: Path, *, plan: Plan, watching: Watching) -> Any:
    # cuDNN's attention gives gradients that are no numbers, in 16 bits, for padded batches of certain lengths
    # (https://github.com/pytorch/pytorch/issues/196678); the other kernels are as fast here.
    torch.backends.cuda.enable_cudnn_sdp(False)
    base = load_base(Path(plan.recipe.run.base), recipe=plan.recipe)
    trainer = trainers.build(
        plan.recipe,
        model=with_adapter(base, recipe=plan.recipe),
        tokenizer=plan.tokenizer,
        examples=plan.encoded.examples,
        heldout=plan.heldout,
        steps=plan.prediction.steps,
        work=run / checkpoints.FOLDER / "working",
        watching=watching,
    )
    watching.save_model = trainer.save_model
    return trainer


def _keep_best(run: Path, *, trainer: Any, watching: Watching) -> None:
    """Where nothing was held out, the last state is the best that is known."""
    if not (run / BEST / "adapter_model.safetensors").is_file() or not math.isfinite(watching.best_loss):
        trainer.save_model(str(run / BEST))


def _report(
    plan: Plan, *, trainer: Any, watching: Watching, resumed: Path | None, seconds: float
) -> dict[str, Any]:
    return {
        "rows": plan.rows,
        "rows_dropped": dict(plan.encoded.dropped),
        "heldout_rows": len(plan.heldout),
        "resumed_from_step": int(resumed.name.removeprefix("step-")) if resumed else 0,
        "steps": trainer.state.global_step,
        "planned_steps": trainer.state.max_steps,
        "skipped_steps": watching.skipped,
        "stopped_early": watching.stopped_early,
        "heldout_loss": round(watching.best_loss, 5) if math.isfinite(watching.best_loss) else None,
        "predicted": asdict(plan.prediction),
        "measured": _measured(trainer, watching=watching, seconds=seconds),
    }


def _measured(trainer: Any, *, watching: Watching, seconds: float) -> dict[str, Any]:
    """What stands beside the prediction."""
    return {
        "seconds": round(seconds, 1),
        "memory_mb": watching.memory_mb(),
        "tokens_per_second": round(watching.tokens_per_second(trainer.state.global_step), 1),
        "trained": trainer.model.num_parameters(only_trainable=True),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
    }
