"""The compose file serves models as their profiles say, and keeps no secret of its own."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from home.addresses import ROOT, Setup
from home.processes import COMMANDS
from model_training.profiles import Profile, load, serving_command

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def flags_of(words: list[str]) -> dict[str, str]:
    """Each flag with its value, without those that say where the server listens and what it serves."""
    pairs = zip(words, [*words[1:], ""], strict=True)
    found = {word: "" if value.startswith("--") else value for word, value in pairs if word.startswith("--")}
    return {
        flag: value
        for flag, value in found.items()
        if flag not in {"--host", "--port", "--model", "--served-model-name"}
    }


@pytest.mark.parametrize(
    ("service", "profile"),
    [("model-cpu", load("home")), ("model-gpu", load("deepseek-r1-distill-qwen-7b"))],
    ids=["cpu", "gpu"],
)
def test_models_are_served_as_their_profiles_say(service: str, profile: Profile) -> None:
    served = COMPOSE["services"][service]
    assert flags_of(served["command"]) == flags_of(serving_command(profile))
    assert profile.serve.environment.items() <= served["environment"].items()


def test_secrets_come_from_the_environment_and_have_no_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for secret in ("SECRET_KEY", "POSTGRES_PASSWORD"):
        uses = re.findall(r"\$\{" + secret + r"(.*?)\}", text)
        assert uses
        assert all(use.startswith(":?") for use in uses)


def test_sweeps_have_the_same_lane_in_containers_as_at_home(tmp_path: Path) -> None:
    setup = Setup(ours=frozenset(), ports={}, public_url="", data=tmp_path, run=tmp_path)
    lane = flags_of(COMMANDS["sweeper"](setup))
    in_container = flags_of(COMPOSE["services"]["sweeper"]["command"])
    assert {"--queues", "--pool", "--concurrency", "--hostname"} <= in_container.keys()
    assert in_container.items() <= lane.items()


def test_every_service_that_stays_is_watched_and_restarted() -> None:
    for name, service in COMPOSE["services"].items():
        runs_once = name in {"migrate", "model-cpu-files"}
        assert runs_once or service.get("restart") == "unless-stopped", name


@pytest.mark.parametrize("target", ["web", "worker", "trainer"])
def test_images_run_without_root_from_locked_packages(target: str) -> None:
    stage = DOCKERFILE[DOCKERFILE.index(f" AS {target}\n") :].partition("\nFROM ")[0]
    assert stage.count("USER root") == stage.count("USER desk")
    assert "pip install" not in stage
    assert DOCKERFILE.count("uv pip install") == DOCKERFILE.count("--no-deps --require-hashes")


def test_what_the_image_copies_is_there() -> None:
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE):
        assert all(Path(ROOT / part).exists() for part in source.split())
