"""The one way in which an address that a person gave is fetched.

The host's addresses are looked up once and all judged, and the connection goes to one that was judged: a name that
answers differently a moment later (DNS rebinding) leads nowhere else. Every redirect is judged anew. Body, time,
redirects and kinds of content are capped. Knows nothing of what is done with a page.
"""

import ipaddress
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpcore

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
AGENT = "SeekDeskBot"
LARGEST = 5 * 1024**2
SECONDS = 20.0  # for one page, redirects included
REDIRECTS = 5
CONTENT = ("text/html", "application/xhtml+xml", "text/plain", "text/xml", "application/xml")
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class FetchRefused(Exception):
    """Nothing came, or nothing that is taken; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """`url` is where the redirects led. `status` is 200, or 304 where nothing changed."""

    url: str
    status: int
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def is_public(address: Address) -> bool:
    """Whether it leads to the world: not to this machine, its networks, or one of those inside another spelling."""
    return all(
        one.is_global and not one.is_multicast and not one.is_reserved and not one.is_unspecified
        for one in _inside(address) or (address,)
    )


def _inside(address: Address) -> tuple[ipaddress.IPv4Address, ...]:
    """IPv4 addresses that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    inside = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return tuple(one for one in inside if one is not None)


class GuardedNetwork(httpcore.NetworkBackend):
    """Connects to addresses that may be reached, and only to the very ones that were judged."""

    def __init__(self, *, permits: Callable[[Address], bool]) -> None:
        self._permits = permits
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = resolve(host, port)
        if not all(self._permits(address) for address in addresses):
            raise FetchRefused("private_address")
        return self._network.connect_tcp(str(addresses[0]), port, timeout=timeout)

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        raise FetchRefused("private_address")


def resolve(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchRefused("unknown_host") from None
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def safe_fetch(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    permits: Callable[[Address], bool] = is_public,
    seconds: float = SECONDS,
    largest: int = LARGEST,
) -> Fetched:
    """The page at an address, wherever its redirects lead. Raises `FetchRefused`."""
    deadline = time.monotonic() + seconds
    network = GuardedNetwork(permits=permits)
    with httpcore.ConnectionPool(
        ssl_context=ssl.create_default_context(), network_backend=network, retries=0
    ) as pool:
        for _hop in range(REDIRECTS + 1):
            url = checked(url)
            fetched = _fetch_one(pool, url, headers=headers or {}, deadline=deadline, largest=largest)
            if fetched.status in (200, 304):
                return fetched
            url = urljoin(url, fetched.headers.get("location", ""))
    raise FetchRefused("too_many_redirects")


def checked(url: str) -> str:
    """The address as it is asked for, without its fragment; http and https only, and no log-in in it."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise FetchRefused("bad_address") from None
    plain = url.isprintable() and " " not in url.strip() and len(url) <= 1_000
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.username
        or not plain
        or port == 0
    ):
        raise FetchRefused("bad_address")
    try:
        host = parts.hostname if ":" in parts.hostname else parts.hostname.encode("idna").decode()
    except UnicodeError:
        raise FetchRefused("bad_address") from None
    host = f"[{host}]" if ":" in host else host
    path = urlsplit(httpcore_path(parts.path or "/")).path
    return urlunsplit(
        (parts.scheme, f"{host}:{port}" if port else host, path, httpcore_path(parts.query), "")
    )


def httpcore_path(text: str) -> str:
    """As it may stand in a request: letters of other scripts as percent signs."""
    return "".join(letter if letter.isascii() else _percent(letter) for letter in text)


def _percent(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode())


def _fetch_one(
    pool: httpcore.ConnectionPool, url: str, *, headers: Mapping[str, str], deadline: float, largest: int
) -> Fetched:
    left = max(0.1, deadline - time.monotonic())
    asked = {
        "Host": urlsplit(url).netloc,
        "User-Agent": AGENT,
        "Accept": ", ".join(CONTENT),
        "Accept-Encoding": "identity",
        **headers,
    }
    timeout = dict.fromkeys(("connect", "read", "write", "pool"), min(left, 10.0))
    try:
        with pool.stream(
            "GET", url, headers=list(asked.items()), extensions={"timeout": timeout}
        ) as response:
            return _taken(response, url=url, deadline=deadline, largest=largest)
    except httpcore.TimeoutException:
        raise FetchRefused("too_slow") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError):
        raise FetchRefused("unreachable") from None


def _taken(response: httpcore.Response, *, url: str, deadline: float, largest: int) -> Fetched:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    status = response.status
    if status in (301, 302, 303, 307, 308) and headers.get("location"):
        return Fetched(url=url, status=status, headers=headers)
    if status == 304:
        return Fetched(url=url, status=status, headers=headers)
    if status != 200:
        raise FetchRefused(_refusal_of(status))
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in CONTENT:
        raise FetchRefused("wrong_content")
    body = _read(response, encoding=headers.get("content-encoding", ""), deadline=deadline, largest=largest)
    return Fetched(url=url, status=200, body=body, content_type=content_type, headers=headers)


def _refusal_of(status: int) -> str:
    if status in (404, 410):
        return "gone"
    return "login" if status in (401, 403, 407) else "bad_answer"


def _read(response: httpcore.Response, *, encoding: str, deadline: float, largest: int) -> bytes:
    """A server that packs its answer unasked is unpacked, as far as the cap goes."""
    if encoding.lower() not in ("", "identity", "gzip"):
        raise FetchRefused("wrong_content")
    unpack = zlib.decompressobj(wbits=31) if encoding.lower() == "gzip" else None
    body = bytearray()
    for part in response.iter_stream():
        if time.monotonic() > deadline:
            raise FetchRefused("too_slow")
        try:
            body += unpack.decompress(part, largest + 1 - len(body)) if unpack else part
        except zlib.error:
            raise FetchRefused("bad_answer") from None
        if len(body) > largest:
            raise FetchRefused("too_large")
    return bytes(body)
