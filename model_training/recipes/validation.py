"""What can be wrong with a recipe: its shape, and what its settings mean together. All of it, not the first fault."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, get_type_hints

KINDS = ("sft", "kto", "dpo")
QUANTIZE = ("", "nf4")
PRECISIONS = ("float32", "bfloat16")
ORDERS = ("length", "curriculum", "random")
DEVICES = ("cpu", "gpu")
STRATEGIES = ("single", "ddp", "fsdp", "deepspeed")
RANKS = (4, 8, 16, 32, 64, 128, 256)


def faults_of_shape(raw: Mapping[str, Any], *, sections: Mapping[str, Any]) -> list[str]:
    faults = [f"[{section}] is not a section of a recipe" for section in raw if section not in sections]
    for section, kind in sections.items():
        given = raw.get(section)
        if not isinstance(given, dict):
            faults.append(f"the section [{section}] is missing")
            continue
        types = get_type_hints(kind)
        needed = [field.name for field in fields(kind) if field.default is MISSING]
        faults += [f"{section}.{key} is not a setting" for key in given if key not in types]
        faults += [f"{section}.{name} is missing" for name in needed if name not in given]
        faults += [
            f"{section}.{key} must be {_IN_WORDS[types[key]]}, not {value!r}"
            for key, value in given.items()
            if key in types and not _fits(value, types[key])
        ]
    return faults


_IN_WORDS: Mapping[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list[str]: "a list of texts",
}


def _fits(value: object, kind: Any) -> bool:
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    if kind is float:
        return isinstance(value, int | float)
    if kind == list[str]:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str | int) and type(value) is kind


class _Settings:
    """The settings of a file that may have faults of shape: what cannot be read is not judged a second time."""

    def __init__(self, raw: Mapping[str, Any], *, sections: Mapping[str, Any]) -> None:
        self._raw, self._sections = raw, sections

    def __getitem__(self, name: str) -> Any:
        """Raises LookupError where the setting has no usable value."""
        section, _, key = name.partition(".")
        kind = self._sections[section]
        given = self._raw.get(section)
        if isinstance(given, dict) and key in given:
            if not _fits(given[key], get_type_hints(kind)[key]):
                raise LookupError(name)
            return given[key]
        default = next(field.default for field in fields(kind) if field.name == key)
        if default is MISSING:
            raise LookupError(name)
        return default


def faults_of_sense(raw: Mapping[str, Any], *, sections: Mapping[str, Any]) -> list[str]:
    settings = _Settings(raw, sections=sections)
    return [fault for fault, is_wrong in _RULES if _is_wrong(is_wrong, settings)]


def _is_wrong(rule: Callable[[_Settings], bool], settings: _Settings) -> bool:
    try:
        return bool(rule(settings))
    except LookupError:
        return False


def _one_of(name: str, allowed: tuple[Any, ...]) -> tuple[str, Callable[[_Settings], bool]]:
    told = ", ".join(repr(one) for one in allowed)
    return f"{name} must be one of {told}", lambda s: s[name] not in allowed


def _uneven(s: _Settings) -> bool:
    at_once = s["optim.rows_at_once"] * s["hardware.processes"]
    return bool(at_once < 1 or s["optim.rows_per_step"] < 1 or s["optim.rows_per_step"] % at_once != 0)


_RULES: tuple[tuple[str, Callable[[_Settings], bool]], ...] = (
    ("run.name is empty", lambda s: not s["run.name"].strip()),
    ("run.base is empty", lambda s: not s["run.base"].strip()),
    _one_of("method.kind", KINDS),
    ("method.beta must be more than 0", lambda s: s["method.beta"] <= 0),
    _one_of("lora.rank", RANKS),
    ("lora.alpha must be 1 or more", lambda s: s["lora.alpha"] < 1),
    ("lora.dropout must be at least 0 and less than 1", lambda s: not 0 <= s["lora.dropout"] < 1),
    ("lora.targets is empty", lambda s: not s["lora.targets"]),
    _one_of("lora.quantize", QUANTIZE),
    (
        "lora.quantize needs hardware.device = 'gpu'",
        lambda s: s["lora.quantize"] == "nf4" and s["hardware.device"] == "cpu",
    ),
    (
        "optim.learning_rate must lie between 0 and 0.1",
        lambda s: not 0 < s["optim.learning_rate"] <= 0.1,
    ),
    (
        "optim.epochs must be more than 0 and at most 100",
        lambda s: not 0 < s["optim.epochs"] <= 100,
    ),
    ("optim.steps must be 0 or more", lambda s: s["optim.steps"] < 0),
    (
        "optim.rows_per_step must be a multiple of optim.rows_at_once × hardware.processes, all 1 or more",
        _uneven,
    ),
    ("optim.warmup must be at least 0 and less than 1", lambda s: not 0 <= s["optim.warmup"] < 1),
    _one_of("optim.precision", PRECISIONS),
    ("optim.look_every must be 0 or more", lambda s: s["optim.look_every"] < 0),
    ("optim.patience must be 0 or more", lambda s: s["optim.patience"] < 0),
    ("optim.save_every must be 0 or more", lambda s: s["optim.save_every"] < 0),
    ("data.longest must lie between 64 and 131072 tokens", lambda s: not 64 <= s["data.longest"] <= 131_072),
    _one_of("data.order", ORDERS),
    (
        "data.packing goes only with method.kind = 'sft'",
        lambda s: s["data.packing"] and s["method.kind"] != "sft",
    ),
    (
        "data.packing mixes lengths: it needs data.order = 'random' or 'curriculum'",
        lambda s: s["data.packing"] and s["data.order"] == "length",
    ),
    ("data.held_out must be at least 0 and at most 0.5", lambda s: not 0 <= s["data.held_out"] <= 0.5),
    _one_of("hardware.device", DEVICES),
    _one_of("hardware.strategy", STRATEGIES),
    (
        "hardware.processes must be 1 with strategy 'single', 2 or more with another",
        lambda s: (s["hardware.processes"] > 1) == (s["hardware.strategy"] == "single"),
    ),
    (
        "hardware.processes must be 1 on a cpu",
        lambda s: s["hardware.device"] == "cpu" and s["hardware.processes"] != 1,
    ),
    (
        "lora.quantize does not go with strategy 'deepspeed'",
        lambda s: s["lora.quantize"] != "" and s["hardware.strategy"] == "deepspeed",
    ),
)
