"""The dashboard in a real browser: the whole product behind a real server, a broker, and people at their desks.

A pytest plugin with fixtures for the tests under `tests/browser/`, which bring the browser itself.
"""

import os
import re
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from django.conf import settings as django_settings
from django.core.asgi import get_asgi_application
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django import Settings

from apps.accounts.models import User
from apps.conversations.live import broker
from apps.knowledge import tasks
from apps.knowledge.testing import indexes_in_memory
from tests.dashboard.seeding import Desk, open_desk
from tests.services import free_port, wait_for

# Chromium and htmx write lines for every answer that is not 2xx; tests that provoke one look at what people see.
NETWORK_LINES = re.compile(
    r"Failed to load resource|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION|ERR_INCOMPLETE"
    r"|htmx:(afterRequest|sendError|responseError|timeout)|Response Status Error"
)
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="session")
def desk_server(django_db_setup: None) -> Iterator[str]:
    """The product's own ASGI application in a thread, over the suite's database."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps a loop in the tests' own thread
    config = uvicorn.Config(
        get_asgi_application(),
        port=free_port(),
        log_level="warning",
        timeout_graceful_shutdown=1,
        lifespan="off",
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{config.port}"
    wait_for(lambda: _answers(address), what="The web process")
    yield address
    running.should_exit = True
    thread.join(timeout=20)
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class WebProcess:
    """The same in a process of its own, which can be killed, and started again at its address."""

    def __init__(self, *, broker_url: str) -> None:
        self._port = free_port()
        self.address = f"http://127.0.0.1:{self._port}"
        database = f"sqlite:///{django_settings.DATABASES['default']['NAME']}"
        self._environment = {**os.environ, "DATABASE_URL": database, "REDIS_URL": broker_url}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "uvicorn", "apps.config.asgi:application", "--log-level", "warning"]
        self._process = subprocess.Popen([*command, "--port", str(self._port)], env=self._environment)
        wait_for(lambda: _answers(self.address), what="The web process")

    def kill(self) -> None:
        """As a power cut would: no last words."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def web_process(broker_url: str, office: Desk) -> Iterator[WebProcess]:
    web = WebProcess(broker_url=broker_url)
    web.start()
    yield web
    web.kill()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=5).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture
def office(
    transactional_db: None, broker_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """A desk whose server has a broker; jobs are done when a test says so."""
    monkeypatch.setenv(
        "DJANGO_ALLOW_ASYNC_UNSAFE", "true"
    )  # Playwright keeps a loop in the test's own thread
    settings.REDIS_URL = broker_url
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    broker.circuit.close()
    monkeypatch.setattr(tasks.index_upload, "apply_async", lambda args, **options: uuid.UUID(args[0]))
    monkeypatch.setattr(tasks.discard_vectors, "delay", lambda knowledge_base_id: None)
    with indexes_in_memory():
        yield open_desk()


Enter = Callable[..., Page]


@pytest.fixture
def enter(chromium: Browser, desk_server: str, office: Desk) -> Iterator[Enter]:
    """Somebody is logged in, in a browser of their own. In the end no console may have complained."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(kind: str, text: str) -> None:
        if kind in ("error", "warning") and not NETWORK_LINES.search(text):
            complaints.append(f"{kind}: {text}")

    def open_browser(who: str = "", *, path: str = "", locale: str = "en-GB", **options: Any) -> Page:
        context = chromium.new_context(
            base_url=desk_server, locale=locale, **{"viewport": DESKTOP, "reduced_motion": "reduce"} | options
        )
        contexts.append(context)
        if who:
            carry_session(context, who, at=desk_server)
        page = context.new_page()
        page.on("console", lambda line: note(line.type, line.text))
        page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
        page.goto(path or ("/dashboard/" if who else "/login/"))
        return page

    yield open_browser
    for context in contexts:
        context.close()
    assert not complaints, complaints


def carry_session(context: BrowserContext, who: str, *, at: str) -> None:
    """As if they had logged in before: so many log-ins from one address would be refused, and rightly."""
    client = Client()
    client.force_login(User.objects.get(username=who))
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": at}])


def until(condition: Callable[[], bool], *, what: str, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def is_wider_than_its_window(page: Page) -> bool:
    return bool(page.evaluate("document.scrollingElement.scrollWidth > innerWidth"))
