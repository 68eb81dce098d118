"""What `/readyz` says about the running product."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping


def ask(port: int, *, seconds: float = 15) -> Mapping[str, str] | None:
    """State by dependency; None while the web process does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=seconds) as response:
            content = response.read()
    except urllib.error.HTTPError as error:
        content = error.read()  # 503 carries the same table
    except OSError:
        return None
    try:
        found = json.loads(content)["dependencies"]
        return {name: it["state"] for name, it in found.items()}
    except (ValueError, KeyError, TypeError):
        return None


def is_ready(states: Mapping[str, str] | None, *, names: frozenset[str]) -> bool:
    return states is not None and all(states.get(name) == "ready" for name in names)
