"""Errors are answered in one place: a code and a sentence for programs, a plain page for people.

Knows no room's details: whatever carries `code`, `sentence` and `status` is answered with them; what is merely
unavailable (database, broker) is a 503 that says so; anything else is logged in full and told in one sentence.
"""

import logging
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)

UNAVAILABLE = (OperationalError, InterfaceError)


class ErrorMiddleware:
    """Turns an exception that a view raised into an answer."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, UNAVAILABLE):
            logger.error("Database unavailable: %s", error)
            return answer(
                request,
                503,
                "database_unavailable",
                _("We cannot reach our records right now. Please try again."),
            )
        if hasattr(error, "code") and hasattr(error, "sentence") and hasattr(error, "status"):
            return answer(request, error.status, error.code, str(error.sentence))
        return None


def answer(request: HttpRequest, status: int, code: str, sentence: str) -> HttpResponse:
    response: HttpResponse
    if request.path.startswith(("/api/", "/v1/")) or "application/json" in request.headers.get("Accept", ""):
        response = JsonResponse({"error": {"code": code, "message": sentence}}, status=status)
    else:
        response = render(request, "error.html", {"status": status, "sentence": sentence}, status=status)
    if status in (429, 503):
        response["Retry-After"] = "5"
    return response


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, 404, "not_found", _("There is nothing at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    return answer(
        request, 500, "server_error", _("Something went wrong on our side. It has been written down.")
    )
