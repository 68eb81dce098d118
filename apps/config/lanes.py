"""Two ways in: pages pass all of Django's middleware, the APIs and static files only what concerns them.

A customer's call brings no session, no cookie and no form, and all of it is async. Through the middleware of pages each
call would be handed to a thread and back a dozen times, which costs more than taking in the message. What a page's
answer promises to browsers (`SecurityMiddleware`, language, policy) the API's answers promise too.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import set_script_prefix

from apps.config.lifespan import live
from apps.config.static_files import StaticFiles
from apps.dashboard.security import seal

Answer = Callable[[HttpRequest], Awaitable[HttpResponseBase]]
Scope = dict[str, Any]


class Lanes:
    """The ASGI application: which handler a request goes to."""

    def __init__(self, pages: ASGIHandler) -> None:
        self.pages, self.short = pages, ShortHandler()
        self.short_paths = ("/api/", "/v1/", settings.STATIC_URL)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        is_short = scope["type"] == "http" and scope["path"].startswith(self.short_paths)
        await (self.short if is_short else self.pages)(scope, receive, send)


class ShortHandler(ASGIHandler):
    """Calls the view with next to nothing in between."""

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        view: Any = self._get_response_async  # type: ignore[attr-defined] # BaseHandler's, which the stubs leave out
        inner = promising(StaticFiles(convert_exception_to_response(view)))  # type: ignore[arg-type] # it is async
        self._middleware_chain: Any = convert_exception_to_response(inner)

    async def handle(self, scope: Scope, receive: Any, send: Any) -> None:
        """As Django's, without what its signals tidy up in a request's thread: there is none."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        set_script_prefix(get_script_prefix(scope))
        request, refusal = self.create_request(scope, body)
        answering = asyncio.create_task(self._answer(request, refusal, send=send))
        leaving = asyncio.create_task(self.listen_for_disconnect(receive))
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        await _stop(leaving)
        await _stop(answering)
        body.close()
        if not answering.cancelled() and (error := answering.exception()):
            raise error

    async def _answer(self, request: Any, refusal: HttpResponseBase | None, *, send: Any) -> None:
        response = refusal or await self.run_get_response(request)
        try:
            await self.send_response(response, send)
        finally:
            response.close()


async def _stop(task: "asyncio.Task[Any]") -> None:
    """Says so until it is heard: a library in between may swallow one cancellation."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1)
    if not task.cancelled():
        task.exception()  # looked at


def promising(get_response: Answer) -> Answer:
    """Adds to the API's answers what the middleware of pages adds to theirs."""
    security, locale = SecurityMiddleware(_nothing), LocaleMiddleware(_nothing)

    async def answer(request: HttpRequest) -> HttpResponseBase:
        moved = security.process_request(request)  # to https
        locale.process_request(request)
        response: Any = moved or await get_response(request)
        security.process_response(request, response)
        response.headers.setdefault("X-Frame-Options", "DENY")
        if not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return seal(response)

    return answer


def _nothing(request: HttpRequest) -> Any:
    return None
