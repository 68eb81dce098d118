"""Stand-in servers for `/v1/embeddings` and `/v1/rerank` on this machine, which misbehave when they are told to."""

import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from retrieval.testing import FakeEmbeddings
from retrieval.tokens import words_of

SLOW = 0.5  # seconds
Answer = dict[str, Any]


class StandInServer:
    """Answers POSTs by `answer`. `misbehave` names what the next answers are to be, one after the other."""

    def __init__(self, *, key: str = "") -> None:
        self.key = key
        self.faults: deque[str] = deque()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def misbehave(self, *faults: str) -> None:
        self.faults.extend(faults)

    def answer(self, asked: Answer) -> Answer:
        raise NotImplementedError

    def spoil(self, answer: Answer, *, fault: str) -> Any:
        """The answer with the fault in it."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        return _handler_of(self)

    def _reply(self, asked: Answer, *, authorization: str) -> tuple[int, bytes]:
        answer = self.answer(asked)
        fault = self.faults.popleft() if self.faults else ""
        if self.key and authorization != f"Bearer {self.key}":
            return 401, b'{"error": "who are you?"}'
        if fault.isdecimal():
            return int(fault), b'{"error": "as it was told to"}'
        if fault == "page":
            return 200, b"<html>Welcome</html>"
        if fault == "slow":
            time.sleep(SLOW)
        return 200, json.dumps(self.spoil(answer, fault=fault)).encode()


def _handler_of(server: StandInServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = server._reply(asked, authorization=self.headers.get("Authorization", ""))
            with contextlib.suppress(ConnectionError):  # who asked may not have waited
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


class RerankServer(StandInServer):
    """Gives each text the share of the question's words that it holds, in the `shape` that a server of the kind answers in."""

    model = "stand-in-reranker"

    def __init__(self, *, key: str = "", shape: str = "jina") -> None:
        self.asked: list[Answer] = []
        self.shape = shape
        super().__init__(key=key)

    def answer(self, asked: Answer) -> Answer:
        self.asked.append(asked)
        wanted = set(words_of(asked["query"]))
        shares = [len(wanted & set(words_of(text))) / len(wanted) for text in asked["documents"]]
        scored = sorted(enumerate(shares), key=lambda item: -item[1])
        name = "score" if self.shape in ("tei", "voyage") else "relevance_score"
        results = [{"index": number, name: share} for number, share in scored]
        return {"voyage": {"data": results}, "tei": {"list": results}}.get(self.shape, {"results": results})

    def spoil(self, answer: Answer, *, fault: str) -> Any:
        """Also gives the bare list its shape, whatever the fault."""
        results = next(iter(answer.values()))
        if fault == "missing":
            results.pop()
        elif fault == "twice":
            results[0]["index"] = results[-1]["index"]
        elif fault == "nan":
            results[0].update(dict.fromkeys(results[0].keys() - {"index"}, float("nan")))
        elif fault == "null":
            results[0].update(dict.fromkeys(results[0].keys() - {"index"}))
        return answer.get("list", answer)


class EmbeddingServer(StandInServer):
    """Embeds as `FakeEmbeddings` does, with the same large number put at the end of each vector if `shares` says so.

    Within `holding(text)` it answers nobody who asks for a text that contains it: so a job stands in its middle for as
    long as a test needs.
    """

    model = "stand-in-embedder"

    def __init__(self, *, key: str = "") -> None:
        self.asked: list[list[str]] = []
        self.shares = 0.0
        self.delay = 0.0  # seconds for each request
        self._held = ""
        self._waiting = threading.Event()
        self._released = threading.Event()
        super().__init__(key=key)

    @contextlib.contextmanager
    def holding(self, text: str) -> Iterator[threading.Event]:
        """The event is set once somebody waits."""
        self._waiting.clear()
        self._released.clear()
        self._held = text
        try:
            yield self._waiting
        finally:
            self._held = ""
            self._released.set()

    def answer(self, asked: Answer) -> Answer:
        self.asked.append(asked["input"])
        if self._held and any(self._held in text for text in asked["input"]):
            self._waiting.set()
            self._released.wait()
        time.sleep(self.delay)
        rows = FakeEmbeddings().embed_documents(asked["input"])
        if self.shares:
            rows = [[*row, self.shares] for row in rows]
        data = [{"object": "embedding", "index": n, "embedding": row} for n, row in enumerate(rows)]
        return {"object": "list", "model": asked["model"], "data": data[::-1]}

    def spoil(self, answer: Answer, *, fault: str) -> Answer:
        first = answer["data"][0]
        spoiled: dict[str, Callable[[], Answer]] = {
            "nan": lambda: first | {"embedding": [float("nan"), *first["embedding"][1:]]},
            "null": lambda: first | {"embedding": [None, *first["embedding"][1:]]},
            "zeros": lambda: first | {"embedding": [0.0] * len(first["embedding"])},
            "short": lambda: first | {"embedding": first["embedding"][:-1]},
            "empty": lambda: first | {"embedding": []},
        }
        if fault == "missing":
            return answer | {"data": answer["data"][1:]}
        return answer | {"data": [spoiled[fault](), *answer["data"][1:]]} if fault in spoiled else answer
