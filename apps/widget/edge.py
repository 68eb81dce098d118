"""Where the API meets the web: what browsers of other origins may read, what is refused before it is looked at,
and every error in one form.
"""

import logging
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from apps.conversations.errors import ConversationError, TooManyFiles
from apps.conversations.live.database import in_database
from apps.conversations.models import Conversation, Message
from apps.widget import attachments, origins
from apps.widget.refusals import Refused

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 64 * 1024
PREFLIGHT_SECONDS = "600"
RETRY_SECONDS = 5
View = Callable[..., Any]  # Django types views as sync; ours are async


# --- Errors -------------------------------------------------------------------------------------------------


def error_response(*, status: int, code: str, sentence: str, retry_after: int | None = None) -> JsonResponse:
    response = JsonResponse({"error": {"code": code, "message": sentence}}, status=status)
    if status in (429, 503):
        response["Retry-After"] = str(retry_after or RETRY_SECONDS)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def refuse(error: Refused) -> JsonResponse:
    return error_response(
        status=error.status, code=error.code, sentence=error.sentence, retry_after=error.retry_after
    )


def answer_error(request: HttpRequest, error: Any) -> HttpResponse:
    match error:
        case Refused():
            return refuse(error)
        case ConversationError():
            return error_from(error, status=error.status)
        case Http404() | Conversation.DoesNotExist() | Message.DoesNotExist():
            return refuse(Refused("not_found"))
        case ValidationError():
            return refuse_form(error)
        case HttpError() if error.status_code == 400:
            return refuse(Refused("bad_json"))
        case RequestDataTooBig():
            return refuse(Refused("too_large"))
        case OperationalError() | InterfaceError():
            logger.error("The database is unavailable: %s", error)
            return refuse(Refused("database_unavailable"))
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return refuse(Refused("server_error"))


def refuse_form(error: ValidationError) -> HttpResponse:
    """Text that is not Unicode gets the same code as text that cannot be stored; the rest names its places."""
    if any(one["type"] == "string_unicode" for one in error.errors):
        return error_from(ConversationError("bad_text"), status=422)
    refusal = Refused("invalid")
    places = sorted({".".join(str(step) for step in one["loc"][1:]) for one in error.errors})
    return error_response(status=422, code="invalid", sentence=f"{refusal.sentence} ({', '.join(places)})")


def error_from(error: ConversationError, *, status: int) -> HttpResponse:
    retry_after = error.retry_after if isinstance(error, TooManyFiles) else None
    return error_response(status=status, code=error.code, sentence=error.sentence, retry_after=retry_after)


# --- Every request ------------------------------------------------------------------------------------------


def at_the_edge(view: View) -> View:
    inner = view if iscoroutinefunction(view) else sync_to_async(view)

    @csrf_exempt
    async def edge(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = await answer(request, *args, **kwargs)
            return await let_browsers_read(request, response)
        except Exception as error:
            return answer_error(request, error)

    async def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "OPTIONS":
            return HttpResponse(status=204)
        refusal = first_look(request)
        if refusal is not None:
            return refuse(Refused(refusal))
        response: HttpResponseBase = await inner(request, *args, **kwargs)
        if response.status_code == 405:
            return not_allowed(response)
        return response

    return edge


def first_look(request: HttpRequest) -> str | None:
    """The code of what is wrong with the request before anybody reads it."""
    if attachments.is_upload(request):
        return None  # read where it is taken in, with a limit of its own
    try:
        size = len(request.body)
    except RequestDataTooBig:
        return "too_large"
    if size > MAX_BODY_BYTES:
        return "too_large"
    if request.method == "POST" and size and request.content_type != "application/json":
        return "json_only"
    return None


def not_allowed(response: HttpResponseBase) -> HttpResponse:
    refusal = refuse(Refused("method_not_allowed"))
    refusal["Allow"] = response["Allow"]
    return refusal


async def let_browsers_read(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Cache-Control", "no-store")
    response["Vary"] = "Origin, Accept-Language"
    origin = request.headers.get("Origin", "").lower()
    if origin and (origins.is_ours(origin, request=request) or await in_database(origins.is_known, origin)):
        response["Access-Control-Allow-Origin"] = request.headers["Origin"]
        response["Access-Control-Expose-Headers"] = "Retry-After"
        if request.method == "OPTIONS":
            response["Access-Control-Allow-Methods"] = "GET, POST"
            response["Access-Control-Allow-Headers"] = (
                f"Authorization, Content-Type, Last-Event-ID, {attachments.NAME_HEADER}"
            )
            response["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
    return response


def nothing_here(request: HttpRequest, **_: Any) -> HttpResponse:
    """Also what later versions add."""
    return refuse(Refused("not_found"))


def urls_of(api: NinjaAPI) -> list[URLPattern]:
    """The API's addresses, each behind the edge, and a clean 404 for all others."""
    patterns = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern)]
    for pattern in patterns:
        pattern.callback = at_the_edge(pattern.callback)
    return [*patterns, re_path(r"^.*$", at_the_edge(nothing_here))]


def answer_errors_of(api: NinjaAPI) -> None:
    for kind in (Exception, HttpError, ValidationError):
        api.add_exception_handler(kind, answer_error)
