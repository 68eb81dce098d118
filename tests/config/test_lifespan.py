"""What a web process loads before anybody asks."""

import threading
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.config import lifespan
from apps.config.asgi import application
from apps.knowledge.warming import warm_up
from retrieval import cross_encoder


async def test_the_server_is_up_while_it_still_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def load() -> None:
        begun.set()
        may_end.wait(30)

    monkeypatch.setattr(lifespan, "warm_up", load)
    told, sent = iter(["startup", "shutdown"]), []

    async def receive() -> dict[str, str]:
        return {"type": f"lifespan.{next(told)}"}

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    await application({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert begun.wait(30)
    may_end.set()


def test_what_cannot_be_loaded_stops_no_server(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.CROSS_ENCODER = True
    monkeypatch.setattr(cross_encoder, "FOLDER", tmp_path)
    cross_encoder._loaded.cache_clear()
    try:
        warm_up()
    finally:
        cross_encoder._loaded.cache_clear()
    assert "cannot be had" in caplog.text
