"""What a person asks of the home setup: up, down, status, logs, demo, model. Each says what it does as it goes.

Knows nothing of what the processes run (`home.processes`) and of how they are kept running (`home.supervision`).
"""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from home import readiness
from home.addresses import PROCESSES, ROOT, Setup, is_answering, read_setup, read_without, refuse_busy_ports
from home.errors import HomeError
from home.install import ENVIRONMENTS, is_made
from home.machine import why_not_here
from home.processes import (
    HOME_MODEL,
    MODEL_PYTHON,
    end_leftovers,
    environment_of,
    leftovers,
    profile_of,
    served_model,
)
from home.recording import is_same, recall, record
from home.supervision import Supervisor, wait_until
from model_training import home_model

RUN = ROOT / "run"
_SERVICES = frozenset({"database", "broker", "chroma"})
_PATIENCE = 240.0  # seconds for services to answer on a busy machine
_MODEL_PATIENCE = 900.0


def up(variables: Mapping[str, str], *, wait_for_model: bool = False) -> Setup:
    """Starts what is ours and does not run yet; returns when customers can be served."""
    setup = start(variables)
    wait_for_services(setup)
    start_model_if_ours(setup)
    if wait_for_model:
        wait_until_model_answers(setup)
    return setup


def start(variables: Mapping[str, str]) -> Setup:
    """Migrates and starts all processes but the model."""
    supervisor = Supervisor(root=ROOT, run=RUN)
    with _one_at_a_time():
        if not supervisor.is_running():
            _end_orphans()  # before ports are looked at: what listens there may be an orphan of ours
        setup = _wanted_setup(variables, supervisor=supervisor)
        if supervisor.is_running() and not is_same(setup, variables=variables):
            tell("The settings have changed: starting anew.")
            _stop(supervisor)
        if not supervisor.is_running():
            refuse_busy_ports(setup)
            record(setup, variables=variables)
            supervisor.launch(variables=variables)
        supervisor.start([name for name in ("broker", "chroma") if name in setup.ours])
        _migrate(setup, variables=variables)
        supervisor.start(
            [name for name in ("web", "worker", "sweeper", "trainer", "beat") if name in setup.ours]
        )
    return setup


def wait_for_services(setup: Setup) -> None:
    if "web" not in setup.ours:
        return
    tell("Waiting for web, broker and Chroma.")
    port = setup.ports["web"]

    def are_ready() -> bool:
        return readiness.is_ready(readiness.ask(port), names=_SERVICES)

    if not wait_until(are_ready, seconds=_PATIENCE, pause=0.5):
        states = readiness.ask(port)
        missing = (
            "web" if states is None else ", ".join(n for n in sorted(_SERVICES) if states.get(n) != "ready")
        )
        raise HomeError(
            f"Not ready after {_PATIENCE:.0f} s: {missing}. The logs in {RUN} say why (make logs)."
        )


def start_model_if_ours(setup: Setup) -> None:
    supervisor = Supervisor(root=ROOT, run=RUN)
    if "model" not in setup.ours or any(it.name == "model" and it.pid for it in supervisor.states()):
        return
    if reason := why_no_model(os.environ):
        tell(f"The model is not started: {reason}. The chat answers by quoting passages.")
    elif not is_model_prepared(os.environ):
        tell("The home model is not installed yet: the chat quotes passages. `make model` installs it.")
    else:
        tell(
            "Starting the model server, which takes a minute or two. Until it answers, the chat quotes passages."
        )
        supervisor.start(["model"])


def why_no_model(variables: Mapping[str, str]) -> str:
    return why_not_here(profile_of(served_model(variables)[0]))


def wait_until_model_answers(setup: Setup) -> None:
    """Says how long it has been waiting, four times a minute."""
    started = told = time.monotonic()
    while not readiness.is_ready(readiness.ask(setup.ports["web"]), names=frozenset({"model"})):
        _refuse_if_model_gave_up(setup, waited=time.monotonic() - started)
        if time.monotonic() - told >= 15:
            told = time.monotonic()
            tell(f"model server: loading, {told - started:.0f} s so far (one to two minutes)")
        time.sleep(1)
    tell(f"model server: ready after {time.monotonic() - started:.0f} s")


def _refuse_if_model_gave_up(setup: Setup, *, waited: float) -> None:
    states = {it.name: it.state for it in Supervisor(root=ROOT, run=RUN).states()}
    gave_up = "model" in setup.ours and states["model"] in {"FATAL", "BACKOFF", "STOPPED"}
    if gave_up or waited > _MODEL_PATIENCE:
        raise HomeError(
            f"The model server does not answer; {RUN / 'model.log'} says why. The chat answers by quoting passages."
        )


def down() -> None:
    with _one_at_a_time():
        supervisor = Supervisor(root=ROOT, run=RUN)
        was_running = supervisor.is_running()
        if was_running:
            tell("Stopping the home processes.")
        _stop(supervisor)
    tell("All home processes are stopped." if was_running else "No home process runs.")


def _stop(supervisor: Supervisor) -> None:
    supervisor.shut_down(seconds=90)
    _end_orphans()
    for name in PROCESSES:
        if numbers := leftovers(name, run=RUN):
            raise HomeError(f"{name} is still there (processes {numbers}), although it was killed.")
        (RUN / f"{name}.pid").unlink(missing_ok=True)


def _end_orphans() -> None:
    """Processes of ours that no supervisor watches any more."""
    for name in reversed(PROCESSES):
        if found := end_leftovers(name, run=RUN, patience=10):
            tell(f"Ended what was left of {name} (processes {', '.join(map(str, found))}).")


def status() -> int:
    supervisor = Supervisor(root=ROOT, run=RUN)
    if not supervisor.is_running():
        tell("No home process runs. `make up` starts them.")
        return 1
    setup = recall(RUN)
    ready = readiness.ask(setup.ports["web"])
    print(f"{'process':10}{'state':12}{'pid':>8}  {'up for':10}")
    for it in supervisor.states():
        state = it.state.lower() if it.name in setup.ours else "not ours"
        print(f"{it.name:10}{state:12}{it.pid or '-':>8}  {_in_words(it.seconds):10}")
    print()
    for name, state in (ready or {"web": "does not answer"}).items():
        print(f"{name:10}{state}")
    print(f"\n{setup.public_url}")
    return 0 if readiness.is_ready(ready, names=_SERVICES) else 1


def logs(name: str) -> None:
    wanted = [name] if name else PROCESSES
    files = [RUN / f"{it}.log" for it in wanted if (RUN / f"{it}.log").exists()]
    if not files:
        raise HomeError(f"There is no log of {name or 'any process'} in {RUN}.")
    os.execvp("tail", ["tail", "-n", "20", "-F", *map(str, files)])  # noqa: S606 - tail does the rest


def is_model_prepared(variables: Mapping[str, str]) -> bool:
    folder, _ = served_model(variables)
    return is_made(ENVIRONMENTS["model"]) and (folder != HOME_MODEL or home_model.is_ready(HOME_MODEL))


def prepare_model(variables: Mapping[str, str]) -> None:
    """Installs the model environment and, unless LLM_MODEL names a folder of your own, the home model."""
    for command in preparation_of_model(variables):
        if subprocess.run(command, cwd=ROOT).returncode:
            raise HomeError("The model could not be installed; the lines above say why.")


def preparation_of_model(variables: Mapping[str, str]) -> list[list[str]]:
    commands = [[sys.executable, "-m", "home.install", "model"]]
    if served_model(variables)[0] == HOME_MODEL:
        file = ["--file", variables["HOME_MODEL_FILE"]] if variables.get("HOME_MODEL_FILE") else []
        commands.append([str(MODEL_PYTHON), "-m", "model_training.home_model", str(HOME_MODEL), *file])
    return commands


def processes_wanted(variables: Mapping[str, str]) -> frozenset[str]:
    return _wanted_setup(variables, supervisor=Supervisor(root=ROOT, run=RUN)).ours


def _wanted_setup(variables: Mapping[str, str], *, supervisor: Supervisor) -> Setup:
    own_ports = set(recall(RUN).ports.values()) if supervisor.is_running() else set()
    setup = read_setup(
        variables,
        answers=lambda port: port not in own_ports and is_answering(port),
        without=read_without(variables),
    )
    return replace(setup, run=RUN)


def environment_for_commands(setup: Setup, *, variables: Mapping[str, str]) -> dict[str, str]:
    """For `manage.py`: the same data and address as the home processes."""
    return environment_of("command", setup=setup, variables=variables)


def _migrate(setup: Setup, *, variables: Mapping[str, str]) -> None:
    tell("Bringing the database up to date.")
    command = [sys.executable, "manage.py", "migrate", "--noinput"]
    log = RUN / "migrate.log"
    with log.open("wb") as out:
        environment = environment_for_commands(setup, variables=variables)
        code = subprocess.run(command, cwd=ROOT, env=environment, stdout=out, stderr=out).returncode
    if code:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        raise HomeError(
            f"The database could not be migrated: {lines[-1] if lines else ''}\nThe whole story: {log}"
        )


def _in_words(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s" if seconds else "-"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    RUN.mkdir(exist_ok=True)
    with (RUN / "home.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
