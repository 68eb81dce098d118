"""Which processes are ours to run, and on which ports. Reads the same variables as `apps/config/settings.py`.

Unset, a service is ours at its home address. Set to this machine, it is ours at that port, unless something
answers there already; set to another machine, it is somebody else's. Knows nothing of how a process is started.
"""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from home.errors import HomeError

ROOT = Path(__file__).resolve().parent.parent
PROCESSES = ("broker", "chroma", "model", "web", "worker", "sweeper", "trainer", "beat")
HOME_URLS = {
    "broker": ("REDIS_URL", "redis://127.0.0.1:6390/0"),
    "chroma": ("CHROMA_URL", "http://127.0.0.1:8102"),
    "model": ("LLM_BASE_URL", "http://127.0.0.1:8101/v1"),
}
_LOOPBACK = {"127.0.0.1", "localhost"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Where things are. A process without a port in `ports`, and not in `ours`, is somebody else's."""

    ours: frozenset[str]
    ports: Mapping[str, int]
    public_url: str
    data: Path
    run: Path


def read_setup(
    variables: Mapping[str, str], *, answers: Callable[[int], bool], without: frozenset[str] = frozenset()
) -> Setup:
    """`answers` tells whether something listens on a port of this machine; `without` leaves processes out."""
    unknown = without - set(PROCESSES)
    if unknown:
        raise HomeError(f"WITHOUT names {', '.join(sorted(unknown))}; there are {', '.join(PROCESSES)}.")
    port = _read_port(variables)
    ours, ports = {"web", "worker", "sweeper", "trainer", "beat"}, {"web": port}
    for process, (variable, home) in HOME_URLS.items():
        given = variables.get(variable, "").strip()
        if number := _port_if_ours(given or home, variable=variable, was_set=bool(given), answers=answers):
            ours.add(process)
            ports[process] = number
    return Setup(
        ours=frozenset(ours - without),
        ports=ports,
        public_url=variables.get("PUBLIC_URL", "").strip() or f"http://127.0.0.1:{port}",
        data=Path(variables.get("DATA_DIR", "").strip() or ROOT / "var"),
        run=ROOT / "run",
    )


def is_answering(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def read_without(variables: Mapping[str, str]) -> frozenset[str]:
    return frozenset(variables.get("WITHOUT", "").replace(",", " ").split())


def current_setup() -> Setup:
    return read_setup(os.environ, answers=is_answering, without=read_without(os.environ))


def refuse_busy_ports(setup: Setup, *, answers: Callable[[int], bool] = is_answering) -> None:
    for process in sorted(setup.ours & set(setup.ports)):
        if answers(setup.ports[process]):
            variable = "PORT" if process == "web" else HOME_URLS[process][0]
            raise HomeError(
                f"Port {setup.ports[process]}, where {process} should listen, is taken by another program. "
                f"Stop that program, or set {variable} to another address."
            )


def _read_port(variables: Mapping[str, str]) -> int:
    given = variables.get("PORT", "").strip() or "8000"
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise HomeError(f"PORT={given!r} is not a port; use a number from 1 to 65535.")
    return int(given)


def _port_if_ours(url: str, *, variable: str, was_set: bool, answers: Callable[[int], bool]) -> int | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise HomeError(f"{variable}={url!r} is not an address: {error}.") from error
    if parts.scheme not in {"http", "redis"} or host not in _LOOPBACK or port is None:
        return None
    return None if was_set and answers(port) else port
