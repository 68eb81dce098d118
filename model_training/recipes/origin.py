"""What an adapter or a checkpoint is made of. Another recipe, base or dataset makes another origin."""

import hashlib
from pathlib import Path

from model_training import artifacts
from model_training.errors import ArtifactRefused
from model_training.recipes.config import Recipe

RENDERED = Path("dataset") / "rendered"


def origin_of(run: Path, *, recipe: Recipe) -> dict[str, str]:
    rendered = run / RENDERED / f"{recipe.method.kind}.jsonl"
    return {
        "run": recipe.run.name,
        "profile": recipe.run.profile,
        "base_config_sha256": base_fingerprint(Path(recipe.run.base)),
        "recipe_sha256": hashlib.sha256(repr(recipe).encode()).hexdigest(),
        "dataset_sha256": artifacts.sha256_of(rendered) if rendered.is_file() else "",
    }


def base_fingerprint(base: Path) -> str:
    """By what an adapter knows its base: the same wherever the base's folder lies, and in whatever format its weights."""
    if not (base / "config.json").is_file():
        raise ArtifactRefused(f"{base} is no model folder (no config.json in it).")
    return artifacts.sha256_of(base / "config.json")
