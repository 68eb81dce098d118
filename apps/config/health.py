"""Whether the process is alive, what state its dependencies are in, and figures for Prometheus.

`/readyz` answers 200 as long as the database does: without the broker, Chroma or the model customers are still
served (from rows, by words, by quoting), so taking the process out of rotation would only make things worse.
"""

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from typing import Any

import httpx
import redis.asyncio as redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from redis.exceptions import RedisError

from apps.conversations.models import Conversation, Message
from apps.knowledge.models import Document, IndexJob
from dialogue import connect, is_ready

PROBE_SECONDS = 3.0
MODEL_PROBE_SECONDS = 10.0  # a busy model on two cores answers one token late, and is not down for it
MODEL_PROBE_KEPT = 5.0  # seconds that a probe's answer is good for: probes cost the model time

_model_probe: tuple[float, bool] = (-MODEL_PROBE_KEPT, False)  # when it ended (monotonic), what it said
_model_probe_lock = asyncio.Lock()


async def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "alive"})


async def readyz(request: HttpRequest) -> HttpResponse:
    names = list(PROBES)
    states = await asyncio.gather(*(_state(PROBES[name]) for name in names))
    dependencies = dict(zip(names, states, strict=True))
    return JsonResponse(
        {"status": _overall(dependencies), "dependencies": dependencies},
        status=200 if dependencies["database"]["state"] == "ready" else 503,
    )


def _overall(dependencies: dict[str, dict[str, object]]) -> str:
    if dependencies["database"]["state"] != "ready":
        return "unavailable"
    return "ready" if all(it["state"] == "ready" for it in dependencies.values()) else "degraded"


async def _state(probe: Callable[[], Awaitable[bool]]) -> dict[str, object]:
    started = time.monotonic()
    try:
        ready = await probe()
    except (DatabaseError, RedisError, OSError, httpx.HTTPError, TimeoutError):
        ready = False  # the reason is in the process's own log; this page is readable by anyone
    return {"state": "ready" if ready else "unavailable", "seconds": round(time.monotonic() - started, 3)}


async def _database() -> bool:
    def ask() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())

    return await asyncio.wait_for(sync_to_async(ask)(), PROBE_SECONDS)


async def _broker() -> bool:
    client = redis.from_url(settings.REDIS_URL, socket_timeout=PROBE_SECONDS, socket_connect_timeout=1)
    async with client:
        return bool(await client.ping())


async def _chroma() -> bool:
    async with httpx.AsyncClient(timeout=PROBE_SECONDS) as client:
        return (await client.get(f"{settings.CHROMA_URL}/api/v2/heartbeat")).is_success


async def _model() -> bool:
    """Ready means that a one-token completion came back: vLLM calls itself healthy while its engine hangs."""
    global _model_probe
    async with _model_probe_lock:
        ended, ready = _model_probe
        if time.monotonic() - ended >= MODEL_PROBE_KEPT:
            model = connect(
                base_url=settings.LLM_BASE_URL, api_key=settings.LLM_API_KEY, model=settings.LLM_MODEL
            )
            try:
                ready = await asyncio.wait_for(is_ready(model), MODEL_PROBE_SECONDS)
            except TimeoutError:
                ready = False
            _model_probe = (time.monotonic(), ready)
        return ready


def forget_probe() -> None:
    """The next question asks the model again."""
    global _model_probe
    _model_probe = (-MODEL_PROBE_KEPT, False)


PROBES: dict[str, Callable[[], Awaitable[bool]]] = {
    "database": _database,
    "broker": _broker,
    "chroma": _chroma,
    "model": _model,
}


# --- Figures ---------------------------------------------------------------------------------------------


class RowCounts:
    """Counts of rows by state, read when Prometheus asks: right whichever process answers."""

    def collect(self) -> Iterable[Metric]:
        counted: dict[str, tuple[str, QuerySet[Any], str]] = {
            "seekdesk_conversations": ("Conversations by status", Conversation.objects.all(), "status"),
            "seekdesk_documents": ("Documents by state", Document.objects.all(), "state"),
            "seekdesk_index_jobs": ("Index jobs by state", IndexJob.objects.all(), "state"),
            "seekdesk_replies": (
                "The assistant's replies by reason",
                Message.objects.filter(sender=Message.Sender.ASSISTANT),
                "reason",
            ),
        }
        for name, (description, rows, column) in counted.items():
            family = GaugeMetricFamily(name, description, labels=[column])
            for value, count in rows.order_by().values_list(column).annotate(Count("pk")):
                family.add_metric([value], count)
            yield family


def metrics(request: HttpRequest) -> HttpResponse:
    if not _may_read_metrics(request):
        return HttpResponse(
            "Set METRICS_TOKEN and send it as a bearer token.\n", status=403, content_type="text/plain"
        )
    return HttpResponse(
        generate_latest(REGISTRY) + generate_latest(RowCounts()),
        content_type=CONTENT_TYPE_LATEST,
    )


def _may_read_metrics(request: HttpRequest) -> bool:
    """From this very machine (not through a proxy on it), or with the token."""
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    address = request.META.get("REMOTE_ADDR", "")
    return "X-Forwarded-For" not in request.headers and bool(address) and ip_address(address).is_loopback
