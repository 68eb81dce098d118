"""Log in and out, choose a language, find one's sites."""

import math
import time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.devices import address_in
from apps.accounts.models import User
from apps.accounts.second_factor import has_second_factor
from apps.audit.kinds import Kind
from apps.audit.recording import record
from apps.conversations import queries
from apps.dashboard.access import for_people
from apps.dashboard.throttling import Limit
from apps.people.members import record_everywhere

# Attempts are counted before the password is looked at, so that many at once do not slip through together.
PER_ADDRESS = Limit("log-in-address", attempts=30, seconds=300)
PER_ACCOUNT = Limit("log-in-account", attempts=10, seconds=300)
LAST_SITE = "site_id"  # in the session
HALF_IN = "half_in"  # in the session: whose password was right, when, and where to go on
YEAR = 365 * 24 * 3600


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(next_page(request))
        return show_log_in(request, AuthenticationForm(request))
    wait = seconds_to_wait(request)
    if wait:
        return refuse_for_now(request, wait)
    form = AuthenticationForm(request, data=request.POST)
    if not form.is_valid():
        note_failure(request, name=request.POST.get("username", ""))
        return show_log_in(request, form, status=422)
    return enter(request, form.get_user())


def enter(request: HttpRequest, user: Any) -> HttpResponse:
    """A right password clears its account's count; the address keeps its own. A second factor is asked for next."""
    PER_ACCOUNT.forget(request.POST.get("username", ""))
    if has_second_factor(user):
        ask_for_code(request, user, wanted=next_page(request))
        return redirect("log_in_code")
    return let_in(request, user, wanted=next_page(request))


def let_in(request: HttpRequest, user: User, *, wanted: str) -> HttpResponse:
    with transaction.atomic():
        login(request, user)
        record_everywhere(Kind.LOG_IN, user=user, address=address_in(request))
    response = redirect(wanted)
    return remember_locale(response, user.locale) if user.locale else response


def note_failure(request: HttpRequest, *, name: str, detail: str = "") -> None:
    """At the sites of whoever is called so. What was typed is not kept: it may be a password in the wrong field."""
    user = User.objects.filter(username__iexact=name.replace("\x00", "")).first()
    if user is None:
        record(Kind.LOG_IN_FAILED, site_id=None, address=address_in(request))
    else:
        record_everywhere(Kind.LOG_IN_FAILED, user=user, detail=detail, address=address_in(request))


def ask_for_code(request: HttpRequest, user: User, *, wanted: str) -> None:
    """Nobody is logged in yet. A password that changes meanwhile ends it."""
    request.session.cycle_key()
    request.session[HALF_IN] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "at": time.time(),
        "next": wanted,
    }


def seconds_to_wait(request: HttpRequest) -> int:
    return max(
        PER_ADDRESS.take(request.META.get("REMOTE_ADDR", "")),
        PER_ACCOUNT.take(request.POST.get("username", "")),
    )


def refuse_for_now(request: HttpRequest, wait: int) -> HttpResponse:
    minutes = math.ceil(wait / 60)
    sentence = ngettext(
        "Too many attempts. Please try again in %(minutes)d minute.",
        "Too many attempts. Please try again in %(minutes)d minutes.",
        minutes,
    ) % {"minutes": minutes}
    response = show_log_in(request, AuthenticationForm(request), status=429, sentence=sentence)
    response["Retry-After"] = str(wait)
    return response


def show_log_in(
    request: HttpRequest, form: AuthenticationForm, *, status: int = 200, sentence: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "sentence": sentence,
        "next": next_page(request),
        "username": request.POST.get("username", ""),
    }
    return render(request, "dashboard/log_in.html", context, status=status)


def next_page(request: HttpRequest) -> str:
    """Where to go on; only to a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else resolve_url(settings.LOGIN_REDIRECT_URL)


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect(settings.LOGIN_URL)


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Kept in a cookie for this browser, and with the person for the next one."""
    response = redirect(next_page(request))
    locale = request.POST.get("locale", "")
    if locale not in dict(settings.LANGUAGES):
        return response
    if isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(locale=locale)
    return remember_locale(response, locale)


def remember_locale(response: HttpResponse, locale: str) -> HttpResponse:
    if translation.check_for_language(locale):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            locale,
            max_age=YEAR,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


@require_safe
@for_people
def dashboard(request: HttpRequest) -> HttpResponseBase:
    """Straight to the site one was at, or the only one; else a page to choose from."""
    assert isinstance(request.user, User)  # noqa: S101 - `for_people` let nobody else in
    sites = queries.sites_of(request.user)
    last = next((site for site in sites if str(site.pk) == request.session.get(LAST_SITE)), None)
    if "choose" not in request.GET and (last or len(sites) == 1):
        return redirect("conversations", site_id=(last or sites[0]).pk)
    return render(request, "dashboard/sites.html", {"sites": sites})


def remember_site(request: HttpRequest, site_id: UUID) -> None:
    if request.session.get(LAST_SITE) != str(site_id):
        request.session[LAST_SITE] = str(site_id)
