"""Who may open a page of a site: members with at least the page's role.

A stranger to the site gets the same 404 as for a site that does not exist; a member whose role is too low is told so.
"""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.cache import add_never_cache_headers
from django_htmx.http import HttpResponseClientRedirect

from apps.accounts.devices import note_use
from apps.conversations import queries
from apps.conversations.models import Member, Site
from apps.people.members import lacks_second_factor

View = Callable[..., HttpResponseBase]
AsyncView = Callable[..., Coroutine[Any, Any, HttpResponseBase]]


def for_members(role: Member.Role = Member.Role.AGENT) -> Callable[[View], View]:
    """Calls the view with the `Member` in the place of `site_id`."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, site_id: UUID, **others: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return send_to_log_in(request)
            member = member_with(request.user, site_id=site_id, role=role)
            note_use(request)
            if lacks_second_factor(member):
                return send_to_second_factor(request)
            response = view(request, member, **others)
            add_never_cache_headers(
                response
            )  # the next person at this browser must not find it by going back
            return response

        return guarded

    return guard


def for_members_async(role: Member.Role = Member.Role.AGENT) -> Callable[[AsyncView], AsyncView]:
    """The same for a view that streams. Nobody is sent to the log-in page from there: a stream cannot show it."""

    def guard(view: AsyncView) -> AsyncView:
        @wraps(view)
        async def guarded(request: HttpRequest, site_id: UUID, **others: Any) -> HttpResponseBase:
            user = await request.auser()
            if not user.is_authenticated:
                return HttpResponse(status=401)
            member = await sync_to_async(member_with)(user, site_id=site_id, role=role)
            if await sync_to_async(lacks_second_factor)(member):
                return HttpResponse(status=401)
            return await view(request, member, **others)

        return guarded

    return guard


def member_with(user: Any, *, site_id: UUID, role: Member.Role) -> Member:
    try:
        member = queries.membership(user, site_id)
    except Site.DoesNotExist:
        raise Http404 from None
    if not member.may(role):
        raise PermissionDenied
    return member


def for_people(view: View) -> View:
    """For pages behind the log-in that belong to no site."""

    @wraps(view)
    def guarded(request: HttpRequest, **others: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return send_to_log_in(request)
        note_use(request)
        response = view(request, **others)
        add_never_cache_headers(response)
        return response

    return guarded


def send_to_log_in(request: HttpRequest) -> HttpResponse:
    return send_to(settings.LOGIN_URL, request)


def send_to_second_factor(request: HttpRequest) -> HttpResponse:
    """The site asks for one: it is set up first, and then one goes on."""
    return send_to("second_factor", request)


def send_to(name: str, request: HttpRequest) -> HttpResponse:
    """The whole page goes there, also when only a part of it was asked for."""
    htmx = getattr(request, "htmx", None)
    if htmx:
        here = htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(f"{resolve_url(name)}?{urlencode({'next': here})}")
    here = request.get_full_path() if request.method == "GET" else "/"
    return HttpResponseRedirect(f"{resolve_url(name)}?{urlencode({'next': here})}")
