"""Response headers for pages: everything they load comes from our own origin, and no script stands in the page."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)


@sync_and_async_middleware
def content_policy(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Sets the policy on every response that brings none of its own (the widget's frame does)."""

    def sync(request: HttpRequest) -> HttpResponseBase:
        return seal(get_response(request))

    async def asynchronous(request: HttpRequest) -> HttpResponseBase:
        response: Awaitable[HttpResponseBase] = get_response(request)
        return seal(await response)

    return asynchronous if iscoroutinefunction(get_response) else sync


def seal(response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    return response
