"""Whoever asks a form's address for a page comes to the page that the form belongs to.

A form that is refused is answered where it was sent, so that nothing typed is lost. What a person does next there asks
the form's address: the next page of a list, another language, a look at the address line. The page is above the form.
"""

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import resolve
from django.utils.decorators import sync_and_async_middleware

ROOT = "/dashboard/"
ONES_OWN = "/account/"


@sync_and_async_middleware
def way_back(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    def sync(request: HttpRequest) -> HttpResponseBase:
        return led_back(request, get_response(request))

    async def asynchronous(request: HttpRequest) -> HttpResponseBase:
        return led_back(request, await get_response(request))

    return asynchronous if iscoroutinefunction(get_response) else sync


def led_back(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if response.status_code != 405 or not _is_page_asked_for(request):
        return response
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(page_above(request.path) + (f"?{query}" if query else ""))


def _is_page_asked_for(request: HttpRequest) -> bool:
    accepted = request.headers.get("Accept", "")
    return request.method == "GET" and request.path.startswith((ROOT, ONES_OWN)) and "text/html" in accepted


def page_above(path: str) -> str:
    """The nearest address above that is one; where it is a form's too, the next step leads on."""
    while path != ROOT:
        path = path.rstrip("/").rpartition("/")[0] + "/"
        try:
            resolve(path)
        except Http404:
            continue
        return path
    return ROOT
