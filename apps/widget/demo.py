"""The demo's own web pages, with the widget on them: how it looks on a page that is not ours.

Served only where `DEMO` is set. A page is a plain file in which `{{ADDRESS}}` and `{{KEY}}` stand for this
server's address and the demo site's key.
"""

import mimetypes
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_safe

from apps.conversations.demo import DEMO_FOLDER, site_key

PAGES = {"text/html", "text/css", "text/javascript"}
# As a shop's own server might say it: everything is its own, drawings carry styles, and the widget's frame may stand in it.
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"


@require_safe
def page(request: HttpRequest, shop: str, file: str = "index.html") -> HttpResponseBase:
    folder = (DEMO_FOLDER / shop / "page").resolve()
    wanted = (folder / (file or "index.html")).resolve()
    if not wanted.is_relative_to(folder) or not wanted.is_file():
        raise Http404
    kind = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
    if kind not in PAGES:
        return HttpResponse(wanted.read_bytes(), content_type=kind)
    return HttpResponse(
        filled_in(wanted, shop=shop, address=f"{request.scheme}://{request.get_host()}"),
        content_type=f"{kind}; charset=utf-8",
        headers={"Content-Security-Policy": POLICY},
    )


def filled_in(file: Path, *, shop: str, address: str) -> str:
    text = file.read_text(encoding="utf-8")
    return text.replace("{{ADDRESS}}", address).replace("{{KEY}}", site_key(shop))


urlpatterns = [
    path("demo/<slug:shop>/", page, name="demo_page"),
    path("demo/<slug:shop>/<path:file>", page),
]
