"""vLLM with the home model, for tests marked `model`.

A pytest plugin that offers `model_url` (see tests/conftest.py). A server that
answers at the home address already is used as it is; otherwise one is started on a free port for this run: at its beginning,
since it takes a minute, in which tests that need no model wait for other things.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from home.processes import HOME_MODEL, MODEL_PYTHON
from model_training.profiles import load, serving_command
from tests.services import free_port, wait_for

ROOT = Path(__file__).resolve().parent.parent
HOME_URL = "http://127.0.0.1:8101/v1"
PATIENCE = 600  # seconds; the first start on a busy machine compiles


@dataclass
class ModelServer:
    url: str
    log: Path
    process: "subprocess.Popen[bytes]"

    @classmethod
    def start(cls, folder: Path) -> "ModelServer":
        profile, port, log = load("home"), free_port(), folder / "model.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                serving_command(profile, port=port),
                env=os.environ | profile.serve.environment,
                cwd=ROOT,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        return cls(f"http://127.0.0.1:{port}/v1", log, process)

    def wait(self) -> None:
        wait_for(
            lambda: serves_home_model(self.url) or self.process.poll() is not None,
            what="vLLM",
            seconds=PATIENCE,
        )
        assert self.process.poll() is None, self.log.read_text()[-3000:]

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="session", autouse=True)
def begun_model_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ModelServer | None]:
    """None where no test of this run asks for it, it is not installed, or one is served at home."""
    asked_for = any("model_url" in getattr(item, "fixturenames", ()) for item in request.session.items)
    if not asked_for or not is_installed() or serves_home_model(HOME_URL):
        yield None
        return
    server = ModelServer.start(tmp_path_factory.mktemp("model"))
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def model_url(begun_model_server: ModelServer | None) -> str:
    if begun_model_server is None:
        if serves_home_model(HOME_URL):
            return HOME_URL
        pytest.fail("The home model is not installed: `make model` does it.")
    begun_model_server.wait()
    return begun_model_server.url


def is_installed() -> bool:
    return MODEL_PYTHON.exists() and (HOME_MODEL / "DONE").exists()


def serves_home_model(url: str) -> bool:
    try:
        served = httpx.get(f"{url}/models", timeout=5).raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return False
    return any(model["id"] == "home" for model in served["data"])
