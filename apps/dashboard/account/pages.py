"""A person's own page: name, language, password, second factor, and where they are logged in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import devices, passwords
from apps.accounts.models import Device, User
from apps.accounts.second_factor import has_second_factor
from apps.audit.kinds import Kind
from apps.conversations import queries
from apps.dashboard.access import for_people
from apps.dashboard.account.codes import password_fault
from apps.dashboard.account.entrance import remember_locale
from apps.people.members import record_everywhere


@dataclass(frozen=True, slots=True)
class Profile:
    """What stands in the form about oneself."""

    name: str
    email: str
    locale: str
    mails_mentions: bool


@require_safe
@for_people
def account(request: HttpRequest) -> HttpResponseBase:
    user: Any = request.user
    return show_account(request, Profile(user.display_name, user.email, user.locale, user.mails_mentions))


def show_account(request: HttpRequest, profile: Profile, *, fault: str = "") -> HttpResponseBase:
    """After a refusal the form is as it was sent, save the password."""
    user: Any = request.user
    content = {
        "profile": profile,
        "sentence": fault,
        "devices": list(devices.devices_of(user)),
        "here": request.session.session_key,
        "has_second_factor": has_second_factor(user),
        "codes_left": user.recovery_codes.filter(used_at=None).count(),
        "sites": list(queries.sites_of(user)),
        "languages": settings.LANGUAGES,
    }
    return render(request, "dashboard/account/account.html", content, status=422 if fault else 200)


@require_POST
@for_people
def save_profile(request: HttpRequest) -> HttpResponseBase:
    given = Profile(
        name=request.POST.get("name", "").replace("\x00", "").strip(),
        email=request.POST.get("email", "").strip().lower(),
        locale=request.POST.get("locale", ""),
        mails_mentions=request.POST.get("mails_mentions") == "yes",
    )
    if fault := _fault_in(request, given):
        return show_account(request, given, fault=fault)
    user: Any = request.user
    changes = {"email": given.email, "locale": given.locale, "mails_mentions": given.mails_mentions}
    User.objects.filter(pk=user.pk).update(first_name=given.name, last_name="", **changes)
    messages.success(request, _("Saved."))
    response = redirect("account")
    return remember_locale(response, given.locale) if given.locale else response


def _fault_in(request: HttpRequest, given: Profile) -> str:
    user: Any = request.user
    email = given.email
    if not 1 <= len(given.name) <= 150:
        return _("Please tell your name, in at most 150 characters.")
    if given.locale and given.locale not in dict(settings.LANGUAGES):
        return _("Choose one of the languages.")
    try:
        User._meta.get_field("email").clean(email, None)
    except ValidationError:
        return _("This is no e-mail address.")
    if email and User.objects.filter(email__iexact=email).exclude(pk=user.pk).exists():
        return _("This address cannot be used.")
    # Else whoever finds an open browser has a new password mailed to themselves.
    return password_fault(request) if email != user.email.lower() else ""


@sensitive_post_parameters("password", "new_password")
@require_POST
@for_people
def change_password(request: HttpRequest) -> HttpResponseBase:
    """Everywhere else one is logged out."""
    user: Any = request.user
    new = request.POST.get("new_password", "")
    if fault := password_fault(request) or passwords.fault_in(new, user=user):
        messages.error(request, fault)
        return redirect("account")
    before = request.session.session_key
    with transaction.atomic():
        passwords.set_password(user, new, but=before)
        record_everywhere(Kind.PASSWORD_CHANGED, user=user, address=devices.address_in(request))
    update_session_auth_hash(request, user)
    devices.follow(request, before=before)
    messages.success(request, _("Your password is changed. Elsewhere you are logged out."))
    return redirect("account")


@require_POST
@for_people
def end_session(request: HttpRequest, device_id: UUID) -> HttpResponseBase:
    user: Any = request.user
    rows = devices.devices_of(user).filter(pk=device_id)
    if not rows.exists():
        raise Http404
    return _ended(request, devices.end(rows))


@require_POST
@for_people
def end_other_sessions(request: HttpRequest) -> HttpResponseBase:
    user: Any = request.user
    return _ended(request, devices.end_others(user, but=request.session.session_key))


def _ended(request: HttpRequest, number: int) -> HttpResponseBase:
    user: Any = request.user
    record_everywhere(Kind.SESSIONS_ENDED, user=user, detail=str(number))
    told = ngettext("%(n)d session is ended.", "%(n)d sessions are ended.", number) % {"n": number}
    if Device.objects.filter(session_key=request.session.session_key or "").exists():
        messages.success(request, told)
    return redirect("account")
