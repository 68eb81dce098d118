"""`[evaluation]` of a run's config.toml: how the two models are asked. Checked whole, all faults at once."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model_training.errors import RecipeInvalid
from model_training.recipes.validation import faults_of_shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Each has a default that is good at home and on a GPU host."""

    concurrency: int = 4  # questions under way at once, for each model in turn
    patience: float = 120.0  # seconds for one answer: a slow host must not look like a bad model
    resamples: int = 2_000  # of the paired bootstrap
    confidence: float = 0.95  # of the intervals that are shown
    seed: int = 0  # of the bootstrap: the same answers give the same intervals
    twins: float = 0.3  # share of answerable questions that come again without the passages that answer them
    most_rows: int = 0  # at most so many rows of conversations; 0: all
    judge_url: str = ""  # an OpenAI-compatible address of a model that judges answers; empty: none does
    judge_model: str = ""


def section_of(run: Path, *, name: str, kind: Any) -> dict[str, Any]:
    """One section of the run's config.toml, of the right shape, with the defaults of what is not said."""
    path = run / "config.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except tomllib.TOMLDecodeError as error:
        raise RecipeInvalid(name=str(path), faults=[f"it is not TOML ({error})"]) from error
    given = raw.get(name, {})
    filled = asdict(kind()) | given if isinstance(given, dict) else given
    if faults := faults_of_shape({name: filled}, sections={name: kind}):
        raise RecipeInvalid(name=str(path), faults=faults)
    return dict(filled)


def settings_of(run: Path) -> Settings:
    settings = Settings(**section_of(run, name="evaluation", kind=Settings))
    if faults := [f"evaluation.{fault}" for fault, is_wrong in _senseless(settings).items() if is_wrong]:
        raise RecipeInvalid(name=str(run / "config.toml"), faults=faults)
    return settings


def _senseless(settings: Settings) -> Mapping[str, bool]:
    return {
        "concurrency must lie between 1 and 256": not 1 <= settings.concurrency <= 256,
        "patience must be 1 second or more": settings.patience < 1,
        "resamples must be 100 or more": settings.resamples < 100,
        "confidence must lie between 0.5 and 1": not 0.5 < settings.confidence < 1,
        "twins must lie between 0 and 1": not 0 <= settings.twins <= 1,
        "most_rows must be 0 or more": settings.most_rows < 0,
        "judge_model is needed with judge_url": bool(settings.judge_url) and not settings.judge_model,
    }
