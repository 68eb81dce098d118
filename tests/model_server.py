"""vLLM with the home model, for tests marked `model`.

A pytest plugin that offers `model_url` (see tests/conftest.py). A server that
answers at the home address already is used as it is; otherwise one is started on a free port for this run.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from home.processes import HOME_MODEL, MODEL_PYTHON
from model_training.profiles import load, serving_command
from tests.services import free_port, wait_for

ROOT = Path(__file__).resolve().parent.parent
HOME_URL = "http://127.0.0.1:8101/v1"
PATIENCE = 600  # seconds; the first start on a busy machine compiles


@pytest.fixture(scope="session")
def model_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if serves_home_model(HOME_URL):
        yield HOME_URL
        return
    if not (MODEL_PYTHON.exists() and (HOME_MODEL / "DONE").exists()):
        pytest.fail("The home model is not installed: `make model` does it.")
    url = f"http://127.0.0.1:{(port := free_port())}/v1"
    profile = load("home")
    log = tmp_path_factory.mktemp("model") / "model.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            serving_command(profile, port=port),
            env=os.environ | profile.serve.environment,
            cwd=ROOT,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        wait_for(lambda: serves_home_model(url) or server.poll() is not None, what="vLLM", seconds=PATIENCE)
        assert server.poll() is None, log.read_text()[-3000:]
        yield url
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def serves_home_model(url: str) -> bool:
    try:
        served = httpx.get(f"{url}/models", timeout=5).raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return False
    return any(model["id"] == "home" for model in served["data"])
