"""A recipe → TRL's trainer for its kind, with the examples encoded and in order."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasets import Dataset
from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer, SFTConfig, SFTTrainer

from model_training.errors import DataRefused
from model_training.recipes import Recipe
from model_training.training.encoding import IGNORED, encode, encode_preference, in_order
from model_training.training.watching import Watching

Rows = Sequence[Mapping[str, Any]]
LOOKS = 6  # at the held-out loss, where the recipe says no number


@dataclass(frozen=True, slots=True)
class Encoded:
    """Rows as the trainer takes them, in order, and why others are none: reason → how many.

    `lengths` are their tokens, in no order.
    """

    examples: list[dict[str, Any]] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


TOO_LONG, NOTHING_LEARNT = "too_long", "nothing_to_learn"


def encoded(rows: Rows, *, recipe: Recipe, tokenizer: Any) -> Encoded:
    """Without the rows that are too long: cut, they would teach to stop in the middle or without an end.

    For kto in a drawn order: its trainer weighs each answer against its neighbours', and takes rows as they come.
    """
    done, buckets = Encoded(), list[int]()
    for row in rows:
        made, length, reason = _encoded(row, recipe=recipe, tokenizer=tokenizer)
        if reason:
            done.dropped[reason] += 1
        else:
            done.examples.append(made)
            done.lengths.append(length)
            buckets.append(row.get("bucket") or 0)
    order, seed = recipe.data.order, recipe.run.seed
    done.examples[:] = in_order(done.examples, order=order, buckets=buckets, seed=seed)
    if recipe.method.kind == "kto" and order != "curriculum":
        random.Random(seed).shuffle(done.examples)  # noqa: S311 - an order, not a secret
    return done


def _encoded(row: Mapping[str, Any], *, recipe: Recipe, tokenizer: Any) -> tuple[dict[str, Any], int, str]:
    """The row, its tokens, and why it cannot be learnt from: "" where it can.

    Without a learnt token a mean loss has no number.
    """
    if recipe.method.kind == "sft":
        made: dict[str, Any] = encode(row, tokenizer=tokenizer)
        tokens, learns = len(made["input_ids"]), any(label != IGNORED for label in made["labels"])
    else:
        made = encode_preference(row, tokenizer=tokenizer, kind=recipe.method.kind)
        answers = [text for name, text in made.items() if name not in ("prompt", "label")]
        tokens = len(tokenizer(made["prompt"] + max(answers, key=len), add_special_tokens=False)["input_ids"])
        learns = all(answers) and len(set(answers)) == len(answers)
    if not learns:
        return made, tokens, NOTHING_LEARNT
    return made, tokens, TOO_LONG if tokens > recipe.data.longest else ""


def build(
    recipe: Recipe,
    *,
    model: Any,
    tokenizer: Any,
    examples: Sequence[dict[str, Any]],
    heldout: Sequence[dict[str, Any]],
    steps: int,
    work: Path,
    watching: Watching,
) -> Any:
    """`work` is where the trainer keeps its own files."""
    if not examples:
        raise DataRefused(f"No row is left to train on: none is shorter than {recipe.data.longest} tokens.")
    kind, settings_kind = {
        "sft": (SFTTrainer, SFTConfig),
        "dpo": (DPOTrainer, DPOConfig),
        "kto": (KTOTrainer, KTOConfig),
    }[recipe.method.kind]
    settings = _settings(recipe, steps=steps, looks=bool(heldout), work=work) | _of_kind(recipe)
    return kind(
        model=model,
        args=settings_kind(**settings),
        train_dataset=Dataset.from_list(list(examples)),
        eval_dataset=Dataset.from_list(list(heldout)) if heldout else None,
        processing_class=tokenizer,
        callbacks=[watching],
    )


def _sampling(recipe: Recipe) -> str:
    """Like lengths come together only where the trainer knows lengths, as it does for sft alone."""
    if recipe.method.kind == "kto" or recipe.data.order == "curriculum":
        return "sequential"
    return "group_by_length" if recipe.data.order == "length" and recipe.method.kind == "sft" else "random"


def _of_kind(recipe: Recipe) -> dict[str, Any]:
    if recipe.method.kind == "sft":
        return {"packing": recipe.data.packing, "eval_packing": False}
    return {"beta": recipe.method.beta}


def _settings(recipe: Recipe, *, steps: int, looks: bool, work: Path) -> dict[str, Any]:
    optim = recipe.optim
    every = optim.look_every or max(1, steps // LOOKS)
    return {
        "output_dir": str(work),
        "seed": recipe.run.seed,
        "learning_rate": optim.learning_rate,
        "num_train_epochs": optim.epochs,
        "max_steps": optim.steps or -1,
        "per_device_train_batch_size": optim.rows_at_once,
        "per_device_eval_batch_size": optim.rows_at_once,
        "gradient_accumulation_steps": recipe.accumulate,
        "warmup_steps": round(optim.warmup * steps),
        "lr_scheduler_type": "cosine",
        "weight_decay": 0.0,
        "max_grad_norm": 1.0,
        "bf16": optim.precision == "bfloat16",
        "use_cpu": recipe.hardware.device == "cpu",
        "gradient_checkpointing": optim.gradient_checkpointing,
        "gradient_checkpointing_kwargs": {"use_reentrant": False},
        "max_length": recipe.data.longest,
        "train_sampling_strategy": _sampling(recipe),
        "logging_steps": 1,
        "eval_strategy": "steps" if looks else "no",
        "eval_steps": every,
        "save_strategy": "steps",
        "save_steps": optim.save_every or every,
        "report_to": [],
        "disable_tqdm": True,
        "dataloader_num_workers": 0,
    }
