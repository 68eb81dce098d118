"""One POST to an address that a person gave: by the rules of fetching, redirects not followed, an end to every wait.

A server that sends a byte now and then holds nobody up: whatever is read, written or connected ends with the deadline.
"""

import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore

from apps.knowledge.websites.fetching import AGENT, Address, FetchRefused, GuardedNetwork, checked, is_public

SECONDS = 10.0  # for all of it
KEPT = 1_024  # bytes of the answer


@dataclass(frozen=True, slots=True)
class Posted:
    status: int
    beginning: str  # of the answer


class Patience:
    """How long there is left."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def left(self, wanted: float | None) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if wanted is None else min(left, wanted)


class PatientStream(httpcore.NetworkStream):
    """Another stream, each of whose waits ends with the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, *, patience: Patience) -> None:
        self._stream, self._patience = stream, patience

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._patience.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._patience.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname, self._patience.left(timeout))
        return PatientStream(inner, patience=self._patience)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class PatientNetwork(GuardedNetwork):
    def __init__(self, *, permits: Callable[[Address], bool], patience: Patience) -> None:
        super().__init__(permits=permits)
        self._patience = patience

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port, self._patience.left(timeout), local_address, socket_options)
        return PatientStream(stream, patience=self._patience)


def post(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    permits: Callable[[Address], bool] = is_public,
    seconds: float = SECONDS,
    kept: int = KEPT,
) -> Posted:
    """Whatever was answered, a redirect too. `kept`: bytes of it. Raises `FetchRefused`."""
    url, patience = checked(url), Patience(seconds)
    sent = {
        "Host": urlsplit(url).netloc,
        "User-Agent": AGENT,
        "Accept-Encoding": "identity",
        "Connection": "close",
        "Content-Length": str(len(body)),
        **headers,
    }
    timeout = dict.fromkeys(("connect", "read", "write", "pool"), seconds / 2)
    try:
        with (
            httpcore.ConnectionPool(
                ssl_context=ssl.create_default_context(),
                network_backend=PatientNetwork(permits=permits, patience=patience),
                retries=0,
            ) as pool,
            pool.stream(
                "POST", url, headers=list(sent.items()), content=body, extensions={"timeout": timeout}
            ) as response,
        ):
            return Posted(response.status, _beginning(response, kept=kept))
    except httpcore.TimeoutException:
        raise FetchRefused("too_slow") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError):
        raise FetchRefused("unreachable") from None


def _beginning(response: httpcore.Response, *, kept: int) -> str:
    """The status has come and counts, whatever becomes of the rest."""
    beginning = b""
    try:
        for part in response.iter_stream():
            beginning += part
            if len(beginning) >= kept:
                break
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError):
        pass
    return beginning[:kept].decode("utf-8", "replace").replace("\x00", "")
