"""What a training will take: memory and time, told before anything is loaded.

Weights are counted from the headers of the base's safetensors files; the rest is sums with factors that were fitted to
trainings that ran (docs/training.md shows predicted and measured side by side). Knows no torch.
"""

import json
import os
import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, prod
from pathlib import Path
from typing import Any

from model_training.errors import ArtifactRefused
from model_training.recipes.config import Recipe

MB = 1024 * 1024
BYTES = {"float32": 4.0, "bfloat16": 2.0}
FOUR_BITS = 0.56  # bytes a weight, its scales included
ALL_LINEAR = "all-linear"
_LORA_STATE = 16  # bytes a trained weight: itself, its gradient and Adam's two moments, each in 32 bits
# Sustained floating-point operations a second of this kind of training, as measured: 2 cores of an AVX2 server; an H100.
_SPEED = {"cpu": 48e9, "gpu": 45e12}
_BASE_MB = {"cpu": 900, "gpu": 1_200}  # the process itself: interpreter, libraries, kernels
_START_SECONDS = {"cpu": 20, "gpu": 40}
_ACTIVATIONS = {"dense": 39, "checkpointed": 2}  # × hidden size × layers: numbers kept for each token
# Bytes for each token and word. On a GPU sft keeps logits and their gradient in 16 bits; elsewhere count on logits,
# their softmax and gradient in 32.
_LOGITS_OF_SFT_ON_GPU, _LOGITS = 2 * 2, 4 * 4
_CHARACTERS_A_TOKEN = {"zh": 1.5, "en": 4.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseShape:
    """Of a base model: its architecture, its weights by name and shape, and the sizes that memory depends on."""

    architecture: str
    weights: Mapping[str, tuple[int, ...]]
    hidden: int
    layers: int
    vocabulary: int
    experts_at_work: float  # share of the experts' weights that a token passes

    @property
    def parameters(self) -> int:
        return sum(map(prod, self.weights.values()))

    @property
    def parameters_at_work(self) -> float:
        experts = sum(prod(shape) for name, shape in self.weights.items() if ".experts." in name)
        return self.parameters - experts * (1 - self.experts_at_work)

    def trained_by(self, recipe: Recipe) -> int:
        """Parameters of the adapter."""
        return recipe.lora.rank * sum(
            sum(shape) for name, shape in self.weights.items() if _is_target(name, shape, recipe.lora.targets)
        )


def _is_target(name: str, shape: Sequence[int], targets: Sequence[str]) -> bool:
    if len(shape) != 2 or "embed" in name or name.startswith("lm_head"):
        return False
    layer = name.removesuffix(".weight").rpartition(".")[2]
    if targets == [ALL_LINEAR]:
        return layer != "gate" and not layer.endswith("norm")
    return layer in targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    parameters: int
    trained: int
    steps: int
    tokens: int
    memory_mb: int  # of the device: GPU memory on a GPU, the process on a CPU; of one of several
    seconds: int
    disk_mb: int


def shape_of(base: Path) -> BaseShape:
    """Raises ArtifactRefused where the folder is no whole model."""
    try:
        config = json.loads((base / "config.json").read_text(encoding="utf-8"))
        weights = dict(_weights_of(base))
        experts = config.get("n_routed_experts") or config.get("num_experts") or 0
        return BaseShape(
            architecture=config["architectures"][0],
            weights=weights,
            hidden=config["hidden_size"],
            layers=config["num_hidden_layers"],
            vocabulary=config["vocab_size"],
            experts_at_work=config["num_experts_per_tok"] / experts if experts else 1.0,
        )
    except (OSError, ValueError, KeyError, IndexError, struct.error) as error:
        raise ArtifactRefused(f"{base} is not a model folder that can be trained: {error!r}.") from error


def _weights_of(base: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    files = sorted(base.glob("*.safetensors"))
    if not files:
        raise ArtifactRefused(f"{base} holds no safetensors; other weights are not opened.")
    for path in files:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header: dict[str, Any] = json.loads(file.read(min(length, 100 * MB)))
        for name, tensor in header.items():
            if name != "__metadata__":
                yield name, tuple(tensor["shape"])


def predict(recipe: Recipe, *, shape: BaseShape, rows: Sequence[int]) -> Prediction:
    """`rows` are the lengths of the rows in tokens."""
    epochs, trained = recipe.optim.epochs, shape.trained_by(recipe)
    kept = [length for length in rows if length <= recipe.data.longest]
    if recipe.data.packing:
        kept = [recipe.data.longest] * ceil(sum(kept) / recipe.data.longest)
    a_step = recipe.optim.rows_per_step
    steps = recipe.optim.steps or max(1, ceil(ceil(len(kept) / a_step) * epochs))
    mean = sum(kept) / len(kept) if kept else 0.0
    tokens = round(mean * a_step * steps if recipe.optim.steps else sum(kept) * epochs)
    work = (6 if recipe.optim.gradient_checkpointing else 4) * shape.parameters_at_work * tokens
    cores = len(os.sched_getaffinity(0)) if recipe.hardware.device == "cpu" else recipe.hardware.processes
    preferences = 3 if recipe.method.kind in ("dpo", "kto") else 1  # two answers, and the model as it was
    return Prediction(
        parameters=shape.parameters,
        trained=trained,
        steps=steps,
        tokens=tokens,
        memory_mb=_memory_mb(recipe, shape=shape, trained=trained, longest=max(kept, default=0)),
        seconds=round(
            _START_SECONDS[recipe.hardware.device]
            + preferences * work / (_SPEED[recipe.hardware.device] * cores)
        ),
        disk_mb=ceil(trained * (4 + 8 + 4) * 3 / MB) + 32,  # three checkpoints lie side by side for a moment
    )


def _memory_mb(recipe: Recipe, *, shape: BaseShape, trained: int, longest: int) -> int:
    size = BYTES[recipe.optim.precision]
    weights = shape.parameters * (FOUR_BITS if recipe.lora.quantize else size)
    if recipe.hardware.strategy in ("fsdp", "deepspeed"):
        weights /= recipe.hardware.processes
    at_once = recipe.optim.rows_at_once * (2 if recipe.method.kind == "dpo" else 1)
    tokens = at_once * (recipe.data.longest if recipe.data.packing else longest)
    kept = _ACTIVATIONS["checkpointed" if recipe.optim.gradient_checkpointing else "dense"]
    activations = tokens * shape.hidden * shape.layers * kept * size
    lean = recipe.method.kind == "sft" and recipe.hardware.device == "gpu"
    logits = tokens * shape.vocabulary * (_LOGITS_OF_SFT_ON_GPU if lean else _LOGITS)
    return (
        round((weights + trained * _LORA_STATE + activations + logits) / MB)
        + _BASE_MB[recipe.hardware.device]
    )


def lengths_of(rows: Iterable[Mapping[str, Any]]) -> list[int]:
    """Tokens of rendered rows, estimated from their characters: no tokenizer is at hand here."""
    return [_tokens_in(" ".join(_texts(row))) for row in rows]


def _texts(row: Mapping[str, Any]) -> Iterator[str]:
    for part in ("prompt", "completion", "chosen"):
        for message in row.get(part) or ():
            yield message["content"]


def _tokens_in(text: str) -> int:
    han = len(re.findall(r"[\u3000-\u9fff\uff00-\uffef]", text))
    return 16 + round(han / _CHARACTERS_A_TOKEN["zh"] + (len(text) - han) / _CHARACTERS_A_TOKEN["en"])
