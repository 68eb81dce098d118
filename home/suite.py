"""`make test`: runs all tests in one pytest run, and says plainly which ones this machine cannot run.

Chromium, PostgreSQL's server and a font with Chinese come from the distribution. As root (as in CI) they are
installed where they are missing; otherwise the tests that need them are left out, in so many words. `make fast` runs what
needs none of them, and no service either.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
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

_REAL_PARTS = ("services", "postgres", "model", "browser")
# Tests that share no service can be spread, file by file. Those with real parts would wait for each other's processors.
_SPREAD = ("--numprocesses", str(min(max(os.cpu_count() or 2, 2), 4)), "--dist", "loadfile")


def install(missing: Sequence[Need]) -> None:
    """With apt-get, as root. PostgreSQL's own cluster is not started: tests start private ones."""
    packages = [need.package for need in missing]
    _tell(f"Installing for the tests: {', '.join(packages)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", "-qq", *arguments], env=environment, capture_output=True, text=True)
        if done.returncode:
            raise HomeError(f"apt-get {arguments[0]} failed: {(done.stderr or done.stdout).strip()[-500:]}")


def left_out(missing: Sequence[Need]) -> list[str]:
    """Arguments for pytest that leave out what cannot run here."""
    markers = sorted({need.marker for need in missing})
    for need in missing:
        _tell(
            f"Tests marked `{need.marker}` are left out: {need.what} is missing (apt-get install {need.package})."
        )
    return ["-m", f"not ({' or '.join(markers)})"] if markers else []


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["fast"]:
        return _run([*_SPREAD, "-m", f"not ({' or '.join(_REAL_PARTS)})", *arguments[1:]])
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
    return _run([*left_out(missing), *arguments])


def _run(arguments: Sequence[str]) -> int:
    # Compiled imports are kept: the suite starts many processes, and each would compile them again.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    pytest = [sys.executable, "-m", "pytest", "-p", "tests.ordering", "--durations=30", "--durations-min=2"]
    return subprocess.run([*pytest, *arguments], env=environment).returncode


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
