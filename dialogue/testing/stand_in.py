"""A stand-in for the model server: OpenAI-compatible, streams, and misbehaves on demand. Ships with the library.

    python -m dialogue.testing.stand_in --port 8111 --mode ok
    python -m dialogue.testing.stand_in --port 8111 --mode script --script planted.jsonl

Modes: ok (copies the first numbered sentences of its prompt), slow (a token every two seconds), silent (accepts and never
answers), stall (stops in the middle), drop (closes the connection in the middle), error (HTTP 500), busy (HTTP 429),
garbled (broken characters), json (noise in place of words), loop (the same words for ever), think (thinks aloud first),
think_open (never stops thinking), think_closed (only the closing tag is seen), empty (nothing at all), endless (one line
without end), none (says that the sources do not tell), script (lines of a file, in turn: text, or JSON with "text").
Adapters are loaded and unloaded as vLLM does it; all answer alike.
`POST /mode {"mode": …}` changes the mode while it runs; `GET /requests` tells how many came and how many were left early.
"""

import argparse
import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

MODES = [
    "ok",
    "slow",
    "silent",
    "stall",
    "drop",
    "error",
    "busy",
    "garbled",
    "json",
    "loop",
    "think",
    "think_open",
    "think_closed",
    "empty",
    "endless",
    "none",
    "script",
]
_SOURCE = re.compile(r"^\[(\d+)\] (.+)$", re.MULTILINE)
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class Dropped(Exception):
    """The connection is to be closed in the middle of an answer."""


@dataclass
class StandIn:
    """An ASGI application. `pause` is the time between two tokens in seconds."""

    mode: str = "ok"
    script: Sequence[str] = ()
    pause: float = 0.0
    model: str = "home"
    came: int = 0
    left: int = 0
    prompts: list[str] = field(default_factory=list)
    adapters: dict[str, str] = field(default_factory=dict)  # name → folder; once one is loaded, names matter

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        body = await _read(receive)
        match (scope["method"], scope["path"].removeprefix("/v1")):
            case ("GET", "/models"):
                names = [self.model, *self.adapters]
                await _send_json(
                    send, {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}
                )
            case ("GET", "/requests"):
                await _send_json(send, {"came": self.came, "left": self.left, "mode": self.mode})
            case ("POST", "/mode"):
                self.mode = json.loads(body)["mode"]
                await _send_json(send, {"mode": self.mode})
            case ("POST", "/load_lora_adapter"):
                await _send_json(send, *self._load(json.loads(body)))
            case ("POST", "/unload_lora_adapter"):
                await _send_json(send, *self._unload(json.loads(body)))
            case ("POST", "/chat/completions") if self.adapters and not self._serves(body):
                await _send_json(send, {"error": {"message": "The model does not exist."}}, status=404)
            case ("POST", "/chat/completions"):
                await self._complete(json.loads(body), receive=receive, send=send)
            case _:
                await _send_json(send, {"error": {"message": "not here"}}, status=404)

    def _load(self, asked: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
        """As vLLM does: only a folder with an adapter in it, and only under a new name."""
        name, folder = asked["lora_name"], Path(asked["lora_path"])
        if name in self.adapters or name == self.model:
            return {"error": {"message": f"The lora adapter '{name}' has already been loaded."}}, 400
        if not (folder / "adapter_config.json").is_file():
            return {"error": {"message": f"Loading lora {name} failed: No adapter found for {folder}"}}, 404
        self.adapters[name] = str(folder)
        return {}, 200

    def _unload(self, asked: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
        if self.adapters.pop(asked["lora_name"], None) is None:
            return {"error": {"message": "The lora adapter cannot be found."}}, 404
        return {}, 200

    def _serves(self, body: bytes) -> bool:
        return json.loads(body).get("model") in (self.model, *self.adapters)

    async def _complete(self, request: Mapping[str, Any], *, receive: Receive, send: Send) -> None:
        self.came += 1
        prompt = "\n".join(str(message["content"]) for message in request["messages"])
        self.prompts.append(prompt)
        if self.mode in ("error", "busy"):
            await _send_json(
                send, {"error": {"message": "on purpose"}}, status=500 if self.mode == "error" else 429
            )
            return
        writing = asyncio.create_task(self._answer(request, prompt=prompt, send=send))
        leaving = asyncio.create_task(_left(receive))
        await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not writing.done():
            self.left += 1
        for task in (writing, leaving):
            task.cancel()
        results = await asyncio.gather(writing, leaving, return_exceptions=True)
        if isinstance(results[0], Dropped):
            raise results[0]

    async def _answer(self, request: Mapping[str, Any], *, prompt: str, send: Send) -> None:
        if self.mode == "silent":
            await asyncio.Event().wait()
        if not request.get("stream"):
            text = "".join(self.text(prompt))[: 4 * int(request.get("max_tokens") or 1_000)]
            await _send_json(send, _completion(text, model=self.model))
            return
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"text/event-stream")],
            }
        )
        await _event(send, _chunk({"role": "assistant", "content": ""}, model=self.model))
        count = 0
        async for piece in self._paced(prompt):
            count += 1
            await _event(send, _chunk({"content": piece}, model=self.model))
        await _event(send, _chunk({}, model=self.model, finish="stop"))
        usage = {
            "prompt_tokens": len(prompt) // 3,
            "completion_tokens": count,
            "total_tokens": len(prompt) // 3 + count,
        }
        await _event(send, {**_chunk({}, model=self.model), "choices": [], "usage": usage})
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})

    async def _paced(self, prompt: str) -> AsyncIterator[str]:
        pause = 2.0 if self.mode == "slow" else self.pause
        for number, piece in enumerate(
            _pieces("".join(self.text(prompt)) if self.mode not in _WITHOUT_END else self)
        ):
            await asyncio.sleep(pause)
            if self.mode == "stall" and number == 4:
                await asyncio.Event().wait()
            if self.mode == "drop" and number == 4:
                raise Dropped
            yield piece

    def text(self, prompt: str) -> Iterator[str]:
        """What a well-meaning model would say, or the nonsense that the mode asks for."""
        copied = _copy(prompt)
        match self.mode:
            case "garbled":
                yield "\ufffd\ufffdÃ©â€™" * 40
            case "json":
                yield '{"a":[{"b":null},{"c":[1,2,{"d":{}}]}],"e":{}}' * 20
            case "think":
                yield f"<think>\nThe secret thought. {copied}\n</think>\n\n{copied}"
            case "think_closed":
                yield f"The secret thought about 99 days.\n</think>\n\n{copied}"
            case "empty":
                yield ""
            case "none":
                yield "没有。" if re.search("[一-鿿]", prompt.rpartition("\n")[2]) else "NONE"
            case "script":
                yield self.script[(self.came - 1) % len(self.script)] if self.script else ""
            case _:
                yield copied

    def __iter__(self) -> Iterator[str]:
        """Text without end."""
        while True:
            yield from {
                "loop": ["Please contact our service for more. "],
                "think_open": ["<think>", "The secret thought goes on. "],
                "endless": ["word "],
            }[self.mode]


_WITHOUT_END = ("loop", "think_open", "endless")


def _copy(prompt: str) -> str:
    """The first two numbered sentences of the prompt's last part, with their numbers."""
    asked = prompt.rpartition("Sources:")[2] if "Sources:" in prompt else prompt.rpartition("资料：")[2]
    return " ".join(f"{text} [{number}]" for number, text in _SOURCE.findall(asked)[:2])


def _pieces(text: str | StandIn) -> Iterator[str]:
    if isinstance(text, StandIn):
        yield from text
        return
    for start in range(0, len(text), 4):
        yield text[start : start + 4]


def _chunk(delta: Mapping[str, str], *, model: str, finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {
        "id": "stand-in",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": model,
        "choices": [choice],
    }


def _completion(text: str, *, model: str) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {
        "id": "stand-in", "object": "chat.completion", "created": 0, "model": model, "choices": [choice], "usage": usage,
    }  # fmt: skip


async def _event(send: Send, data: Mapping[str, Any]) -> None:
    line = f"data: {json.dumps(data, ensure_ascii=False)}\n\n"
    await send({"type": "http.response.body", "body": line.encode(), "more_body": True})


async def _send_json(send: Send, data: Mapping[str, Any], status: int = 200) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(data, ensure_ascii=False).encode()})


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _live(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


def read_script(path: Path) -> list[str]:
    """A line is a text, or a JSON object or string with one."""
    return [_scripted(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _scripted(line: str) -> str:
    if line[0] not in '{"':
        return line
    said = json.loads(line)
    return str(said["text"] if isinstance(said, dict) else said)


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for the model server.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mode", choices=MODES, default="ok")
    parser.add_argument("--script", type=Path, help="lines to say in turn, with --mode script")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two tokens")
    parser.add_argument("--model", default="home")
    chosen = parser.parse_args()
    script = read_script(chosen.script) if chosen.script else ()
    app = StandIn(mode=chosen.mode, script=script, pause=chosen.pause, model=chosen.model)
    uvicorn.run(app, host=chosen.host, port=chosen.port, log_level="warning")


if __name__ == "__main__":
    main()
