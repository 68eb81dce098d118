"""Which web pages may talk to us: a site's own, and our own frame."""

import time
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from apps.conversations.models import Site

KEPT_SECONDS = 5.0

_known: tuple[float, frozenset[str]] = (-KEPT_SECONDS, frozenset())


def is_ours(origin: str, *, request: HttpRequest) -> bool:
    """The frame's own calls: they come from where we are."""
    return origin in {_origin_of(settings.PUBLIC_URL), f"{request.scheme}://{request.get_host()}"}


def is_allowed(origin: str, *, site: Site, request: HttpRequest) -> bool:
    return origin in site.origins or is_ours(origin, request=request)


def is_known(origin: str) -> bool:
    """Whether any site lists it: then a browser may read our answer. Each call is still held against its own site."""
    global _known
    read_at, origins = _known
    if time.monotonic() - read_at >= KEPT_SECONDS:
        origins = frozenset(
            one for listed in Site.objects.values_list("origins", flat=True) for one in listed
        )
        _known = (time.monotonic(), origins)
    return origin in origins


def hosts_of(site: Site) -> frozenset[str]:
    """Where links in an answer may lead."""
    return frozenset(urlsplit(origin).hostname or "" for origin in site.origins)


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
