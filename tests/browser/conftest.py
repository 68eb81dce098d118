"""What browser tests share: the distribution's Chromium, and the widget on a shop's page with a stand-in behind it."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, expect, sync_playwright

from tests.browser.stand_in_api import Desk, HostPage, StandIn, serve

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# Chromium writes a line for every answer that is not 2xx; the tests that provoke those look at what people see.
NETWORK_LINES = re.compile(r"Failed to load resource|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION|ERR_INCOMPLETE")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")  # while it is open, no other loop can run in the tests' thread
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=10_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Shop:
    """A shop's page that embeds the widget, the desk that serves it, and the knobs of both."""

    host: HostPage
    stand_in: StandIn
    port: int
    desk: str
    # Another site than the desk's, whose frames this Chromium keeps from storage; and one where they have it.
    addresses: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return self.addresses["other site"]


@pytest.fixture(scope="package")
def servers() -> Iterator[tuple[Desk, HostPage, int, int]]:
    desk, host = Desk(StandIn()), HostPage()
    with serve(desk) as desk_port, serve(host) as shop_port:
        yield desk, host, desk_port, shop_port
        desk.stand_in.cuts += 1


@pytest.fixture
def shop(servers: tuple[Desk, HostPage, int, int]) -> Iterator[Shop]:
    desk, host, desk_port, port = servers
    desk.stand_in = stand_in = StandIn()
    host.before, host.policy, host.headers, host.desk = "", "", {}, f"http://127.0.0.1:{desk_port}"
    addresses = {"other site": f"http://localhost:{port}", "same site": f"http://127.0.0.1:{port}"}
    stand_in.origins = [*addresses.values(), "https://shop.example"]
    yield Shop(host, stand_in, port, host.desk, addresses)
    stand_in.shown = 99
    stand_in.cuts += 1


@dataclass
class Widget:
    """The widget on one page, as a person meets it."""

    page: Page
    complaints: list[str]

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("#seekdesk iframe")

    @property
    def launcher(self) -> Locator:
        return self.page.locator("#seekdesk button.launcher")

    @property
    def composer(self) -> Locator:
        return self.frame.locator(".field textarea")

    @property
    def answers(self) -> Locator:
        """Settled ones."""
        return self.frame.locator(".message.assistant[aria-busy='false']")

    @property
    def questions(self) -> Locator:
        return self.frame.locator(".message.contact")

    def open(self) -> "Widget":
        self.launcher.click()
        expect(self.composer).to_be_visible()
        return self

    def say(self, text: str) -> "Widget":
        self.composer.fill(text)
        self.composer.press("Enter")
        return self

    def inside(self) -> Any:
        """The frame itself, for looking at its innards."""
        return next(frame for frame in self.page.frames if "/widget/frame/" in frame.url)


Visit = Callable[..., Widget]


@pytest.fixture
def visit(chromium: Browser, shop: Shop) -> Iterator[Visit]:
    """Opens the shop's page, in a browser of its own or in `context`. At the end the console must be silent."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(
        query: str = "", *, at: str = "other site", context: BrowserContext | None = None, **options: Any
    ) -> Widget:
        if context is None:
            context = chromium.new_context(**{"viewport": {"width": 1180, "height": 800}} | options)
            contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: note(line.type, line.text))
        page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
        page.goto(f"{shop.addresses[at]}/{query}")
        widget = Widget(page, complaints)
        expect(widget.launcher).to_be_visible()
        return widget

    def note(kind: str, text: str) -> None:
        if kind in ("error", "warning") and not NETWORK_LINES.search(text):
            complaints.append(f"{kind}: {text}")

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
