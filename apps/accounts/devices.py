"""The browsers in which a person is logged in: listed, and ended. What is ended is out at its next request."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth import user_logged_in, user_logged_out
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.models import Device, User

# By what browsers say of themselves; most claim to be those further down, too.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "MicroMessenger": "WeChat",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
SEEN = "seen"  # in the session: when its device was last written down
SEEN_EVERY = timedelta(minutes=1)


def devices_of(user: User) -> QuerySet[Device]:
    """Those whose session still lives."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return Device.objects.filter(user=user, session_key__in=alive)


def end(devices: QuerySet[Device]) -> int:
    """Sessions go first: a device whose row is gone can be ended by nobody."""
    keys = list(devices.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    Device.objects.filter(session_key__in=keys).delete()
    return len(keys)


def end_others(user: User, *, but: str | None) -> int:
    """`but`: the session's key in which one asks."""
    return end(Device.objects.filter(user=user).exclude(session_key=but or ""))


def note_use(request: HttpRequest) -> None:
    """At most once a minute, so that a page costs no write."""
    user: Any = request.user
    now = timezone.now()
    last = request.session.get(SEEN, 0)
    if now.timestamp() - last < SEEN_EVERY.total_seconds() or not request.session.session_key:
        return
    request.session[SEEN] = int(now.timestamp())
    told = {"seen_at": now, "address": address_in(request), "agent": agent_in(request)}
    Device.objects.update_or_create(
        session_key=request.session.session_key,
        defaults=told,
        create_defaults={**told, "user": user},
    )


def follow(request: HttpRequest, *, before: str | None) -> None:
    """The session got another key, as it does when a password is changed."""
    Device.objects.filter(session_key=before or "").update(session_key=request.session.session_key)


def address_in(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR") or "")[:45]


def agent_in(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "").replace("\x00", "")[:300]


def named(agent: str) -> str:
    """What a browser says of itself in words for people: "Firefox · Windows". All of it where it says neither."""
    found = [_first_in(agent, names) for names in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in found if name) or agent


def _first_in(agent: str, names: Mapping[str, str]) -> str:
    return next((name for sign, name in names.items() if sign in agent), "")


@receiver(user_logged_in, dispatch_uid="accounts.device")
def note_device(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    """And those whose session ended by itself are forgotten."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    Device.objects.filter(user=user).exclude(session_key__in=alive).delete()
    if request.session.session_key:
        Device.objects.update_or_create(
            session_key=request.session.session_key,
            defaults={"user": user, "address": address_in(request), "agent": agent_in(request)},
        )


@receiver(user_logged_out, dispatch_uid="accounts.device")
def forget_device(sender: Any, request: HttpRequest, user: User | None, **_: Any) -> None:
    Device.objects.filter(session_key=request.session.session_key or "").delete()
