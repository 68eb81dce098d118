"""What an adapter folder must be before it is opened, trained on, or named to a model server.

Knows no torch, no server and no Django: the room with torch and the web process ask the same.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_training import artifacts
from model_training.errors import ArtifactRefused
from model_training.recipes import base_fingerprint

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
ALLOWED = frozenset({CONFIG, WEIGHTS, "README.md", artifacts.MANIFEST, artifacts.DONE})


def check_adapter(folder: Path, *, base: Path | None = None, highest_rank: int = 0) -> Mapping[str, Any]:
    """Its PEFT config. Raises ArtifactRefused unless it is whole, ours, a LoRA, and made for `base` where one is given."""
    origin = artifacts.check(folder, thorough=True)
    strange = {path.relative_to(folder).as_posix() for path in folder.rglob("*")} - ALLOWED
    if strange:
        raise ArtifactRefused(f"{folder} holds what no adapter has: {', '.join(sorted(strange))}.")
    if missing := [name for name in (CONFIG, WEIGHTS) if not (folder / name).is_file()]:
        raise ArtifactRefused(f"{folder} is no adapter: {', '.join(missing)} is missing.")
    config = _config_of(folder)
    wanted = origin.get("base_config_sha256", "")
    if base is not None and wanted != base_fingerprint(base):
        raise ArtifactRefused(f"{folder} was made for another base model than {base}.")
    if highest_rank and int(config.get("r", 0)) > highest_rank:
        raise ArtifactRefused(
            f"{folder} has rank {config['r']}; the server was started for {highest_rank} at most."
        )
    return config


def _config_of(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ArtifactRefused(f"{folder / CONFIG} cannot be read: {error}.") from error
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        raise ArtifactRefused(f"{folder} is no LoRA adapter.")
    return config
