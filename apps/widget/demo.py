"""The demo's own web pages, with the widget on them: how it looks on a page that is not ours. And what stands behind them:
the shop's log-in, which vouches for its customer to the widget, and its orders service, which hears our signed requests.

Served only where `DEMO` is set. A page is a plain file in which `{{ADDRESS}}` and `{{KEY}}` stand for this
server's address and the demo site's key.
"""

import mimetypes
import secrets
import time
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from apps.actions.demo import demo_secret
from apps.conversations.attributes import Attributes
from apps.conversations.models import Site
from apps.conversations.shell.demo import DEMO_FOLDER, site_key
from apps.widget import tokens
from demo.orders import WORDS, Orders

COOKIE = "demo_customer"
COOKIE_SECONDS = 30 * 24 * 3600
IDENTITY_SECONDS = 24 * 3600

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


# --- The shop's own server ----------------------------------------------------------------------------------


@require_safe
def customer(request: HttpRequest, shop: str) -> HttpResponse:
    """Logs whoever comes in as a customer of their own, by a cookie, and signs who it is as the shop's server would."""
    site = Site.objects.filter(key=site_key(shop)).first()
    if site is None or not (DEMO_FOLDER / shop / "actions.toml").is_file():
        raise Http404
    visitor = request.get_signed_cookie(COOKIE, default="", salt=shop) or f"demo-{secrets.token_hex(8)}"
    exp = int(time.time()) + IDENTITY_SECONDS
    bought = orders().orders_of(visitor)
    attributes: Attributes = {"orders": len(bought), "plan": "demo"}
    signature = tokens.sign_identity(site, user_id=visitor, exp=exp, attributes=attributes)
    identity = {"user_id": visitor, "exp": exp, "signature": signature, "attributes": attributes}
    response = JsonResponse({"identity": identity, "orders": bought, "words": WORDS})
    response.set_signed_cookie(
        COOKIE,
        visitor,
        salt=shop,
        max_age=COOKIE_SECONDS,
        path=f"/demo/{shop}/",
        httponly=True,
        samesite="Lax",
    )
    response["Cache-Control"] = "no-store"
    return response


@csrf_exempt  # a server calls, with a signature in the place of a cookie
@require_POST
def orders_service(request: HttpRequest, shop: str) -> HttpResponse:
    if shop != "shop":
        raise Http404
    signature = request.headers.get("SeekDesk-Signature", "")
    status, answer = orders().answer(request.body, signature=signature, secret=demo_secret())
    return JsonResponse(answer, status=status)


def orders() -> Orders:
    return Orders(settings.DATA_DIR / "demo-orders.sqlite3")


urlpatterns = [
    path("demo/<slug:shop>/customer.json", customer, name="demo_customer"),
    path("demo/<slug:shop>/orders/", orders_service, name="demo_orders"),
    path("demo/<slug:shop>/", page, name="demo_page"),
    path("demo/<slug:shop>/<path:file>", page),
]
