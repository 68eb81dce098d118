"""The child process of `parse_file`: reads one task from standard input, writes one JSON file.

It sets its own limits before it touches the file. The package is entered by its folder, not through its `__init__`:
that would load the vector store's client and the embedder, which take six times as long as reading a page.
"""

import json
import resource
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

_package = ModuleType("retrieval")
_package.__path__ = [str(Path(__file__).resolve().parents[1])]
sys.modules.setdefault("retrieval", _package)

from retrieval.errors import ParseError  # noqa: E402 - the package is entered above
from retrieval.parsing.formats import read_documents  # noqa: E402


def main() -> None:
    task = json.load(sys.stdin)
    _limit(task["limits"])
    Path(task["output"]).write_text(json.dumps(_answer(task)), encoding="utf-8")


def _answer(task: dict[str, Any]) -> dict[str, Any]:
    try:
        documents = read_documents(
            Path(task["path"]), name=task["name"], unpacked_size=task["limits"]["unpacked_size"]
        )
    except ParseError as error:
        return {"error": {"code": error.code, "message": error.message}}
    except (
        Exception
    ) as error:  # a process's edge: whatever a format library trips over, the file's owner learns
        if isinstance(error, MemoryError | RecursionError) or _used_memory() > task["limits"]["memory"] / 2:
            return _refusal("too_large", "The file unpacks into more than one file may take. Split it up.")
        return _refusal(
            "broken", "The file is damaged and cannot be read. Open it, save it anew, and upload that."
        )
    return {"documents": [document.as_dict() for document in documents]}


def _refusal(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def _used_memory() -> int:
    """Bytes of address space at the most so far. Format libraries hide in errors of their own that they got no more."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmPeak:")[2].split()[0]) * 1024


def _limit(limits: dict[str, int]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu"], limits["cpu"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["output"], limits["output"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
