"""The best adapter of a run → `adapter/`: bf16 safetensors, PEFT's config, a model card, a manifest, a mark."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from model_training import artifacts
from model_training.adapters import CONFIG, WEIGHTS
from model_training.errors import TrainingFailed
from model_training.recipes import Recipe
from model_training.training.checkpoints import BEST

ADAPTER = "adapter"


def publish_adapter(run: Path, *, recipe: Recipe, report: Mapping[str, Any], origin: dict[str, str]) -> Path:
    draft, best = run / f"{ADAPTER}.making", run / BEST
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    state = {name: tensor.to(torch.bfloat16) for name, tensor in load_file(best / WEIGHTS).items()}
    if not all(bool(tensor.isfinite().all()) for tensor in state.values()):
        raise TrainingFailed(
            "The adapter's weights are no numbers, so it was not published. Make optim.learning_rate smaller.",
            code="loss_not_a_number",
        )
    save_file(
        state,
        draft / WEIGHTS,
        metadata={"format": "pt"},
    )
    config = json.loads((best / CONFIG).read_text(encoding="utf-8"))
    base = _base_name(Path(recipe.run.base))
    config["base_model_name_or_path"] = base  # where it lies on this machine is nobody's business
    (draft / CONFIG).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    (draft / "README.md").write_text(model_card(recipe, base=base, report=report), encoding="utf-8")
    artifacts.publish(draft, target=run / ADAPTER, origin=origin)
    shutil.rmtree(best)
    return run / ADAPTER


def _base_name(base: Path) -> str:
    return base.name


def model_card(recipe: Recipe, *, base: str, report: Mapping[str, Any]) -> str:
    """What Hugging Face's tools read on top, and what a person wants to know below."""
    measured, optim = report["measured"], recipe.optim
    held = report["heldout_loss"]
    early = ", stopped early by it" if report["stopped_early"] else ""
    return f"""---
base_model: {base}
library_name: peft
pipeline_tag: text-generation
tags: [lora, {recipe.method.kind}, seekdesk]
---

# {recipe.run.name}

A LoRA adapter for `{base}` (profile `{recipe.run.profile}`). It answers under SeekDesk's serving prompt by copying the
numbered sentences that answer a question, each with its number, or by saying that there are none.

| | |
|---|---|
| method | {recipe.method.kind}, rank {recipe.lora.rank}, alpha {recipe.lora.alpha}, on {", ".join(recipe.lora.targets)} |
| trained parameters | {measured["trained"]:,} |
| rows | {report["rows"] - sum(report["rows_dropped"].values()):,} to train on, {report["heldout_rows"]:,} held out |
| course | {report["steps"]:,} of {report["planned_steps"]:,} steps of {optim.rows_per_step} rows, learning rate {optim.learning_rate:g}, {optim.precision} |
| held-out loss | {"not measured" if held is None else held}{early} |
| took | {measured["seconds"]:,} s on {measured["device"]}, {measured["memory_mb"]:,} MB, {measured["tokens_per_second"]:,} tokens a second |

What it was made of stands in `manifest.json`. It is loaded only with a base whose `config.json` has the sha256 named
there. What it is worth, its evaluation says: no deployment without one.
"""
