"""A company's server that hears webhooks, and behaves as it is told."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

LONG = "x" * 5_000


@dataclass
class Receiver:
    """`behaves`: a status, or `hangs`, `drips`, `closes`, `garbles`."""

    address: str = ""
    behaves: Any = 200
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]


def handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.heard.append((dict(self.headers), body))
            match receiver.behaves:
                case int(status):
                    self.send_response(status)
                    if 300 <= status < 400:
                        self.send_header("Location", receiver.address + "elsewhere")
                    self.send_header("Content-Length", str(len(LONG)))
                    self.end_headers()
                    self.wfile.write(LONG.encode())
                case "hangs":
                    receiver.over.wait(20)
                case "drips":
                    self._drip()
                case "garbles":
                    self.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")

        def do_GET(self) -> None:
            receiver.heard.append((dict(self.headers), b"null"))
            self.send_response(200)
            self.end_headers()

        def _drip(self) -> None:
            try:
                while not receiver.over.wait(0.05):
                    self.wfile.write(b"H")
                    self.wfile.flush()
            except OSError:
                pass

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(receiver))
    receiver.address = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield receiver
    receiver.over.set()
    server.shutdown()
    thread.join()
    server.server_close()
