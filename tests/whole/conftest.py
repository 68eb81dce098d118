"""The whole product as `make demo` sets it up, every part real: web, worker, broker, Chroma, vLLM, Chromium."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, NETWORK_LINES, Widget
from tests.journeys.desk import Desk, Web
from tests.services import free_port, wait_for

ANSWER = 60_000  # milliseconds for an answer on a busy machine; how fast it is, `make bench` tells


class Demo(Desk):
    """The demo's two sites, open for customers and for the people who work there."""

    port: int
    llm_base_url: str
    sites: dict[str, dict[str, Any]]

    def environment(self) -> dict[str, str]:
        ours = {"DEMO": "1", "PUBLIC_URL": self.address, "LLM_BASE_URL": self.llm_base_url}
        return super().environment() | ours

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start_web(self) -> Web:
        command = [sys.executable, "-m", "uvicorn", "apps.config.asgi:application", "--port", str(self.port)]
        web = Web(self._start(command, log="web"), self.address)
        wait_for(web.is_alive, what="the web process")
        return web

    def login(self, role: str) -> dict[str, str]:
        return next(login for login in self.sites["sd_demo_shop"]["logins"] if login["role"] == role)

    def ask(self, question: str) -> dict[str, Any]:
        """What `manage.py ask` says."""
        told: dict[str, Any] = json.loads(self.manage("ask", "--site", "sd_demo_shop", question, "--json"))
        return told


@pytest.fixture(scope="session")
def demo(chroma_url: str, model_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    demo = Demo(Path(tmp_path_factory.mktemp("whole")), chroma_url)
    demo.port, demo.llm_base_url = free_port(), model_url
    try:
        demo.start_broker()
        demo.manage("migrate")
        demo.start_worker()
        demo.start_web()
        told = json.loads(demo.manage("load_demo", "--json"))
        demo.sites = {site["site_key"]: site for site in told["sites"]}
        wait_for(lambda: is_ready(demo), what="all of it", seconds=120)
        yield demo
    finally:
        demo.close()


def is_ready(demo: Demo) -> bool:
    try:
        return bool(httpx.get(f"{demo.address}/readyz", timeout=20).json()["status"] == "ready")
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="package")  # while it is open, no other loop can run in the tests' thread
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class People:
    """Opens browsers, each with its own person, and keeps what their consoles complain about."""

    def __init__(self, browser: Browser, demo: Demo) -> None:
        self.browser, self.demo = browser, demo
        self.complaints: list[str] = []

    def page(self, path: str, **options: Any) -> Page:
        context = self.browser.new_context(base_url=self.demo.address, reduced_motion="reduce", **options)
        page = context.new_page()
        page.on("console", lambda line: self._note(line.type, line.text))
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.goto(path)
        return page

    def customer(self, *, shop: str = "shop", locale: str = "en-GB") -> Widget:
        return Widget(self.page(f"/demo/{shop}/", locale=locale), self.complaints).open()

    def member(self, role: str) -> Page:
        login = self.demo.login(role)
        page = self.page("/login/", locale="en-GB")
        page.locator("[name=username]").fill(login["username"])
        page.locator("[name=password]").fill(login["password"])
        page.locator("main button.primary").click()
        page.wait_for_url("**/conversations/")
        return page

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not NETWORK_LINES.search(text):
            self.complaints.append(f"{kind}: {text}")


@pytest.fixture
def people(browser: Browser, demo: Demo) -> Iterator[People]:
    people = People(browser, demo)
    yield people
    for context in browser.contexts:
        context.close()
    assert people.complaints == []
