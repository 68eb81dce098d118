"""What a person's address may reach, and how much of it is taken: against a real server on this machine."""

import gzip
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from apps.knowledge.websites import fetching
from apps.knowledge.websites.fetching import FetchRefused, is_public, safe_fetch


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/loop":
            return self.say(302, location="/loop")
        if path == "/away":
            return self.say(302, location="http://169.254.169.254/latest/")
        if path == "/file":
            return self.say(302, location="file:///etc/passwd")
        if path == "/moved":
            return self.say(301, location="/page")
        if path == "/unchanged" and self.headers.get("If-None-Match") == '"1"':
            return self.say(304)
        if path == "/zipped":
            return self.say(200, gzip.compress(b"x" * 200_000), encoding="gzip")
        if path == "/slow":
            return self.drip()
        if path in ("/401", "/404", "/500"):
            return self.say(int(path[1:]))
        kind = "image/png" if path == "/picture" else "text/html"
        return self.say(200, b"<p>Hello</p>" * (10_000 if path == "/big" else 1), kind=kind)

    def say(self, status: int, body: bytes = b"", *, kind: str = "text/html", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        names = {"location": "Location", "encoding": "Content-Encoding"}
        for name, value in headers.items():
            self.send_header(names[name], value)
        self.end_headers()
        self.wfile.write(body)

    def drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        try:
            for _ in range(200):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def refused(url: str, **options: Any) -> str:
    with pytest.raises(FetchRefused) as error:
        safe_fetch(url, **options)
    return error.value.code


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "ff02::1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "192.0.2.1",
        "198.18.0.1",
    ],
)
def test_private_addresses_are_none_of_ours(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_the_world_may_be_reached(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0",
    ],
)
def test_this_machine_is_not_reached_in_any_spelling(host: str, site: str) -> None:
    port = site.rpartition(":")[2]
    assert refused(f"http://{host}:{port}/") in ("private_address", "unknown_host", "bad_address")


def test_a_name_that_changes_its_mind_reaches_only_what_was_judged(
    monkeypatch: pytest.MonkeyPatch, site: str
) -> None:
    """First it says a public address, then this machine: the connection goes to the first, or nowhere."""
    port = int(site.rpartition(":")[2])
    answers = iter(["192.0.2.7", "127.0.0.1", "127.0.0.1"])
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, *args: Any, **options: Any) -> list[Any]:
        if host != "rebind.example":
            return real(host, *args, **options)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(fetching.socket, "getaddrinfo", rebinding)
    judged: list[str] = []

    def permits(address: fetching.Address) -> bool:
        judged.append(str(address))
        return str(address) != "127.0.0.1"

    reached: list[str] = []

    class Recording(fetching.httpcore.SyncBackend):
        def connect_tcp(self, host: str, port: int, **options: Any) -> Any:
            reached.append(host)
            raise fetching.httpcore.ConnectError("nobody there")

    monkeypatch.setattr(fetching.httpcore, "SyncBackend", Recording)
    assert refused(f"http://rebind.example:{port}/", permits=permits) == "unreachable"
    assert (asked, judged, reached) == (["rebind.example"], ["192.0.2.7"], ["192.0.2.7"])


def anywhere(address: fetching.Address) -> bool:
    return str(address) == "127.0.0.1"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/loop", "too_many_redirects"),
        ("/away", "private_address"),
        ("/file", "bad_address"),
        ("/picture", "wrong_content"),
        ("/401", "login"),
        ("/404", "gone"),
        ("/500", "bad_answer"),
    ],
)
def test_what_is_not_taken_says_why(site: str, path: str, code: str) -> None:
    assert refused(site + path, permits=anywhere) == code


def test_huge_packed_and_slow_bodies_are_cut_off(site: str) -> None:
    assert refused(f"{site}/big", permits=anywhere, largest=50_000) == "too_large"
    assert refused(f"{site}/zipped", permits=anywhere, largest=50_000) == "too_large"
    assert refused(f"{site}/slow", permits=anywhere, seconds=0.3) == "too_slow"


def test_a_page_comes_from_where_its_redirect_leads(site: str) -> None:
    fetched = safe_fetch(f"{site}/moved#part", permits=anywhere)
    assert (fetched.url, fetched.status, fetched.body) == (f"{site}/page", 200, b"<p>Hello</p>")
    assert len(safe_fetch(f"{site}/zipped", permits=anywhere).body) == 200_000


def test_what_did_not_change_is_not_sent_again(site: str) -> None:
    fetched = safe_fetch(f"{site}/unchanged", headers={"If-None-Match": '"1"'}, permits=anywhere)
    assert (fetched.status, fetched.body) == (304, b"")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://x.example/",
        "javascript:alert(1)",
        "http://",
        "http://a:b@x.example/",
        "http://x.example:0/",
        "http://x.example:99999/",
        "http://[::1",
        "http://x.example/\r\nHost: y",
        "http://x.example/ a",
        "//x",
    ],
)
def test_what_is_no_address_is_refused_before_anything_is_asked(url: str) -> None:
    assert refused(url) == "bad_address"
