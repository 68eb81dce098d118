"""`config.toml` and the profile behind it → a recipe, or all that is wrong with it.

The sections `[evaluation]` and `[gate]` belong to those steps: here they may stand, and are not looked into.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

from model_training import profiles
from model_training.errors import ProfileInvalid, RecipeInvalid
from model_training.recipes.validation import faults_of_sense, faults_of_shape

CONFIG = "config.toml"
OF_OTHERS = ("evaluation", "gate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    name: str
    profile: str
    base: str  # the folder of the base model; empty: the profile's
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    kind: str = "sft"  # sft, kto or dpo
    beta: float = 0.1  # kto and dpo: how closely the model keeps to what it was
    start: str = ""  # an adapter to go on from (a folder), as kto and dpo do from sft


@dataclass(frozen=True, slots=True, kw_only=True)
class Lora:
    rank: int
    alpha: int
    dropout: float
    targets: list[str]  # names of linear layers; "all-linear" for all of them
    quantize: str  # "nf4" keeps the base in four bits (QLoRA, GPU only); empty: as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Optim:
    learning_rate: float
    epochs: float
    steps: int = 0  # more than 0: so many steps, whatever `epochs` says
    rows_per_step: int
    rows_at_once: int  # of one process; the rest is accumulated
    warmup: float = 0.05  # share of the steps
    precision: str = "bfloat16"  # or float32
    gradient_checkpointing: bool = False
    look_every: int = 0  # steps between looks at the held-out loss; 0: six looks in all
    patience: int = 2  # looks without a better held-out loss before it stops; 0: never
    save_every: int = 0  # steps between checkpoints; 0: as often as it looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    longest: int  # tokens of a row; longer ones are left out, never cut
    order: str = "length"  # "length" (sft: like lengths together), "curriculum" (easy first), "random"
    packing: bool = False  # several rows in one sequence, none seeing another
    held_out: float = (
        0.1  # share of conversations kept for the held-out loss where the run has no held-out set
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    device: str  # cpu or gpu
    processes: int = 1  # GPUs
    strategy: str = "single"  # "single", "ddp", "fsdp" or "deepspeed" over several


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    run: Run
    method: Method
    lora: Lora
    optim: Optim
    data: Data
    hardware: Hardware

    @property
    def accumulate(self) -> int:
        return self.optim.rows_per_step // (self.optim.rows_at_once * self.hardware.processes)


SECTIONS: Mapping[str, Any] = get_type_hints(Recipe)


def load(run: Path) -> Recipe:
    path = run / CONFIG
    if not path.is_file():
        raise RecipeInvalid(name=str(path), faults=["there is none"])
    return parse(path.read_text(encoding="utf-8"), name=str(path))


def parse(text: str, *, name: str = CONFIG) -> Recipe:
    """Raises RecipeInvalid with all faults."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeInvalid(name=name, faults=[f"it is not TOML ({error})"]) from error
    given = {section: value for section, value in raw.items() if section not in OF_OTHERS}
    defaults, faults = _defaults_of(given)
    filled = {
        section: {**defaults.get(section, {}), **given[section]}
        if isinstance(given.get(section, {}), dict) and section in given
        else given.get(section, defaults.get(section, {}))
        for section in {**defaults, **given}
    }
    faults += faults_of_shape(filled, sections=SECTIONS)
    faults += faults_of_sense(filled, sections=SECTIONS)
    if faults:
        raise RecipeInvalid(name=name, faults=faults)
    return Recipe(
        **{
            section: kind(**{key: _number(kind, key, value) for key, value in filled[section].items()})
            for section, kind in SECTIONS.items()
        }
    )


def _defaults_of(given: Mapping[str, Any]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """What the profile says, with the sections that need nothing said."""
    defaults: dict[str, dict[str, Any]] = {"method": {}}
    run = given.get("run")
    name = run.get("profile") if isinstance(run, dict) else None
    if not isinstance(name, str) or not name:
        return defaults | {"lora": {}, "optim": {}, "data": {}, "hardware": {}}, []
    try:
        profile = profiles.load(name)
    except ProfileInvalid as error:
        return defaults, [f"run.profile: {error}"]
    defaults |= {section: dict(values) for section, values in profile.training.items()}
    defaults["run"] = {"base": profile.model.folder}
    return defaults, []


def _number(kind: Any, key: str, value: Any) -> Any:
    """TOML's 1 where 1.0 is meant."""
    return float(value) if get_type_hints(kind)[key] is float else value


def draft(*, name: str, profile: str, base: str = "", kind: str = "sft", seed: int = 0) -> str:
    """The text of a whole config.toml: every setting with the profile's value."""
    run = {"name": name, "profile": profile, "seed": seed} | ({"base": base} if base else {})
    recipe = parse(_section("run", run) + _section("method", {"kind": kind}))
    return "\n".join(
        _section(
            section, {field.name: getattr(getattr(recipe, section), field.name) for field in fields(known)}
        )
        for section, known in SECTIONS.items()
    )


def _section(name: str, settings: Mapping[str, Any]) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in settings.items())


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)
