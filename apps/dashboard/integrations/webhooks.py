"""One webhook: what it is told, its secret, and the log of what was sent. For admins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.audit.kinds import Kind
from apps.audit.recording import record
from apps.conversations.models import Member
from apps.dashboard.access import for_members
from apps.dashboard.editing import ChangedMeanwhile, mark_of, unless_changed
from apps.dashboard.integrations.tokens import EVENTS, show_integrations
from apps.dashboard.pages import go_to, show
from apps.integrations import webhooks
from apps.integrations.errors import IntegrationError, why_undelivered
from apps.integrations.models import Delivery, Webhook

ADMIN = Member.Role.ADMIN
PER_PAGE = 30


@dataclass(frozen=True)
class DeliveryRow:
    delivery: Delivery
    sentence: str  # why it did not arrive


@require_POST
@for_members(ADMIN)
def add_webhook(request: HttpRequest, member: Member) -> HttpResponseBase:
    try:
        with transaction.atomic():
            webhook = webhooks.add_webhook(member.site, **given_in(request))
            note(member, webhook, what="webhook: added")
    except IntegrationError as error:
        return show_integrations(request, member, part="webhook", refusal=error)
    return show_integrations(request, member, added=webhook)


def given_in(request: HttpRequest) -> dict[str, Any]:
    return {"address": request.POST.get("address", "").strip(), "kinds": request.POST.getlist("kinds")}


def note(member: Member, webhook: Webhook, *, what: str) -> None:
    record(
        Kind.SETTINGS_CHANGED, site_id=member.site_id, by=member.user, subject=webhook.address, detail=what
    )


# --- Looking at it ------------------------------------------------------------------------------------------


@require_safe
@for_members(ADMIN)
def webhook(request: HttpRequest, member: Member, webhook_id: UUID) -> HttpResponseBase:
    return show_webhook(request, member, webhook_or_404(member, webhook_id))


def show_webhook(
    request: HttpRequest,
    member: Member,
    found: Webhook,
    *,
    refusal: IntegrationError | ChangedMeanwhile | None = None,
    secret: str = "",
) -> HttpResponse:
    """`secret` is shown this once. After a refusal the form is as it was sent."""
    given = {"address": found.address, "kinds": found.kinds}
    if refusal and "address" in request.POST:  # a test that is refused brings no form
        given = given_in(request)
    content = {
        "room": "integrations",
        "kinds": EVENTS,
        "told": given["address"],
        "chosen": given["kinds"],
        "sentence": refusal.sentence if refusal else "",
        "secret": secret,
        "opened": marks_of(found),
        **log_of(request, found),
    }
    status = refusal.status if refusal else 200
    return show(request, member, template="dashboard/integrations/webhook.html", status=status, **content)


@require_safe
@for_members(ADMIN)
def webhook_log(request: HttpRequest, member: Member, webhook_id: UUID) -> HttpResponseBase:
    """The log alone, which a page asks for again as long as something is on its way."""
    content = {"site": member.site, **log_of(request, webhook_or_404(member, webhook_id))}
    return render(request, "dashboard/integrations/log.html", content)


def log_of(request: HttpRequest, found: Webhook) -> dict[str, Any]:
    page = Paginator(webhooks.deliveries_of(found), PER_PAGE).get_page(request.GET.get("page"))
    rows = [DeliveryRow(row, sentence=why_undelivered(row.reason)) for row in page]
    return {
        "webhook": found,
        "page": page,
        "rows": rows,
        "query": "",
        "is_sending": webhooks.is_sending(found),
    }


# --- Changing it --------------------------------------------------------------------------------------------


@require_POST
@for_members(ADMIN)
def change_webhook(request: HttpRequest, member: Member, webhook_id: UUID) -> HttpResponseBase:
    found = webhook_or_404(member, webhook_id)

    def change() -> None:
        with unless_changed(request, lambda: marks_of(_locked(found))["form"]):
            webhooks.change_webhook(found, **given_in(request))

    return changed(request, member, found, change, what="webhook: changed", told=_("Saved."))


def _locked(found: Webhook) -> Webhook:
    found.refresh_from_db(from_queryset=Webhook.objects.select_for_update())
    return found


def marks_of(found: Webhook) -> dict[str, str]:
    """Of what is changed in the form, and of the secret: whoever has just been shown one does not lose it unseen."""
    return {"form": mark_of(found.address, found.kinds), "secret": mark_of(found.old_secret_until)}


@require_POST
@for_members(ADMIN)
def rotate_webhook(request: HttpRequest, member: Member, webhook_id: UUID) -> HttpResponseBase:
    """To ask twice would end the secret that the receiver still knows: the second time it is told."""
    found = webhook_or_404(member, webhook_id)
    try:
        with unless_changed(request, lambda: marks_of(_locked(found))["secret"]):
            secret = webhooks.rotate_secret(found)
            note(member, found, what="webhook: new secret")
    except ChangedMeanwhile:
        messages.error(
            request,
            _(
                "A new secret was made a moment ago. Whoever made it was shown it; to make another, ask once more."
            ),
        )
        return redirect("webhook", member.site_id, found.pk)
    return show_webhook(request, member, webhook_or_404(member, webhook_id), secret=secret)


@require_POST
@for_members(ADMIN)
def pause_webhook(request: HttpRequest, member: Member, webhook_id: UUID) -> HttpResponseBase:
    found = webhook_or_404(member, webhook_id)
    told = _("Paused. What happens from now on is not told; what waits is kept.")
    return changed(request, member, found, lambda: webhooks.pause(found), what="webhook: paused", told=told)


@require_POST
@for_members(ADMIN)
def resume_webhook(request: HttpRequest, member: Member, webhook_id: UUID) -> HttpResponseBase:
    found = webhook_or_404(member, webhook_id)
    told = _("It goes on. What was waiting is sent now.")
    return changed(request, member, found, lambda: webhooks.resume(found), what="webhook: resumed", told=told)


@require_POST
@for_members(ADMIN)
def remove_webhook(request: HttpRequest, member: Member, webhook_id: UUID) -> HttpResponseBase:
    found = webhook_or_404(member, webhook_id)
    with transaction.atomic():
        note(member, found, what="webhook: removed")
        webhooks.remove_webhook(found)
    messages.success(request, _("The webhook is removed."))
    return go_to(request, "integrations", member.site_id)


@require_POST
@for_members(ADMIN)
def test_webhook(request: HttpRequest, member: Member, webhook_id: UUID) -> HttpResponseBase:
    found = webhook_or_404(member, webhook_id)
    told = _("A test is on its way. What came of it stands in the log.")
    return changed(request, member, found, lambda: webhooks.send_test(found), told=told)


@require_POST
@for_members(ADMIN)
def send_delivery(request: HttpRequest, member: Member, delivery_id: UUID) -> HttpResponseBase:
    delivery = (
        Delivery.objects.select_related("webhook").filter(webhook__site=member.site, pk=delivery_id).first()
    )
    if delivery is None:
        raise Http404
    told = _("It is sent once more.")
    return changed(request, member, delivery.webhook, lambda: webhooks.send_again(delivery), told=told)


def changed(
    request: HttpRequest,
    member: Member,
    found: Webhook,
    call: Callable[[], object],
    *,
    told: str,
    what: str = "",
) -> HttpResponseBase:
    """Does it, and shows the webhook as it is now. `what`: how it stands in the log of who did what, if it does."""
    try:
        with transaction.atomic():
            call()
            if what:
                note(member, webhook_or_404(member, found.pk), what=what)
    except (IntegrationError, ChangedMeanwhile) as error:
        return show_webhook(request, member, webhook_or_404(member, found.pk), refusal=error)
    messages.success(request, told)
    return redirect("webhook", member.site_id, found.pk)


def webhook_or_404(member: Member, webhook_id: UUID) -> Webhook:
    found = webhooks.webhooks_of(member.site).filter(pk=webhook_id).first()
    if found is None:
        raise Http404
    return found
