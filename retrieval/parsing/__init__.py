"""A file → documents, whatever the file does.

The work happens in a child process with limits on memory, processor, time and size: a hostile or broken file can end the
child, never this process. What comes back is checked JSON. Every refusal is a `ParseError` that its owner can act on:

    empty      nothing in it            encrypted   a password is needed      wrong_type   not what its name says, or unknown
    no_text    only pictures            broken      cannot be read            bad_row      a row lacks what it must have
    too_large  itself or unpacked       too_slow    ran past its time         bad_encoding the letters cannot be told
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from retrieval.documents import ParsedDocument, document_from
from retrieval.errors import ParseError
from retrieval.parsing.kinds import check_type

_CHILD = Path(__file__).with_name("child.py")
LOOK_EVERY = 0.5  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseLimits:
    """How much one file may cost: bytes and seconds."""

    file_size: int = 50_000_000
    unpacked_size: int = 200_000_000
    memory: int = 1_500_000_000
    cpu: int = 60
    wall: int = 120
    output: int = 50_000_000


__all__ = ["DEFAULT_LIMITS", "ParseLimits", "check_type", "parse_file"]

DEFAULT_LIMITS = ParseLimits()


def parse_file(
    path: Path | str,
    *,
    name: str,
    limits: ParseLimits = DEFAULT_LIMITS,
    while_waiting: Callable[[], None] = lambda: None,
) -> list[ParsedDocument]:
    """The documents in a file; `name` is what its owner calls it. Raises `ParseError`.

    `while_waiting` is called twice a second; whatever it raises ends the child, and is raised here.
    """
    path = Path(path)
    size = path.stat().st_size
    if size == 0:
        raise ParseError("The file is empty.", code="empty")
    if size > limits.file_size:
        raise ParseError(
            f"The file has {size / 1e6:.0f} MB; up to {limits.file_size / 1e6:.0f} MB can be read. Split it up.",
            code="too_large",
        )
    with tempfile.TemporaryDirectory(prefix="parse-") as folder:
        output = Path(folder) / "documents.json"
        task = {"path": str(path.resolve()), "name": name, "output": str(output), "limits": asdict(limits)}
        exit_code = _run_child(task, wall=limits.wall, folder=folder, while_waiting=while_waiting)
        return _read(output, exit_code=exit_code)


def _run_child(
    task: Mapping[str, object], *, wall: int, folder: str, while_waiting: Callable[[], None]
) -> int:
    """Runs the child to its end or to the end of its time, and returns its exit code (negative: a signal)."""
    command = [sys.executable, "-I", str(_CHILD)]
    told: bytes | None = json.dumps(task).encode()
    deadline = time.monotonic() + wall
    with subprocess.Popen(  # noqa: S603 - our own script, and no shell
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.communicate(told, timeout=LOOK_EVERY)
                    return child.returncode
                told = None  # it has heard
                while_waiting()
                if time.monotonic() > deadline:
                    raise ParseError(
                        f"The file took more than {wall} seconds to read. Split it up.", code="too_slow"
                    )
        finally:
            child.kill()


def _read(output: Path, *, exit_code: int) -> list[ParsedDocument]:
    try:
        answer = json.loads(output.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ParseError(
            "The file needs more memory, time or room than one file may take. It may be damaged; otherwise split it up.",
            code="too_slow" if exit_code == -24 else "too_large",
        ) from error
    if "error" in answer:
        raise ParseError(answer["error"]["message"], code=answer["error"]["code"])
    return [document_from(values) for values in answer["documents"]]
