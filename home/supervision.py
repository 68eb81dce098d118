"""Talks to supervisord, which keeps the home processes running. Knows nothing of what they are."""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import Faults, SupervisorTransport

from home.errors import HomeError

CONFIG = Path(__file__).with_name("supervisord.conf")
_SOCKET_PATH_LIMIT = 90  # the system takes 107, and supervisord adds its number while it starts


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    name: str
    state: str  # RUNNING, STARTING, BACKOFF, STOPPED, EXITED, FATAL
    pid: int
    seconds: int  # since it started


class Supervisor:
    """The supervisord of one checkout."""

    def __init__(self, *, root: Path, run: Path) -> None:
        self.root, self.run = root, run
        self.socket = socket_path(run)

    def is_running(self) -> bool:
        try:
            return bool(self._ask().getState())
        except Fault:
            return True  # it is about to stop, and there until it has
        except (OSError, HTTPException):
            return False

    def launch(self, *, variables: Mapping[str, str]) -> None:
        self.run.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "supervisor.supervisord", "--configuration", str(CONFIG)]
        done = subprocess.run(
            command, env={**variables, **self._names()}, cwd=self.root, capture_output=True, text=True
        )
        if done.returncode:
            raise HomeError(f"supervisord did not start: {(done.stderr or done.stdout).strip()}")
        if not wait_until(self.is_running, seconds=10):
            raise HomeError(f"supervisord did not answer; {self.run / 'supervisor.log'} says why.")

    def start(self, names: Sequence[str]) -> None:
        """Starts those that do not run yet, and does not wait for them."""
        for name in names:
            try:
                self._ask().startProcess(name, False)
            except Fault as fault:
                if fault.faultCode != Faults.ALREADY_STARTED:
                    raise HomeError(f"{name} could not be started: {fault.faultString}.") from fault

    def states(self) -> list[State]:
        return [
            State(
                name=it["name"],
                state=it["statename"],
                pid=it["pid"],
                seconds=max(it["now"] - it["start"], 0) if it["pid"] else 0,
            )
            for it in self._ask().getAllProcessInfo()
        ]

    def shut_down(self, *, seconds: float) -> None:
        """Stops every process, then supervisord itself."""
        try:
            self._ask().shutdown()
        except (OSError, HTTPException):
            return
        if not wait_until(lambda: not self.is_running(), seconds=seconds):
            raise HomeError(
                f"supervisord did not stop; {self.run / 'supervisor.log'} says what it waits for."
            )

    def _ask(self) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self.socket}")
        return ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def _names(self) -> dict[str, str]:
        return {
            "SEEKDESK_ROOT": str(self.root),
            "SEEKDESK_RUN": str(self.run),
            "SEEKDESK_SOCKET": str(self.socket),
            "SEEKDESK_PYTHON": sys.executable,
        }


def socket_path(run: Path) -> Path:
    path = run / "supervisor.sock"
    if len(os.fsencode(path)) < _SOCKET_PATH_LIMIT:
        return path
    mark = hashlib.sha256(os.fsencode(run)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"seekdesk-{os.getuid()}-{mark}.sock"


def wait_until(condition: Callable[[], bool], *, seconds: float, pause: float = 0.1) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
