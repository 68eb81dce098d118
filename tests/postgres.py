"""A private PostgreSQL cluster from the distribution's binaries, on a free port, in a folder of its own.

PostgreSQL refuses to run as root: where the tests do, the cluster runs as `nobody`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg

from tests.services import free_port, wait_for

_ROOT = Path(__file__).resolve().parent.parent
_DEBIAN = Path("/usr/lib/postgresql")
_SUPERUSER = "seekdesk"
_STORING = (
    "accounts",
    "actions",
    "api",
    "audit",
    "conversations",
    "dashboard",
    "gaps",
    "knowledge",
    "numbers",
    "people",
    "webhooks",
    "widget",
)


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`, newest version first."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), reverse=True)
    if found:
        return found[0].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


class PostgresCluster:
    """`with PostgresCluster() as cluster:` then `cluster.url`. Nothing outlives it."""

    def __init__(self) -> None:
        folder = binaries()
        if folder is None:
            raise FileNotFoundError("PostgreSQL's server is not installed (apt-get install postgresql).")
        self._binaries = folder
        self._folder = Path(tempfile.mkdtemp(prefix="seekdesk-postgres-"))
        self._account: dict[str, Any] = {}
        if os.geteuid() == 0:
            shutil.chown(self._folder, "nobody", "nogroup")
            self._account = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        self._port = free_port()
        self.url = f"postgresql://{_SUPERUSER}@127.0.0.1:{self._port}/postgres"

    def __enter__(self) -> "PostgresCluster":
        data = self._folder / "data"
        options = ["--username", _SUPERUSER, "--auth", "trust", "--encoding", "UTF8", "--no-sync"]
        self._run("initdb", "--pgdata", str(data), *options)
        with (self._folder / "postgres.log").open("wb") as log:
            self._server = subprocess.Popen(
                [str(self._binaries / "postgres"), "-D", str(data), *self._settings()],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **self._account,
            )
        wait_for(self._answers, what="PostgreSQL")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.terminate()
        try:
            self._server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def databases(self) -> set[str]:
        with psycopg.connect(self.url) as connection:
            return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}

    def _settings(self) -> list[str]:
        # Durability is switched off: these rows live for one run, and the disk is shared with everything else.
        wanted = {
            "port": self._port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self._folder,
        }
        wanted |= {"fsync": "off", "max_connections": 100}
        return [word for name, value in wanted.items() for word in ("-c", f"{name}={value}")]

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._binaries / program), *arguments],
            capture_output=True,
            text=True,
            cwd=self._folder,
            **self._account,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.strip()}")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class SecondRun:
    """The tests that store, as a process of their own on `cluster`, beside the run that began it."""

    def __init__(self, cluster: PostgresCluster, *, log: Path) -> None:
        self.cluster = cluster
        self._log = log

    def __enter__(self) -> "SecondRun":
        folders = [f"tests/{name}" for name in _STORING if any((_ROOT / "tests" / name).glob("test_*.py"))]
        chosen = ["-m", "not (services or model or browser or postgres)", "--reuse-db", *folders]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["nice", sys.executable, "-m", "pytest", "-q", *chosen],
                env=os.environ | {"DATABASE_URL": self.cluster.url},
                cwd=_ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def ended(self) -> bool:
        """Waits for its end. Returns whether all passed."""
        return self._process.wait() == 0

    def printed(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")
