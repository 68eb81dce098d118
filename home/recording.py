"""Remembers with which setup the home processes were started, in `run/setup.json`.

Needed by processes that start again later, and to see whether a new `make up` asks for something else.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from home.addresses import Setup
from home.errors import HomeError

# What our processes read. A change of any means that they must be started anew.
VARIABLES = (
    *("SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "PUBLIC_URL", "DATA_DIR", "TIME_ZONE", "METRICS_TOKEN", "DEMO"),
    *("DATABASE_URL", "REDIS_URL", "CHROMA_URL", "LLM_BASE_URL", "LLM_API_KEY", "LLM_MODEL"),
)


def record(setup: Setup, *, variables: Mapping[str, str]) -> None:
    setup.run.mkdir(exist_ok=True)
    content = {
        "ours": sorted(setup.ours),
        "ports": dict(setup.ports),
        "public_url": setup.public_url,
        "data": str(setup.data),
        "variables": fingerprint(variables),
    }
    _file(setup.run).write_text(json.dumps(content, indent=2) + "\n")


def recall(run: Path) -> Setup:
    try:
        content = json.loads(_file(run).read_text())
    except (OSError, ValueError) as error:
        raise HomeError(
            f"{_file(run)} cannot be read ({error}); `make down` and `make up` write it anew."
        ) from error
    return Setup(
        ours=frozenset(content["ours"]),
        ports=content["ports"],
        public_url=content["public_url"],
        data=Path(content["data"]),
        run=run,
    )


def is_same(setup: Setup, *, variables: Mapping[str, str]) -> bool:
    """Whether what runs was started with this very setup."""
    content = json.loads(_file(setup.run).read_text())
    return recall(setup.run) == setup and content["variables"] == fingerprint(variables)


def fingerprint(variables: Mapping[str, str]) -> str:
    """A hash, since the values hold secrets."""
    return hashlib.sha256(repr([variables.get(name, "") for name in VARIABLES]).encode()).hexdigest()


def _file(run: Path) -> Path:
    return run / "setup.json"
