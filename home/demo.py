"""`make demo`: everything, on a bare machine, with progress. Services first, so that the chat answers by quoting
passages while the model environment is still being installed beside it.

Knows nothing of the demo's content: `manage.py load_demo` does.
"""

import hashlib
import json
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from home import stages
from home.addresses import ROOT, Setup
from home.errors import HomeError

_KEPT = "demo.json"
_SECONDS_BETWEEN_LINES = 2.0
_ROLES = {"agent": "agent / 客服", "operator": "operator / 运营", "admin": "admin / 管理员"}


class Preparation(threading.Thread):
    """Installs the model in the background and passes on what it says, line by line."""

    def __init__(self, commands: Sequence[list[str]]) -> None:
        super().__init__(daemon=True)
        self.commands = commands
        self.failed = False

    def run(self) -> None:
        self.failed = not all(self._succeeds(command) for command in self.commands)

    def _succeeds(self, command: list[str]) -> bool:
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            for line in process.stderr or ():
                stages.tell(line.rstrip())
        return process.returncode == 0


def run_demo(variables: Mapping[str, str]) -> None:
    started = time.monotonic()
    variables = {**variables, "DEMO": "1"}
    preparation = _prepare_if_needed(variables)
    setup = stages.start(variables)
    stages.wait_for_services(setup)
    if preparation is None:
        stages.start_model_if_ours(setup)
    _load_and_announce(setup, variables=variables, started=started)
    if preparation is not None:
        _finish(preparation, setup=setup)
        stages.tell(f"All of it is ready after {time.monotonic() - started:.0f} s.")


def _prepare_if_needed(variables: Mapping[str, str]) -> Preparation | None:
    wanted = "model" in stages.processes_wanted(variables)
    if not wanted or stages.is_model_prepared(variables) or stages.why_no_model(variables):
        return None
    preparation = Preparation(stages.preparation_of_model(variables))
    preparation.start()
    return preparation


def _finish(preparation: Preparation, *, setup: Setup) -> None:
    stages.tell("The chat answers already, by quoting passages. What is left is the model.")
    preparation.join()
    if preparation.failed:
        raise HomeError(
            "The model could not be installed; the lines above say why. `make model` tries again."
        )
    stages.start_model_if_ours(setup)
    stages.wait_until_model_answers(setup)


def _load_and_announce(setup: Setup, *, variables: Mapping[str, str], started: float) -> None:
    known = recall_announcement(setup, variables=variables)
    if known:
        _announce(known, started=started)
    text = announcement(_load(setup, variables=variables), public_url=setup.public_url)
    if text != known:
        _announce(text, started=started)
    keep_announcement(text, setup=setup, variables=variables)


def _load(setup: Setup, *, variables: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the command says of each site; its progress goes to the terminal as it comes."""
    stages.tell("Loading the demo: sites, people, documents.")
    command = [sys.executable, "manage.py", "load_demo", "--json"]
    environment = stages.environment_for_commands(setup, variables=variables)
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        progress = threading.Thread(target=_pass_on, args=(process.stderr or (),))
        progress.start()
        told = process.stdout.read() if process.stdout else ""
        progress.join()
    if process.returncode:
        raise HomeError("The demo could not be loaded; the lines above say why.")
    sites: list[dict[str, Any]] = json.loads(told)["sites"]
    return sites


def _pass_on(lines: Iterable[str]) -> None:
    """A line every few seconds, and the last few that were not told: they say how it ended."""
    told = time.monotonic()
    kept: deque[str] = deque(maxlen=3)
    for line in lines:
        kept.append(line.rstrip())
        if time.monotonic() - told >= _SECONDS_BETWEEN_LINES:
            told = time.monotonic()
            stages.tell(kept[-1])
            kept.clear()
    for line in kept:
        stages.tell(line)


def _announce(text: str, *, started: float) -> None:
    print(text, flush=True)
    stages.tell(f"Customers are served after {time.monotonic() - started:.0f} s.")


def recall_announcement(setup: Setup, *, variables: Mapping[str, str]) -> str:
    """What was told after the demo was last loaded into this database: then people need not wait for it."""
    try:
        kept: dict[str, str] = json.loads((setup.data / _KEPT).read_text())
    except (OSError, ValueError):
        return ""
    return kept.get(_place(setup, variables), "")


def keep_announcement(text: str, *, setup: Setup, variables: Mapping[str, str]) -> None:
    (setup.data / _KEPT).write_text(json.dumps({_place(setup, variables): text}, ensure_ascii=False))


def _place(setup: Setup, variables: Mapping[str, str]) -> str:
    """Changes with the database and the address; a hash, since an address of a database holds its password."""
    return hashlib.sha256(f"{setup.public_url} {variables.get('DATABASE_URL', '')}".encode()).hexdigest()


def announcement(sites: Sequence[Mapping[str, Any]], *, public_url: str) -> str:
    """Addresses and log-ins, each line in English and Chinese."""
    lines = ["", f"Dashboard / 工作台:  {public_url}/dashboard/", ""]
    for site in sites:
        lines += [f"{site['name']} ({site['documents']} documents / 篇文档)"]
        lines += [f"  page with the chat / 带聊天窗口的网页:  {site['page']}"]
        lines += [f"  site key / 站点密钥:  {site['site_key']}"]
        lines += [
            f"  log in / 登录:  {login['username']:10}{login['password']:24}{_ROLES.get(login['role'], login['role'])}"
            for login in site["logins"]
        ]
        lines += [""]
    return "\n".join(lines)
