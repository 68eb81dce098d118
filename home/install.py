"""Makes the Python environments from the lock files: `python3 -m home.install app|dev|model`.

Runs before anything is installed, so it knows only the standard library. An environment that was made from the
same lock file is left alone, which takes no time.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from home import libraries
from home.errors import HomeError

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"


class InstallFailed(HomeError):
    """An environment could not be made; names the log that says why."""


@dataclass(frozen=True)
class Environment:
    name: str
    folder: Path
    lock: Path
    first: Path | None = None  # installed before the lock file, by plain pip
    includes: tuple[str, ...] = ()
    gigabytes: int = 1

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        return self.folder / f".made-for-{self.name}"


ENVIRONMENTS = {
    "app": Environment("app", ROOT / ".venv", LOCKS / "app.txt"),
    "dev": Environment("dev", ROOT / ".venv", LOCKS / "dev.txt", includes=("app",)),
    "model": Environment(
        "model", ROOT / ".venv-model", LOCKS / "model.txt", first=LOCKS / "torch.txt", gigabytes=4
    ),
}


def install(environment: Environment) -> bool:
    """False if the environment was there already."""
    if is_made(environment):
        return False
    _check_python()
    _check_room(environment)
    started = time.monotonic()
    _tell(f"{environment.name} environment: installing into {environment.folder.name}")
    log = ROOT / "run" / f"install-{environment.name}.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text("")
    _create(environment)
    if environment.first:
        _tell(f"{environment.name} environment: torch (the largest part)")
        _run(_pip(environment, "--requirement", str(environment.first)), log=log)
    _install_lock(environment, log=log)
    if environment.name == "model" and libraries.ensure(environment.folder):
        _tell(f"{environment.name} environment: fetched {libraries.LIBRARY} from the distribution")
    for name in (environment.name, *environment.includes):
        ENVIRONMENTS[name].stamp.write_text(fingerprint(ENVIRONMENTS[name]))
    _tell(f"{environment.name} environment: ready after {time.monotonic() - started:.0f} s")
    return True


def is_made(environment: Environment) -> bool:
    try:
        return environment.stamp.read_text() == fingerprint(environment) and environment.python.exists()
    except OSError:
        return False


def fingerprint(environment: Environment) -> str:
    """Changes with the lock files, and when the checkout was moved: an environment carries its own path."""
    digest = hashlib.sha256(str(environment.folder).encode())
    for file in filter(None, (environment.first, environment.lock)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _create(environment: Environment) -> None:
    if environment.python.exists():
        return
    try:
        venv.create(environment.folder, with_pip=True, clear=True)
    except (subprocess.CalledProcessError, OSError) as error:
        shutil.rmtree(environment.folder, ignore_errors=True)
        raise InstallFailed(
            f"Python cannot make a virtual environment ({error}). On Debian: apt-get install python3-venv."
        ) from error


def _install_lock(environment: Environment, *, log: Path) -> None:
    """By uv, in seconds; where uv finds no way out (a mirror that only pip is told of), by pip."""
    lock = ["--no-deps", "--require-hashes", "--requirement", str(environment.lock)]
    try:
        _run(_pip(environment, "--require-hashes", "--requirement", str(LOCKS / "uv.txt")), log=log)
        _run_uv(environment, *lock, log=log)
    except InstallFailed:
        _tell(f"{environment.name} environment: uv could not ({log} says why); pip takes some minutes")
        _run(_pip(environment, *lock), log=log)


def _run_uv(environment: Environment, *arguments: str, log: Path) -> None:
    command = [str(environment.python.with_name("uv")), "pip", "install", "--python", str(environment.python)]
    try:
        _run([*command, *arguments], log=log)
    except InstallFailed:  # what a mirror said a while ago may not be true any more
        _run([*command, "--refresh", *arguments], log=log)


def _pip(environment: Environment, *arguments: str) -> list[str]:
    pip = [str(environment.python), "-m", "pip", "--disable-pip-version-check", "install"]
    return [*pip, "--quiet", "--only-binary=:all:", "--no-binary=jieba", *arguments]


def _run(command: list[str], *, log: Path) -> None:
    # The system's certificates, so that a company's own authority counts for uv as it does for pip.
    environment = os.environ | {"UV_SYSTEM_CERTS": "1", "UV_NO_CONFIG": "1", "UV_NO_PROGRESS": "1"}
    with log.open("ab") as out:
        done = subprocess.run(command, stdout=out, stderr=out, env=environment, cwd=ROOT)
    if done.returncode:
        raise InstallFailed(f"{_last_words(log)}\nThe whole story: {log}")


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")] or lines[-1:]
    return errors[-1] if errors else "The installer said nothing."


def _check_python() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - this is the file that says so to an older one
        raise InstallFailed(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")


def _check_room(environment: Environment) -> None:
    free = shutil.disk_usage(ROOT).free / 1024**3
    if free < environment.gigabytes:
        raise InstallFailed(
            f"{ROOT} has {free:.1f} GB free; the {environment.name} environment takes {environment.gigabytes} GB."
        )


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m home.install", description=__doc__)
    parser.add_argument("names", nargs="+", choices=ENVIRONMENTS)
    chosen = parser.parse_args(arguments)
    try:
        for name in chosen.names:
            install(ENVIRONMENTS[name])
    except HomeError as error:
        _tell(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
