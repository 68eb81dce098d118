"""`make test`: runs all tests, and says plainly which ones this machine cannot run.

Fast tests come first, spread over the processors, so that a plain mistake is seen soon; then, one after the other, those
with real parts. Each of the two is a pytest run, and the last line sums them up.

Chromium, PostgreSQL's server and a font with Chinese come from the distribution. As root (as in CI) they are
installed where they are missing; otherwise the tests that need them are left out, in so many words. `make fast` runs what
needs none of them, and no service either.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from home.errors import HomeError


@dataclass(frozen=True)
class Need:
    what: str
    package: str
    marker: str  # of the tests that need it
    programs: tuple[str, ...] = ()
    files: str = ""  # pattern under /usr

    def is_met(self) -> bool:
        if self.files and any(Path("/usr").glob(self.files)):
            return True
        return any(shutil.which(program) for program in self.programs)


NEEDS = (
    Need("Chromium", "chromium", "browser", programs=("chromium", "chromium-browser", "google-chrome")),
    Need("a font with Chinese", "fonts-noto-cjk", "browser", files="share/fonts/**/*CJK*"),
    Need(
        "PostgreSQL's server",
        "postgresql",
        "postgres",
        programs=("initdb",),
        files="lib/postgresql/*/bin/initdb",
    ),
)

_REAL_PARTS = " or ".join(("services", "postgres", "model", "browser"))
# Tests that share no service can be spread, file by file. Those with real parts would wait for each other's processors.
_SPREAD = ("--numprocesses", str(min(max(os.cpu_count() or 2, 2), 4)), "--dist", "loadfile")
# Where all tests have real parts, nobody need look.
_WHOLE = ("browser", "journeys", "whole")
_FAST = (*_SPREAD, *(f"--ignore=tests/{name}" for name in _WHOLE), "-m", f"not ({_REAL_PARTS})")
_COUNTED = ("failed", "passed", "skipped", "xfailed", "xpassed", "warnings", "errors", "rerun")


def install(missing: Sequence[Need]) -> None:
    """With apt-get, as root. PostgreSQL's own cluster is not started: tests start private ones."""
    packages = [need.package for need in missing]
    _tell(f"Installing for the tests: {', '.join(packages)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", "-qq", *arguments], env=environment, capture_output=True, text=True)
        if done.returncode:
            raise HomeError(f"apt-get {arguments[0]} failed: {(done.stderr or done.stdout).strip()[-500:]}")


def left_out(missing: Sequence[Need]) -> str:
    """What is appended to pytest's expression of markers, so that nothing is tried that cannot run here."""
    for need in missing:
        _tell(
            f"Tests marked `{need.marker}` are left out: {need.what} is missing (apt-get install {need.package})."
        )
    return "".join(f" and not {marker}" for marker in sorted({need.marker for need in missing}))


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["fast"]:
        return _run([*_FAST, *arguments[1:]]).status
    missing = [need for need in NEEDS if not need.is_met()]
    try:
        if missing and os.geteuid() == 0 and shutil.which("apt-get"):
            install(missing)
            missing = [need for need in NEEDS if not need.is_met()]
        if missing and os.environ.get("CI"):
            raise HomeError(
                f"Still missing, and CI leaves no test out: {', '.join(it.what for it in missing)}."
            )
    except HomeError as error:
        _tell(str(error))
        return 1
    possible = left_out(missing)
    if arguments:
        return _run([*_marked(possible.removeprefix(" and ")), *arguments]).status
    fast = _run(_FAST)
    return told_together(fast, _run(_marked(f"({_REAL_PARTS}){possible}")))


def _marked(expression: str) -> list[str]:
    return ["-m", expression] if expression else []


@dataclass(frozen=True)
class Ran:
    status: int
    counts: Counter[str]
    seconds: float


def _run(arguments: Sequence[str]) -> Ran:
    started = time.monotonic()
    with tempfile.NamedTemporaryFile("w+") as counts:
        # Compiled imports are kept: the suite starts many processes, and each would compile them again.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        pytest = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.ordering",
            "--durations=30",
            "--durations-min=2",
        ]
        done = subprocess.run([*pytest, *arguments], env=environment | {"COUNTS_FILE": counts.name})
        # A run that was broken off told nothing: that is an error too.
        told = Counter[str](json.loads(counts.read() or '{"errors": 1}'))
    return Ran(done.returncode, told, time.monotonic() - started)


def told_together(*runs: Ran) -> int:
    """As pytest tells it, of all runs."""
    counts = sum((run.counts for run in runs), Counter[str]())
    seconds = sum(run.seconds for run in runs)
    told = ", ".join(f"{counts[name]} {name}" for name in _COUNTED if counts[name])
    print(f"===== {told} in {seconds:.2f}s ({timedelta(seconds=int(seconds))}) =====", flush=True)
    return next((run.status for run in runs if run.status), 0)


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
