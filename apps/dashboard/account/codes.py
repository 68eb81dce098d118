"""The second factor: asked for at log-in, set up by its QR code, and taken away again."""

import time
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import devices, second_factor
from apps.accounts.errors import AccountError, BadCode
from apps.accounts.models import User
from apps.audit.kinds import Kind
from apps.dashboard.access import for_people
from apps.dashboard.account.entrance import HALF_IN, let_in, next_page, note_failure
from apps.dashboard.throttling import Limit
from apps.people.members import record_everywhere

PATIENCE = 600  # seconds between password and code
CODES = Limit("second-factor", attempts=6, seconds=300)
PASSWORDS = Limit("password-again", attempts=10, seconds=300)


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def log_in_code(request: HttpRequest) -> HttpResponseBase:
    user = half_in(request)
    if user is None:
        return redirect("log_in")
    if request.method != "POST":
        return show_code(request)
    wait = CODES.take(str(user.pk))
    if wait:
        sentence = _("Too many attempts. Please wait some minutes.")
        response = show_code(request, sentence=sentence, status=429)
        response["Retry-After"] = str(wait)
        return response
    try:
        with transaction.atomic():
            recovered = second_factor.use_code(user, request.POST.get("code", ""), now=timezone.now())
            if recovered:
                left = user.recovery_codes.filter(used_at=None).count()
                record_everywhere(Kind.RECOVERY_CODE_USED, user=user, detail=f"{left} left")
    except BadCode as error:
        note_failure(request, name=user.username, detail="second factor")
        return show_code(request, sentence=error.sentence, status=422)
    CODES.forget(str(user.pk))
    return let_in(request, user, wanted=request.session.pop(HALF_IN)["next"])


def half_in(request: HttpRequest) -> User | None:
    """Whose password was right a moment ago, and is so still."""
    told = request.session.get(HALF_IN) or {}
    if time.time() - told.get("at", 0) > PATIENCE:
        return None
    user = User.objects.filter(pk=told.get("user", 0), is_active=True).first()
    if user is None or user.get_session_auth_hash() != told.get("hash"):
        return None
    user.backend = "django.contrib.auth.backends.ModelBackend"  # as `authenticate` leaves it
    return user


def show_code(request: HttpRequest, *, sentence: str = "", status: int = 200) -> HttpResponse:
    return render(request, "dashboard/account/code.html", {"sentence": sentence}, status=status)


# --- Setting up ---------------------------------------------------------------------------------------------------


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_people
def set_up(request: HttpRequest) -> HttpResponseBase:
    user: Any = request.user
    if second_factor.has_second_factor(user):
        return redirect("account")
    if request.method != "POST":
        return show_set_up(request)
    if CODES.take(f"set-up {user.pk}"):
        return show_set_up(request, sentence=_("Too many attempts. Please wait some minutes."), status=429)
    try:
        with transaction.atomic():
            codes = second_factor.confirm(user, code=request.POST.get("code", ""), now=timezone.now())
            record_everywhere(Kind.SECOND_FACTOR_ON, user=user, address=devices.address_in(request))
    except BadCode as error:
        return show_set_up(request, sentence=error.sentence, status=422)
    return show_codes(request, codes)


def show_set_up(request: HttpRequest, *, sentence: str = "", status: int = 200) -> HttpResponse:
    user: Any = request.user
    secret = second_factor.show_new(user)
    spaced = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    content = {
        "secret": spaced,
        "code_image": mark_safe(second_factor.drawn(second_factor.address_of(user, secret=secret))),  # noqa: S308 - drawn by us
        "sentence": sentence,
        "next": next_page(request),
        "asked_for": "next" in request.GET or "next" in request.POST,
    }
    return render(request, "dashboard/account/set_up.html", content, status=status)


def show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """Shown this once; only their digests are kept."""
    return render(
        request, "dashboard/account/recovery_codes.html", {"codes": codes, "next": next_page(request)}
    )


# --- Changing it: the password is asked for again -------------------------------------------------------------------


@sensitive_post_parameters("password")
@require_POST
@for_people
def renew_codes(request: HttpRequest) -> HttpResponseBase:
    user: Any = request.user
    if fault := password_fault(request):
        messages.error(request, fault)
        return redirect("account")
    if not second_factor.has_second_factor(user):
        return redirect("account")
    with transaction.atomic():
        codes = second_factor.make_recovery_codes(user)
        record_everywhere(Kind.RECOVERY_CODES_MADE, user=user, address=devices.address_in(request))
    return show_codes(request, codes)


@sensitive_post_parameters("password")
@require_POST
@for_people
def take_away(request: HttpRequest) -> HttpResponseBase:
    user: Any = request.user
    if fault := password_fault(request):
        messages.error(request, fault)
        return redirect("account")
    with transaction.atomic():
        second_factor.remove(user)
        record_everywhere(Kind.SECOND_FACTOR_OFF, user=user, address=devices.address_in(request))
    messages.success(request, _("The second factor is removed."))
    return redirect("account")


def password_fault(request: HttpRequest) -> str:
    """Whoever finds an open browser must not get further by it."""
    user: Any = request.user
    if PASSWORDS.take(str(user.pk)):
        return _("Too many attempts. Please wait some minutes.")
    try:
        second_factor.check_own_password(user, request.POST.get("password", ""))
    except AccountError as error:
        return error.sentence
    PASSWORDS.forget(str(user.pk))
    return ""
