"""A model server in a thread that takes adapters at run time, and can be restarted, stopped, or told to misbehave."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from dialogue.testing import stand_in
from tests.services import free_port, wait_for


@dataclass
class ModelServer:
    """The base answers as `home` does; an adapter as its name in `modes` says, else `ok`."""

    port: int = field(default_factory=free_port)
    modes: dict[str, str] = field(default_factory=dict)
    adapters: dict[str, str] = field(default_factory=dict)
    refuses: bool = False
    asked: list[str] = field(default_factory=list)
    on_load: Any = None  # called when an adapter is to be loaded
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        config = uvicorn.Config(self, port=self.port, log_level="warning", lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_for(lambda: bool(self._server and self._server.started), what="the stand-in model server")

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._server.force_exit = True
            self._thread.join(timeout=20)
        self._server = None

    def restart(self) -> None:
        """It comes back and has forgotten what was loaded at run time."""
        self.stop()
        self.adapters.clear()
        self.start()

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        path = scope["path"].removeprefix("/v1")
        body = await stand_in._read(receive)
        match (scope["method"], path):
            case ("GET", "/models"):
                names = ["home", *self.adapters]
                await stand_in._send_json(send, {"object": "list", "data": [{"id": name} for name in names]})
            case ("POST", "/load_lora_adapter"):
                await self._load(json.loads(body), send)
            case ("POST", "/unload_lora_adapter"):
                self.adapters.pop(json.loads(body)["lora_name"], None)
                await stand_in._send_json(send, {})
            case ("POST", "/chat/completions"):
                await self._complete(scope, json.loads(body), send)
            case _:
                await stand_in._send_json(send, {"error": {"message": "not here"}}, status=404)

    async def _load(self, asked: dict[str, str], send: Any) -> None:
        if self.on_load is not None:
            self.on_load()
        if self.refuses or not (Path(asked["lora_path"]) / "adapter_model.safetensors").is_file():
            await stand_in._send_json(send, {"error": {"message": "Loading failed: bad rank"}}, status=400)
            return
        self.adapters[asked["lora_name"]] = asked["lora_path"]
        await stand_in._send_json(send, {})

    async def _complete(self, scope: Mapping[str, Any], asked: dict[str, Any], send: Any) -> None:
        name = asked["model"]
        self.asked.append(name)
        if name != "home" and name not in self.adapters:
            await stand_in._send_json(send, {"error": {"message": f"no model {name}"}}, status=404)
            return
        model = stand_in.StandIn(mode=self.modes.get(name, "ok"), model=name)
        body = json.dumps(asked).encode()
        sent = False

        async def receive() -> Mapping[str, Any]:
            nonlocal sent
            if sent:
                return await _never()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await model(scope, receive, send)


async def _never() -> Mapping[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError


@contextmanager
def model_server() -> Iterator[ModelServer]:
    server = ModelServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
