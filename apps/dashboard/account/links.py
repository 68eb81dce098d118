"""Doors for people who are not logged in: a forgotten password, and an invitation."""

from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.accounts import passwords, tasks
from apps.accounts.devices import address_in
from apps.accounts.models import User
from apps.audit.kinds import Kind
from apps.dashboard.throttling import Limit
from apps.people import inviting
from apps.people.errors import LinkInvalid, PeopleError
from apps.people.inviting import NewPerson
from apps.people.members import record_everywhere
from apps.people.models import Invitation

ASKED = Limit("password-mail", attempts=5, seconds=3600)
OPENED = Limit("link", attempts=60, seconds=300)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgot_password(request: HttpRequest) -> HttpResponseBase:
    """Whoever asks is told the same, whether there is such a person or not."""
    if request.method != "POST":
        return render(request, "dashboard/account/forgot.html")
    name = request.POST.get("name", "").replace("\x00", "").strip()[:320]
    if ASKED.take(address_in(request)) or ASKED.take(f"name {name}"):
        return render(request, "dashboard/account/forgot.html", {"wait": True}, status=429)
    for user in passwords.people_called(name).exclude(email="")[:3]:
        tasks.ring_reset(user.pk)
    return render(request, "dashboard/account/forgot.html", {"asked": True})


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_password(request: HttpRequest, person: str, token: str) -> HttpResponseBase:
    user = None if OPENED.take(address_in(request)) else passwords.person_for(person, token)
    if user is None:
        return render(request, "dashboard/account/set_password.html", {"invalid": True}, status=404)
    if request.method != "POST":
        return render(request, "dashboard/account/set_password.html")
    password = request.POST.get("password", "")
    if fault := passwords.fault_in(password, user=user):
        return render(request, "dashboard/account/set_password.html", {"sentence": fault}, status=422)
    with transaction.atomic():
        passwords.set_password(user, password)
        record_everywhere(Kind.PASSWORD_CHANGED, user=user, detail="by mail", address=address_in(request))
    return redirect("log_in")


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    try:
        found = inviting.invitation_behind(token)
        if request.method == "POST":
            return accept(request, found)
    except LinkInvalid as error:
        content = {"invalid": True, "sentence": error.sentence}
        return render(request, "dashboard/account/invitation.html", content, status=404)
    except PeopleError as error:
        return show_invitation(request, found, sentence=error.sentence, status=error.status)
    return show_invitation(request, found)


def show_invitation(
    request: HttpRequest, found: Invitation, *, sentence: str = "", status: int = 200
) -> HttpResponse:
    content = {
        "invitation": found,
        "known": inviting.log_in_of(found) is not None,
        "sentence": sentence,
        "name": request.POST.get("name", ""),
        "here": request.path,
    }
    return render(request, "dashboard/account/invitation.html", content, status=status)


def accept(request: HttpRequest, found: Invitation) -> HttpResponseBase:
    if isinstance(request.user, User):
        inviting.join(found, user=request.user, address=address_in(request))
    else:
        person = NewPerson(name=request.POST.get("name", ""), password=request.POST.get("password", ""))
        locale = get_language() or ""
        user = inviting.join_as_new(found, person=person, locale=locale, address=address_in(request))
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("conversations", site_id=found.site_id)
