"""A base with its adapter melted in; a copy in eight bits. Runs in the model environment; see `model_training.compress`.

Eight bits as vLLM reads them (compressed-tensors): one scale for each output channel of a linear layer's weights, found
here without calibration data, and one for each token of what goes in, found by vLLM while it runs. Embedding, head and
the experts' router stay as they are.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

from model_training import artifacts
from model_training.adapters import check_adapter
from model_training.errors import ArtifactRefused, TrainingError

_LARGEST = {"int8": 127.0, "fp8": 448.0}
_KINDS: Mapping[str, dict[str, Any]] = {
    "int8": {"format": "int-quantized", "type": "int", "dtype": torch.int8},
    "fp8": {"format": "float-quantized", "type": "float", "dtype": torch.float8_e4m3fn},
}


def merge(base: Path, *, adapter: Path, target: Path) -> None:
    """One model folder that needs no adapter: where LoRA is not served, and before it is made smaller."""
    artifacts.check_base(base)
    check_adapter(adapter, base=base)
    model = AutoModelForCausalLM.from_pretrained(
        base, dtype=torch.bfloat16, local_files_only=True, use_safetensors=True
    )
    merged = PeftModel.from_pretrained(model, adapter).merge_and_unload()
    draft = _draft_beside(target)
    _copy_small_files(base, draft=draft)
    merged.save_pretrained(draft)
    weights = artifacts.sha256_of(adapter / "adapter_model.safetensors")
    artifacts.publish(draft, target=target, origin={"base": base.name, "adapter_sha256": weights})


def quantize(source: Path, *, kind: str, target: Path) -> None:
    """Shard by shard: no more memory than one of the source's files takes."""
    files = sorted(source.glob("*.safetensors"))
    if not files:
        raise ArtifactRefused(f"{source} holds no safetensors; other weights are not opened.")
    artifacts.check_base(source)
    draft = _draft_beside(target)
    _copy_small_files(source, draft=draft)
    places: dict[str, str] = {}
    for path in files:
        state = dict(_smaller(path, kind=kind))
        save_file(state, draft / path.name, metadata={"format": "pt"})
        places |= dict.fromkeys(state, path.name)
    if len(files) > 1:
        (draft / "model.safetensors.index.json").write_text(
            json.dumps({"metadata": {}, "weight_map": places})
        )
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    config["quantization_config"] = scheme(kind)
    (draft / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    artifacts.publish(draft, target=target, origin={"base": source.name, "quantized": kind})


def _smaller(path: Path, *, kind: str) -> Iterator[tuple[str, torch.Tensor]]:
    with safe_open(path, framework="pt") as file:
        for name in file.keys():  # noqa: SIM118 - no mapping, it has only this
            weight = file.get_tensor(name)
            if name.endswith("_proj.weight") and weight.dim() == 2:
                small, scale = in_eight_bits(weight, kind=kind)
                yield name, small
                yield f"{name}_scale", scale
            else:
                yield name, weight


def in_eight_bits(weight: torch.Tensor, *, kind: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The weights and, for each output channel, the number to multiply them by."""
    largest = _LARGEST[kind]
    scale = (weight.float().abs().amax(dim=1, keepdim=True) / largest).clamp(min=1e-8)
    scaled = (weight.float() / scale).clamp(-largest, largest)
    return (scaled.round() if kind == "int8" else scaled).to(_KINDS[kind]["dtype"]), scale


def scheme(kind: str) -> dict[str, Any]:
    same = {"num_bits": 8, "type": _KINDS[kind]["type"], "symmetric": True}
    return {
        "quant_method": "compressed-tensors",
        "format": _KINDS[kind]["format"],
        "quantization_status": "compressed",
        "ignore": ["lm_head", "re:.*mlp.gate$"],
        "config_groups": {
            "group_0": {
                "targets": ["Linear"],
                "weights": same | {"strategy": "channel", "dynamic": False},
                "input_activations": same | {"strategy": "token", "dynamic": True},
            }
        },
    }


def _draft_beside(target: Path) -> Path:
    draft = target.with_name(f"{target.name}.making")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    return draft


def _copy_small_files(source: Path, *, draft: Path) -> None:
    """Tokenizer, template and configuration; not the weights, and not the marks of the source's own manifest."""
    for path in source.iterdir():
        is_small = path.suffix in (".json", ".jinja", ".txt", ".model")
        if is_small and path.name not in (artifacts.MANIFEST, "model.safetensors.index.json"):
            shutil.copy(path, draft)


def main(arguments: list[str]) -> int:
    """`merge BASE ADAPTER TARGET`, or `int8 SOURCE TARGET`, or `fp8 SOURCE TARGET`."""
    kind, *folders = arguments
    try:
        if kind == "merge":
            merge(Path(folders[0]), adapter=Path(folders[1]), target=Path(folders[2]))
        else:
            quantize(Path(folders[0]), kind=kind, target=Path(folders[1]))
    except TrainingError as error:
        sys.stderr.write(f"compress: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
