"""The way to the broker (Redis protocol), and around it while it is gone.

Knows keys and bytes, nothing of conversations. Clients are handed out untyped, since redis-py types each answer as all
that it might be. A call never waits for a broker that did not answer a moment ago:
the circuit stays open for two seconds after each failure.
"""

import asyncio
import functools
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0
REST_SECONDS = 2.0
GONE = (RedisError, OSError, TimeoutError)


class BrokerGone(Exception):
    """The broker does not answer now."""


class Circuit:
    """Open after a failure: then nobody asks until the rest is over."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open_until = -REST_SECONDS

    @contextmanager
    def guard(self) -> Iterator[None]:
        if self._clock() < self._open_until:
            raise BrokerGone
        try:
            yield
        except GONE as error:
            self._open_until = self._clock() + REST_SECONDS
            logger.warning("The broker does not answer: %s", error)
            raise BrokerGone from error

    def close(self) -> None:
        self._open_until = -REST_SECONDS


circuit = Circuit()


@contextmanager
def broker() -> Iterator[Any]:
    """Raises BrokerGone, at once when it is known to be gone."""
    with circuit.guard():
        yield _client(settings.REDIS_URL)


@asynccontextmanager
async def async_broker() -> AsyncIterator[Any]:
    with circuit.guard():
        yield async_client()


@functools.cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, **_options())


# An asyncio connection belongs to its event loop: a worker may use several loops, one after the other.
_async_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Any]] = WeakKeyDictionary()


def async_client() -> redis.asyncio.Redis:
    clients = _async_clients.setdefault(asyncio.get_running_loop(), {})
    url = settings.REDIS_URL
    if url not in clients:
        pool = redis.asyncio.BlockingConnectionPool.from_url(url, max_connections=32, timeout=5, **_options())
        clients[url] = redis.asyncio.Redis(connection_pool=pool)
    client: redis.asyncio.Redis = clients[url]
    return client


def _options() -> dict[str, Any]:
    return {
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        "health_check_interval": 15,
    }
