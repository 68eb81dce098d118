"""Whether this machine can serve a model, in a sentence where it cannot."""

import platform
from pathlib import Path

from model_training.profiles import Profile

_GIGABYTE = 1024**3


def why_not_serve(profile: Profile, *, features: frozenset[str], free_bytes: int, machine: str) -> str:
    """Empty when it can. Without a model the chat still answers, by quoting passages."""
    if machine == "x86_64" and "avx2" not in features:
        return "the processor has no AVX2, which the model server needs"
    if free_bytes < profile.needs.memory_gb * _GIGABYTE:
        needed, free = profile.needs.memory_gb, free_bytes / _GIGABYTE
        return f"the model needs {needed} GB of free memory, and {free:.1f} GB are free"
    return ""


def why_not_here(profile: Profile) -> str:
    return why_not_serve(profile, features=_features(), free_bytes=_free_bytes(), machine=platform.machine())


def _features() -> frozenset[str]:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("flags"):
            return frozenset(line.partition(":")[2].split())
    return frozenset()


def _free_bytes() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0
