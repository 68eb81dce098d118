"""Model profiles: what a base model is, what it needs, and how vLLM serves it.

Each is a small commented file beside this module. A profile is read whole and checked whole: all its faults are
named at once, before anything is started. Knows no torch. `python -m model_training.profiles NAME` prints the
serving command.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

from model_training.errors import ProfileInvalid

__all__ = ["Lora", "Model", "Needs", "Profile", "Serve", "available", "load", "serving_command"]

FOLDER = Path(__file__).parent
DTYPES = ("auto", "bfloat16", "float16", "float32")
DEVICES = ("cpu", "gpu")
RANKS = (0, 8, 16, 32, 64, 128, 256)  # what vLLM can be started with


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    base: str
    folder: str
    served_name: str
    dtype: str
    context_length: int
    chat_template: str
    reasoning_parser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lora:
    rank: int
    max_rank: int
    max_loaded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    device: str
    memory_gb: int
    gpus: int
    gpu_memory_gb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Serve:
    launcher: list[str]
    arguments: list[str]
    environment: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    name: str
    model: Model
    lora: Lora
    needs: Needs
    serve: Serve
    training: dict[str, dict[str, Any]]  # the recipe; `model_training.recipes` knows what it means


def available() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str, *, folder: Path = FOLDER) -> Profile:
    path = folder / f"{name}.toml"
    if not path.is_file():
        raise ProfileInvalid(name=name, faults=[f"there is none; there are {', '.join(available())}"])
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ProfileInvalid(name=name, faults=[f"it is not TOML ({error})"]) from error
    faults = _faults_of_shape(raw) or _faults_of_sense(raw)
    if faults:
        raise ProfileInvalid(name=name, faults=faults)
    sections = {section: kind(**raw[section]) for section, kind in _sections().items()}
    return Profile(name=name, **sections, training=raw["training"])


def serving_command(
    profile: Profile, *, model: str = "", name: str = "", host: str = "127.0.0.1", port: int = 8101
) -> list[str]:
    """The words of the command; `model` and `name` stand in for the profile's folder and served name."""
    command = [*profile.serve.launcher, model or profile.model.folder]
    command += ["--served-model-name", name or profile.model.served_name, "--host", host, "--port", str(port)]
    command += ["--dtype", profile.model.dtype, "--max-model-len", str(profile.model.context_length)]
    if profile.model.chat_template:
        command += ["--chat-template", profile.model.chat_template]
    if profile.model.reasoning_parser:
        command += ["--reasoning-parser", profile.model.reasoning_parser]
    if profile.lora.max_rank:
        command += ["--enable-lora", "--max-lora-rank", str(profile.lora.max_rank)]
        command += ["--max-loras", str(profile.lora.max_loaded)]
    if profile.needs.gpus > 1:
        command += ["--tensor-parallel-size", str(profile.needs.gpus)]
    return [*command, *profile.serve.arguments]


def _sections() -> dict[str, Any]:
    hints = get_type_hints(Profile)
    return {name: kind for name, kind in hints.items() if name not in ("name", "training")}


def _faults_of_shape(raw: Mapping[str, Any]) -> list[str]:
    faults = [
        f"[{section}] is not a section of a profile"
        for section in raw
        if section not in (*_sections(), "training")
    ]
    if not _is_table_of_tables(raw.get("training")):
        faults.append("the sections [training.…] are missing")
    for section, kind in _sections().items():
        given = raw.get(section)
        if not isinstance(given, dict):
            faults.append(f"the section [{section}] is missing")
            continue
        known = get_type_hints(kind)
        faults += [f"{section}.{key} is not a setting" for key in given if key not in known]
        faults += [f"{section}.{field.name} is missing" for field in fields(kind) if field.name not in given]
        faults += [
            f"{section}.{key} must be {_in_words(known[key])}"
            for key, value in given.items()
            if key in known and not _fits(value, known[key])
        ]
    return faults


def _is_table_of_tables(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(table, dict) for table in value.values())


def _fits(value: object, kind: Any) -> bool:
    match value:
        case list():
            return kind == list[str] and all(isinstance(item, str) for item in value)
        case dict():
            return kind == dict[str, str] and all(isinstance(item, str) for item in value.values())
        case bool():
            return False
        case _:
            return not get_args(kind) and isinstance(value, kind)


def _in_words(kind: Any) -> str:
    return {str: "text", int: "a whole number", list[str]: "a list of texts"}.get(kind, "a table of texts")


def _faults_of_sense(raw: Mapping[str, Any]) -> list[str]:
    model, lora, needs, serve = raw["model"], raw["lora"], raw["needs"], raw["serve"]
    wrong = {
        "model.base is empty": not model["base"],
        "model.folder is empty": not model["folder"],
        "model.served_name is empty": not model["served_name"],
        f"model.dtype must be one of {', '.join(DTYPES)}": model["dtype"] not in DTYPES,
        "model.context_length must be 1024 tokens or more": model["context_length"] < 1024,
        f"lora.max_rank must be one of {', '.join(map(str, RANKS))}": lora["max_rank"] not in RANKS,
        "lora.rank must lie between 0 and lora.max_rank": not 0 <= lora["rank"] <= lora["max_rank"],
        "lora.max_loaded must be at least 1 where adapters are on": lora["max_rank"]
        > 0
        >= lora["max_loaded"],
        f"needs.device must be one of {', '.join(DEVICES)}": needs["device"] not in DEVICES,
        "needs.memory_gb must be more than 0": needs["memory_gb"] <= 0,
        "needs.gpus must be 1 or more on a gpu, and 0 on a cpu": (needs["device"] == "gpu")
        != (needs["gpus"] > 0),
        "needs.gpu_memory_gb must be more than 0 on a gpu": needs["gpus"] > 0 and needs["gpu_memory_gb"] <= 0,
        "serve.launcher is empty": not serve["launcher"],
    }
    return [fault for fault, is_wrong in wrong.items() if is_wrong]
