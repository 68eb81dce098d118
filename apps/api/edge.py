"""Where the API meets the web: what is refused before it is looked at, and every error in the form of its address."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException
from django.http.response import HttpResponseBase
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from apps.api.refusals import Refused
from apps.conversations.live.database import in_database
from retrieval import IndexUnavailable

logger = logging.getLogger(__name__)

MAX_JSON_BYTES = 256 * 1024
ROOM_FOR_FORM = 64 * 1024  # what a form may be larger than its file
RETRY_SECONDS = 5
FORM = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Told:
    """What a program is told of an error. `place`: the part of the request that is meant."""

    status: int
    code: str
    sentence: str
    retry_after: int | None = None
    place: str = ""


Render = Callable[[Told], HttpResponse]  # in the form of the API's address
View = Callable[..., Any]  # Django types views as sync; ours are async


# --- Errors -------------------------------------------------------------------------------------------------


def answer_error(request: HttpRequest, error: Any, *, render: Render) -> HttpResponse:
    told = told_of(error)
    if told.status == 500:
        logger.error("%s %s failed", request.method, request.path, exc_info=error)
    response = render(told)
    if told.status in (429, 503):
        response["Retry-After"] = str(told.retry_after or RETRY_SECONDS)
    if told.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def told_of(error: Any) -> Told:
    match error:
        case Refused():
            return Told(error.status, error.code, error.sentence, error.retry_after, place=error.detail)
        case ValidationError():
            return of_form(error)
        case Http404():
            return told_of(Refused("not_found"))
        case RequestDataTooBig():
            return told_of(Refused("too_large"))
        case RawPostDataException():  # a form, where JSON is read
            return told_of(Refused("json_only"))
        case MultiPartParserError() | SuspiciousOperation() | BadRequest():
            return told_of(Refused("bad_form"))
        case HttpError() if error.status_code == 400:
            return told_of(Refused("bad_json"))
        case IndexUnavailable():
            return told_of(Refused("search_unavailable"))
        case OperationalError() | InterfaceError():
            logger.error("The database is unavailable: %s", error)
            return told_of(Refused("database_unavailable"))
        case _ if all(hasattr(error, name) for name in ("status", "code", "sentence")):
            return Told(error.status, error.code, str(error.sentence))  # a refusal of a room below
    return told_of(Refused("server_error"))


def of_form(error: ValidationError) -> Told:
    places = sorted({".".join(str(step) for step in one["loc"][1:]) for one in error.errors})
    return told_of(Refused("invalid", detail=", ".join(places)))


# --- Every request ------------------------------------------------------------------------------------------


def at_the_edge(view: View, *, render: Render) -> View:
    inner = view if iscoroutinefunction(view) else sync_to_async(view)

    @csrf_exempt
    async def edge(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            await first_look(request)
            response: HttpResponseBase = await inner(request, *args, **kwargs)
            if response.status_code == 405:
                return not_allowed(request, response, render=render)
        except Exception as error:
            return answer_error(request, error, render=render)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return edge


async def first_look(request: HttpRequest) -> None:
    """Refuses what need not be read, and reads a form where waiting for the disk holds nobody up."""
    if request.content_type == FORM:
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.MAX_DOCUMENT_BYTES + ROOM_FOR_FORM:
            raise Refused("too_large")
        await in_database(lambda: request.FILES)
        return
    size = len(request.body)
    if size > MAX_JSON_BYTES:
        raise Refused("too_large")
    if request.method != "GET" and size and request.content_type != "application/json":
        raise Refused("json_only")


def not_allowed(request: HttpRequest, response: HttpResponseBase, *, render: Render) -> HttpResponse:
    refusal = answer_error(request, Refused("method_not_allowed"), render=render)
    refusal["Allow"] = response["Allow"]
    return refusal


def nothing_here(request: HttpRequest, **_: Any) -> HttpResponse:
    raise Refused("not_found")


def urls_of(api: NinjaAPI, *, render: Render) -> list[URLPattern]:
    """The API's addresses, each behind the edge, and a clean 404 for all others."""
    for kind in (Exception, HttpError, ValidationError):
        api.add_exception_handler(kind, partial(answer_error, render=render))
    patterns = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern)]
    for pattern in patterns:
        pattern.callback = at_the_edge(pattern.callback, render=render)
    return [*patterns, re_path(r"^.*$", at_the_edge(nothing_here, render=render))]
