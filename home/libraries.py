"""System libraries of the model server that a bare Debian lacks, fetched from the distribution without root.

vLLM's CPU build links against libnuma. Where it is missing, the package is downloaded with apt into a folder of
ours and unpacked beside the model environment; `folder_for` is then put on the model server's library path.
"""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

from home.errors import HomeError

LIBRARY, PACKAGE = "libnuma.so.1", "libnuma1"


def folder_for(environment: Path) -> Path:
    return environment / "lib" / "system"


def ensure(environment: Path) -> bool:
    """False if the system has it already, or an earlier run fetched it."""
    folder = folder_for(environment)
    if (folder / LIBRARY).exists() or _loads():
        return False
    try:
        fetch(folder)
    except (OSError, subprocess.CalledProcessError) as error:
        raise HomeError(
            f"The model server needs {LIBRARY}, which could not be had ({error}). As root: apt-get install {PACKAGE}."
        ) from error
    return True


def fetch(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        for name in ("state/lists/partial", "cache/archives/partial", "out"):
            (Path(place) / name).mkdir(parents=True)
        apt = ["apt-get", "-qq", "-o", f"Dir::State={place}/state", "-o", f"Dir::Cache={place}/cache"]
        for arguments in (["update"], ["download", PACKAGE]):
            subprocess.run([*apt, *arguments], cwd=place, check=True, capture_output=True)
        package = next(Path(place).glob("*.deb"))
        subprocess.run(["dpkg-deb", "--extract", package, f"{place}/out"], check=True, capture_output=True)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(next((Path(place) / "out").rglob(LIBRARY)), folder / LIBRARY)


def _loads() -> bool:
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return False
    return True
