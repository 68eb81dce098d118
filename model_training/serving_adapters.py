"""An adapter folder and a model server at run time: check, load under a new name, try, unload.

    python -m model_training.serving_adapters load ADAPTER --url http://127.0.0.1:8101/v1 --name shop-2 --base models/home
    python -m model_training.serving_adapters unload --url … --name shop-2

Nothing of a folder is opened before its manifest says that it is whole, and the server is told of nothing else. A new
name never takes the place of one that is served: whatever goes wrong, what is live stays live. The server must reach
the folder under the same path. Knows no Django and no torch.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from langchain_core.messages import HumanMessage

from dialogue import Answer, AnswerLimits, connect
from model_training.adapters import check_adapter
from model_training.errors import ServerFailed, TrainingError
from model_training.evaluating.asking import answered
from model_training.evaluating.freezing import safety_rows

ASK_SECONDS, LOAD_SECONDS = 10.0, 120.0
LIMITS = AnswerLimits(first_token=120.0, between_tokens=60.0, total=180.0)  # a first answer may compile


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """`key` is never written anywhere."""

    url: str
    key: str = field(default="", repr=False)

    def names(self) -> set[str]:
        told = self.call("GET", "/models", seconds=ASK_SECONDS)
        return {str(model["id"]) for model in told.get("data", [])}

    def call(self, method: str, path: str, *, seconds: float, body: object = None) -> Mapping[str, Any]:
        """Raises ServerFailed: `unreachable` where another try may help, `refused` with the server's own words."""
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            said = httpx.request(
                method,
                self.url.rstrip("/") + path,
                json=body,
                headers=headers,
                timeout=httpx.Timeout(seconds, connect=3.0),
            )
        except httpx.HTTPError as error:
            raise ServerFailed(
                f"The model server at {self.url} does not answer ({type(error).__name__})."
            ) from error
        if said.is_error:
            code = "unreachable" if said.status_code >= 500 else "refused"
            raise ServerFailed(f"The model server at {self.url} refused {path}: {_words(said)}", code=code)
        return _object(said)


def load(folder: Path, *, name: str, server: Server) -> None:
    """Under a name that the server does not have yet. Check the adapter first."""
    if name in server.names():
        raise ServerFailed(
            f"The server has a model {name!r} already: an adapter gets a new name.", code="refused"
        )
    body = {"lora_name": name, "lora_path": str(folder.resolve())}
    server.call("POST", "/load_lora_adapter", seconds=LOAD_SECONDS, body=body)
    if name not in server.names():
        raise ServerFailed(f"The server says that it loaded {name!r} and does not serve it.", code="refused")


def unload(name: str, *, server: Server) -> None:
    server.call("POST", "/unload_lora_adapter", seconds=ASK_SECONDS, body={"lora_name": name})


def smoke_test(name: str, *, server: Server) -> list[Answer]:
    """One token, then one real answer a language through `dialogue`. Raises ServerFailed (`not_answering`)."""
    return asyncio.run(_smoke(name, server=server))


async def _smoke(name: str, *, server: Server) -> list[Answer]:
    model = connect(base_url=server.url, api_key=server.key, model=name, timeout=LIMITS.total)
    try:
        await model.ainvoke([HumanMessage(content="Hi")], max_tokens=1)
    except Exception as error:  # whatever a client library raises: it did not answer
        raise ServerFailed(f"{name} gives not one token: {error!r}", code="not_answering") from error
    answers = [await answered(row, model=model, limits=LIMITS) for row in _questions()]
    for done in answers:
        if done.trace.get("failure") or "raw" not in done.trace:
            reason = done.trace.get("failure") or done.reason
            raise ServerFailed(f"{name} did not answer a test question ({reason}).", code="not_answering")
    return answers


def _questions() -> list[Any]:
    """The first answerable one of each language among the shipped ones."""
    rows = [row for row in safety_rows() if row.expected.answers]
    return [next(row for row in rows if row.language == language) for language in ("en", "zh")]


def load_and_try(folder: Path, *, name: str, server: Server, base: Path | None = None) -> list[Answer]:
    """All of it; an adapter that does not answer is taken out again."""
    check_adapter(folder, base=base)
    load(folder, name=name, server=server)
    try:
        return smoke_test(name, server=server)
    except ServerFailed:
        _take_out_quietly(name, server=server)
        raise


def _take_out_quietly(name: str, *, server: Server) -> None:
    """What went wrong before is what is told."""
    try:
        unload(name, server=server)
    except ServerFailed as error:
        sys.stderr.write(f"serving_adapters: {error}\n")


def _words(said: httpx.Response) -> str:
    told = _object(said)
    error = told.get("error", told)
    message = error.get("message", "") if isinstance(error, dict) else error
    return str(message or f"status {said.status_code}")[:300]


def _object(said: httpx.Response) -> Mapping[str, Any]:
    """{} for an answer that is plain text, as vLLM gives to a load."""
    try:
        told = said.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m model_training.serving_adapters",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("load", "unload"):
        one = verbs.add_parser(verb)
        one.add_argument("--url", required=True, help="an OpenAI-compatible address")
        one.add_argument("--name", required=True, help="the name that it is served by")
        one.add_argument("--api-key-env", default="", help="the environment variable that holds the key")
    verbs.choices["load"].add_argument("adapter", type=Path)
    verbs.choices["load"].add_argument("--base", type=Path, help="the folder of the base that is served")
    chosen = parser.parse_args(arguments)
    server = Server(url=chosen.url, key=os.environ.get(chosen.api_key_env, ""))
    try:
        if chosen.verb == "unload":
            unload(chosen.name, server=server)
        else:
            for done in load_and_try(chosen.adapter, name=chosen.name, server=server, base=chosen.base):
                sys.stderr.write(f"serving_adapters: {done.text}\n")
    except TrainingError as error:
        sys.stderr.write(f"serving_adapters: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
