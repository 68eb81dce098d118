"""What serving a model takes of a GPU's memory, summed before it is started: `python -m model_training.serving_memory PROFILE`.

Weights are counted from the headers of the base's safetensors files. The cache of a token is what its architecture keeps of it
in each layer: keys and values, or with DeepSeek's latent attention one small vector. Adapters take their full room at the start,
whatever is loaded later. docs/training.md shows the sums beside what vLLM reports. Knows no torch.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from model_training.errors import TrainingError
from model_training.profiles import Profile, load
from model_training.recipes import BaseShape, shape_of

GB = 1e9
BYTES = {"float32": 4, "bfloat16": 2, "float16": 2, "auto": 2}
TARGETS = "--lora-target-modules"
SHARE = 0.9  # of a GPU's memory that vLLM takes when nothing else is said
WORKING_GB = (
    5.0  # recorded graphs and room to compute in, at the server's defaults, as measured on a card of 141 GB
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingMemory:
    """Bytes on all GPUs together."""

    weights: int
    adapters: int
    cache_of_a_token: int
    tokens: int  # that the cache holds in what is left on the profile's GPUs

    def answers_at_once(self, context_length: int) -> int:
        """Each as long as can be; real ones are shorter and share their beginning."""
        return self.tokens // context_length


def serving_memory(profile: Profile, *, base: Path) -> ServingMemory:
    shape, config = shape_of(base), json.loads((base / "config.json").read_text(encoding="utf-8"))
    size = BYTES[profile.model.dtype]
    weights, adapters = _weights(shape, size=size), _adapters(profile, shape=shape)
    cache = _cache_of_a_token(config, size=size)
    room = profile.needs.gpus * (profile.needs.gpu_memory_gb * SHARE - WORKING_GB) * GB - weights - adapters
    return ServingMemory(
        weights=weights, adapters=adapters, cache_of_a_token=cache, tokens=max(0, int(room // cache))
    )


def _weights(shape: BaseShape, *, size: int) -> int:
    return shape.parameters * size


def _adapters(profile: Profile, *, shape: BaseShape) -> int:
    """vLLM keeps room for `max_loaded` adapters of `max_rank` on each linear layer that may have one."""
    targets = _targets(profile.serve.arguments)
    sides = sum(
        sum(sizes)
        for name, sizes in shape.weights.items()
        if len(sizes) == 2 and _may_have_one(name, targets=targets)
    )
    return profile.lora.max_loaded * profile.lora.max_rank * sides * BYTES["bfloat16"]


def _targets(arguments: Sequence[str]) -> frozenset[str]:
    """Those named to the server; none where it takes all."""
    if TARGETS not in arguments:
        return frozenset()
    after = list(arguments[arguments.index(TARGETS) + 1 :])
    end = next((place for place, word in enumerate(after) if word.startswith("--")), len(after))
    return frozenset(after[:end])


def _may_have_one(name: str, *, targets: frozenset[str]) -> bool:
    layer = name.removesuffix(".weight").rpartition(".")[2]
    return layer in targets if targets else layer.endswith("_proj") or layer.startswith("kv_a_proj")


def _cache_of_a_token(config: Mapping[str, Any], *, size: int) -> int:
    layers: int = config["num_hidden_layers"]
    if latent := config.get("kv_lora_rank"):
        return int(layers * (latent + config["qk_rope_head_dim"]) * size)
    heads = config["num_attention_heads"]
    width = config.get("head_dim") or config["hidden_size"] // heads
    return int(prod((layers, 2, config.get("num_key_value_heads", heads), width, size)))


def in_words(profile: Profile, *, memory: ServingMemory) -> str:
    at_once = memory.answers_at_once(profile.model.context_length)
    return (
        f"{profile.name}: weights {memory.weights / GB:.1f} GB, room for adapters {memory.adapters / GB:.2f} GB, "
        f"{memory.cache_of_a_token:,} bytes of cache a token. {profile.needs.gpus} × {profile.needs.gpu_memory_gb} GB "
        f"keep {memory.tokens:,} tokens: {at_once:,} answers of {profile.model.context_length:,} tokens at once."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m model_training.serving_memory", description=__doc__)
    parser.add_argument("profile", help="the profile of a GPU server")
    parser.add_argument("--base", type=Path, help="the model folder, if not the profile's")
    chosen = parser.parse_args(arguments)
    try:
        profile = load(chosen.profile)
        memory = serving_memory(profile, base=chosen.base or Path(profile.model.folder))
    except TrainingError as error:
        sys.stderr.write(f"serving_memory: {error}\n")
        return 1
    sys.stdout.write(in_words(profile, memory=memory) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
