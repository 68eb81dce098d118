"""Counts attempts in a window of time, in the broker so that every web process knows of them.

Without the broker each process counts for itself: a log-in page that is harder to guess at is worth more than one
that is exact.
"""

import hashlib
import time
from dataclasses import dataclass

import redis
from django.conf import settings
from django.core.cache import cache


@dataclass(frozen=True)
class Limit:
    """So many attempts in so many seconds."""

    name: str
    attempts: int
    seconds: int

    def take(self, subject: str) -> int:
        """Counts one attempt. Returns 0, or the seconds to wait when there were too many."""
        key = self._key(subject)
        try:
            count, left = _count_in_broker(key, seconds=self.seconds)
        except redis.RedisError:
            count, left = _count_here(key, seconds=self.seconds)
        return max(left, 1) if count > self.attempts else 0

    def forget(self, subject: str) -> None:
        key = self._key(subject)
        cache.delete(key)
        try:
            with _broker() as broker:
                broker.delete(key)
        except redis.RedisError:
            return  # it was counted here then, if at all

    def _key(self, subject: str) -> str:
        digest = hashlib.sha256(subject.strip().casefold().encode(errors="replace")).hexdigest()[:32]
        return f"throttle:{self.name}:{digest}"


def _broker() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=1)


def _count_in_broker(key: str, *, seconds: int) -> tuple[int, int]:
    with _broker() as broker, broker.pipeline() as pipe:
        count, _, left = pipe.incr(key).expire(key, seconds, nx=True).ttl(key).execute()
    return int(count), int(left)


def _count_here(key: str, *, seconds: int) -> tuple[int, int]:
    now = time.time()
    cache.add(key, (0, now + seconds), timeout=seconds)
    count, until = cache.get(key) or (0, now + seconds)
    cache.set(key, (count + 1, until), timeout=max(until - now, 1))
    return count + 1, int(until - now)
