"""The stand-in for a model server, in this very process, at an address of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from dialogue.testing.stand_in import StandIn
from tests.services import free_port, wait_for


@dataclass(frozen=True)
class Running:
    app: StandIn
    url: str


@contextmanager
def serving(app: StandIn) -> Iterator[Running]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started, what="the stand-in", seconds=10)
    try:
        yield Running(app=app, url=f"http://127.0.0.1:{port}/v1")
    finally:
        server.should_exit = server.force_exit = True
        thread.join(timeout=10)
