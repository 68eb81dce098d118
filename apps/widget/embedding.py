"""Puts the widget on other people's pages: the loader script and the page inside the frame.

The frame lives on our own origin. The browser enforces where it may be shown, through `frame-ancestors` made
from the site's list; an empty list means nowhere. Nothing that the host page says is trusted here, no cookie
is set, and no customer is known: that begins with the frame's first call to the API.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import condition, require_safe

from apps.conversations.models import Site

STATIC_FILES = Path(__file__).parent / "static" / "widget"
LOADER = STATIC_FILES / "widget.js"
# Named here so that the browser fetches them side by side instead of discovering them one import at a time.
MODULES = sorted(f"widget/{file.name}" for file in STATIC_FILES.glob("*.js") if file != LOADER)

ORIGIN = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?", re.IGNORECASE)
COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
DEFAULT_COLOUR = "#2f6f5e"
NO_FEATURES = ", ".join(
    f"{feature}=()"
    for feature in (
        "camera",
        "display-capture",
        "geolocation",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
    )
)


def loader_changed_at(request: HttpRequest) -> str:
    stat = LOADER.stat()
    return f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'


@require_safe
@gzip_page
@condition(etag_func=loader_changed_at)
@cache_control(public=True, max_age=300)
def widget_js(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(LOADER.read_bytes(), content_type="text/javascript; charset=utf-8")
    # Host pages that isolate themselves (COEP) or pin scripts (crossorigin) may still load it: it is public.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
@xframe_options_exempt
def frame(request: HttpRequest) -> HttpResponse:
    site = Site.objects.filter(key=request.GET.get("site", "").replace("\x00", "")).first()
    if site is None:
        return unknown_site(request)
    return render_frame(
        request, key=site.key, name=site.name, locale=site.locale, colour=site.colour, origins=site.origins
    )


def render_frame(
    request: HttpRequest, *, key: str, name: str, locale: str, colour: str, origins: list[str]
) -> HttpResponse:
    context = {
        "key": key,
        "name": name,
        "locale": locale,
        "colour": colour if COLOUR.fullmatch(colour) else DEFAULT_COLOUR,
        # The browser cleans answers once more, by the same rule as the server: links lead to the site's hosts only.
        "hosts": " ".join(urlsplit(origin).hostname or "" for origin in plain(origins)),
        "modules": MODULES,
    }
    return seal(render(request, "widget/frame.html", context), ancestors=frame_ancestors(origins))


def unknown_site(request: HttpRequest) -> HttpResponse:
    """A plain page that may be shown anywhere: whoever mistyped the key must be able to read it."""
    return seal(render(request, "widget/unknown_site.html", status=404), ancestors="*")


def seal(response: HttpResponse, *, ancestors: str) -> HttpResponse:
    response["Content-Security-Policy"] = content_security_policy(ancestors)
    response["Referrer-Policy"] = "same-origin"
    response["Permissions-Policy"] = NO_FEATURES
    response["X-Content-Type-Options"] = "nosniff"
    # Pages that isolate themselves embed only what asks for the same, and agrees to be embedded.
    response["Cross-Origin-Embedder-Policy"] = "require-corp"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = "no-cache"  # the list of origins must hold at once when it changes
    return response


def frame_ancestors(origins: list[str]) -> str:
    """The site's list as a CSP source list; an empty one means nowhere."""
    return " ".join(plain(origins)) or "'none'"


def plain(origins: list[str]) -> list[str]:
    """What is not a plain origin is left out: in a policy it could open more than its own door."""
    return [origin for origin in origins if ORIGIN.fullmatch(origin)]


def content_security_policy(ancestors: str) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "img-src 'self' data:",
            f"frame-ancestors {ancestors}",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


urlpatterns = [
    path("widget.js", widget_js, name="widget_js"),
    path("widget/frame/", frame, name="widget_frame"),
]
