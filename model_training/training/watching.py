"""What is told while a training runs: a line of metrics a step, how far it is, and when it must end.

A step whose gradient is no number is skipped: one batch shall not cost a training all it has learnt. It fails after
several such steps in a row, or too many in all, and before weights that are no numbers are kept. It ends before its plan
is done when the held-out loss has not become better for a while, or when somebody asked for it (`model_training.train`
sees to the hard cases).
"""

import json
import math
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor
from transformers import TrainerCallback

from model_training.errors import Cancelled, TrainingFailed
from model_training.progress import CANCEL, write_progress
from model_training.training import checkpoints
from model_training.training.checkpoints import BEST, METRICS

SKIPPED_IN_A_ROW = 3  # then it is not the batch
SKIPPED_IN_ALL = 0.05  # of the plan's steps; a few are always allowed


class Watching(TrainerCallback):  # type: ignore[misc]  # transformers carries no types
    """`best_loss` is the best held-out loss so far, its adapter lies in `best`."""

    def __init__(self, run: Path, *, origin: dict[str, str], patience: int, tokens_a_step: float) -> None:
        self.run, self.origin, self.patience, self.tokens_a_step = run, origin, patience, tokens_a_step
        self.save_model: Callable[[str], None] = lambda folder: None  # the trainer's, once there is one
        self.best_loss = math.inf
        self.worse = 0  # looks in a row without a better held-out loss
        self.stopped_early = False
        self.skipped = self.skipped_in_a_row = 0  # steps that taught nothing: their gradient was no number
        self.peak_mb = 0
        self._has_looked = False  # since the last step
        self._started = self._step_at_start = 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        self._started, self._step_at_start = time.monotonic(), state.global_step
        if state.global_step:
            self._recall(upto=state.global_step, first=state.is_world_process_zero)

    def on_step_begin(self, args: Any, state: Any, control: Any, model: Any, **given: Any) -> None:
        self._look_for_cancel(state)
        if self._has_looked:
            _gather_embeddings(model)
            self._has_looked = False

    def on_substep_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        self._look_for_cancel(state)

    def _look_for_cancel(self, state: Any) -> None:
        if (self.run / CANCEL).exists():
            raise Cancelled(f"Cancelled at step {state.global_step:,} of {state.max_steps:,}.")

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, model: Any, **given: Any) -> None:
        """Clipping has spread what is no number over all gradients, on all GPUs: each of them skips."""
        gradients = [weight.grad for weight in model.parameters() if weight.grad is not None]
        if math.isfinite(float(_whole(torch.nn.utils.get_total_norm(gradients)))):
            self.skipped_in_a_row = 0
            return
        for weight in model.parameters():
            weight.grad = None  # the optimizer leaves such a weight, and what it remembers of it, as they are
        self.skipped += 1
        self.skipped_in_a_row += 1
        if state.is_world_process_zero:
            self.write(step=state.global_step + 1, skipped=True)
        self._end_where_numbers_fail(step=state.global_step + 1, planned=state.max_steps)

    def _end_where_numbers_fail(self, *, step: int, planned: int) -> None:
        if self.skipped_in_a_row == SKIPPED_IN_A_ROW:
            where = f"At step {step:,} and the {SKIPPED_IN_A_ROW - 1} before it"
        elif self.skipped > max(SKIPPED_IN_A_ROW, planned * SKIPPED_IN_ALL):
            where = f"At step {step:,}, as at {self.skipped - 1:,} others before it,"
        else:
            return
        raise self._no_numbers(f"{where} the loss was no number, or its gradient.")

    def _no_numbers(self, what: str) -> TrainingFailed:
        return TrainingFailed(
            f"{what} Make optim.learning_rate smaller, or look for broken weights in the base model. "
            f"{checkpoints.in_words(self.run)}",
            code="loss_not_a_number",
        )

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any], **given: Any) -> None:
        if "loss" not in logs or self.skipped_in_a_row or not state.is_world_process_zero:
            return
        loss, speed = float(logs["loss"]), self.tokens_per_second(state.global_step)
        self.write(
            step=state.global_step,
            epoch=round(float(state.epoch or 0), 4),
            loss=round(loss, 5),
            learning_rate=logs.get("learning_rate"),
            tokens=round(state.global_step * self.tokens_a_step),
            tokens_per_second=round(speed, 1),
            memory_mb=self.memory_mb(),
        )
        sentence = f"Step {state.global_step:,} of {state.max_steps:,}, loss {loss:.3f}, {speed:,.0f} tokens a second"
        write_progress(
            self.run, step="train", done=state.global_step, total=state.max_steps, sentence=sentence
        )

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, Any], **given: Any) -> None:
        self._has_looked = True
        loss = float(metrics.get("eval_loss", math.nan))
        if state.is_world_process_zero:
            told = round(loss, 5) if math.isfinite(loss) else None
            self.write(step=state.global_step, epoch=round(float(state.epoch or 0), 4), heldout_loss=told)
        self.worse = 0 if loss < self.best_loss else self.worse + 1
        if loss < self.best_loss:
            self.best_loss = loss
            self.save_model(str(self.run / BEST))
        if self.patience and self.worse >= self.patience:
            self.stopped_early = control.should_training_stop = True

    def on_save(self, args: Any, state: Any, control: Any, model: Any, **given: Any) -> None:
        """Finite gradients can still lead to weights that are none: such a state is never one to go on from."""
        trained = (weight for weight in model.parameters() if weight.requires_grad)
        if not all(bool(_own_part(weight).isfinite().all()) for weight in trained):
            raise self._no_numbers(f"After step {state.global_step:,} the adapter's weights were no numbers.")
        if torch.distributed.is_initialized():
            torch.distributed.barrier()  # each process writes a part of it
        if state.is_world_process_zero:
            written = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            checkpoints.publish(written, run=self.run, step=state.global_step, origin=self.origin)

    def tokens_per_second(self, step: int) -> float:
        seconds = max(time.monotonic() - self._started, 1e-9)
        return (step - self._step_at_start) * self.tokens_a_step / seconds

    def memory_mb(self) -> int:
        """At its highest so far: the GPU's where there is one, else the process's."""
        if torch.cuda.is_available():
            self.peak_mb = torch.cuda.max_memory_allocated() // 2**20
        else:
            self.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        return self.peak_mb

    def write(self, **values: Any) -> None:
        row = {key: value for key, value in values.items() if value is not None}
        row["at"] = datetime.now(UTC).isoformat(timespec="milliseconds")
        with (self.run / METRICS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def _recall(self, *, upto: int, first: bool) -> None:
        """After an interruption: what was told beyond the checkpoint will be told again, the best loss is known."""
        path = self.run / METRICS
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        rows = [row for row in map(_row_of, lines) if row is not None and row["step"] <= upto]
        if first:  # the others of several read the same, before or after
            draft = path.with_suffix(".writing")
            draft.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            draft.replace(path)
        self.skipped = sum("skipped" in row for row in rows)
        for row in rows:
            if (loss := row.get("heldout_loss")) is not None:
                self.worse = 0 if loss < self.best_loss else self.worse + 1
                self.best_loss = min(self.best_loss, loss)


def _whole(value: torch.Tensor) -> torch.Tensor:
    """Of a number that is spread over several GPUs (FSDP), what it is in all."""
    return value.full_tensor() if isinstance(value, DTensor) else value


def _gather_embeddings(model: Any) -> None:
    """Under FSDP a model whose head is its embeddings holds both as one, and TRL's loss never calls the head. After a look,
    which no backward pass follows, torch 2.11 still waits for it; saved in the meantime, the embeddings are spread over
    the GPUs, and the next step would read its own part of them alone."""
    embeddings = model.get_input_embeddings()
    if isinstance(embeddings, FSDPModule):
        embeddings.unshard()


def _own_part(weight: torch.Tensor) -> torch.Tensor:
    return weight.to_local() if isinstance(weight, DTensor) else weight


def _row_of(line: str) -> dict[str, Any] | None:
    """None for a line that was cut off by a kill."""
    try:
        row: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return row
