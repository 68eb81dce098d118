"""Other programs at a site: access tokens for what they do here, webhooks for what they are told. For admins."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.conversations.models import Member
from apps.dashboard.access import for_members
from apps.dashboard.pages import show
from apps.integrations import tokens, webhooks
from apps.integrations.errors import IntegrationError
from apps.integrations.models import AccessToken, Kind, Scope, Webhook

ADMIN = Member.Role.ADMIN
EVENTS = [(kind.value, kind.label) for kind in webhooks.CHOICES]


@require_safe
@for_members(ADMIN)
def integrations(request: HttpRequest, member: Member) -> HttpResponseBase:
    return show_integrations(request, member)


def show_integrations(
    request: HttpRequest,
    member: Member,
    *,
    part: str = "",
    refusal: IntegrationError | None = None,
    made: tuple[AccessToken, str] | None = None,
    added: Webhook | None = None,
) -> HttpResponse:
    """`made`, `added`: a token and a webhook whose secret is shown, this once. After a refusal, which is told at that part of
    the page, its form is as it was sent."""
    given = request.POST if refusal else {}
    content = {
        "room": "integrations",
        "tokens": [(token, scopes_of(token)) for token in tokens.tokens_of(member.site)],
        "webhooks": [(webhook, kinds_of(webhook.kinds)) for webhook in webhooks.webhooks_of(member.site)],
        "scopes": Scope.choices,
        "kinds": EVENTS,
        "part": part,
        "fault": refusal.sentence if refusal else "",
        "made": made,
        "added": added,
        "address": settings.PUBLIC_URL,
        "name": given.get("name", ""),
        "told": given.get("address", ""),
        "chosen": request.POST.getlist("scopes") + request.POST.getlist("kinds") if refusal else [],
        "acts_as": given.get("acts_as", "bot"),
    }
    status = refusal.status if refusal else 200
    return show(request, member, template="dashboard/integrations/page.html", status=status, **content)


def scopes_of(token: AccessToken) -> list[str]:
    return [str(Scope(scope).label) for scope in token.scopes if scope in Scope.values]


def kinds_of(kinds: list[str]) -> list[str]:
    return [str(Kind(kind).label) for kind in kinds if kind in Kind.values]


@require_POST
@for_members(ADMIN)
def make_token(request: HttpRequest, member: Member) -> HttpResponseBase:
    try:
        made = tokens.make_token(
            member.site,
            name=request.POST.get("name", ""),
            scopes=request.POST.getlist("scopes"),
            by=member,
            as_bot=request.POST.get("acts_as") != "me",
        )
    except IntegrationError as error:
        return show_integrations(request, member, part="token", refusal=error)
    return show_integrations(request, member, made=made)


@require_POST
@for_members(ADMIN)
def revoke_token(request: HttpRequest, member: Member, token_id: UUID) -> HttpResponseBase:
    token = tokens.tokens_of(member.site).filter(pk=token_id).first()
    if token is None:
        raise Http404
    tokens.revoke(token, by=member)
    messages.success(request, _("The token is revoked. It opens nothing any more."))
    return redirect("integrations", member.site_id)
