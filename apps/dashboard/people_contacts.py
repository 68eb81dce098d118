"""A site's customers and what is kept of each: found, exported as JSON, and erased for good. For admins."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.devices import address_in
from apps.conversations import queries
from apps.conversations.models import Contact, Member, Message
from apps.dashboard.access import for_members
from apps.dashboard.pages import show
from apps.people import contacts as services
from apps.people.errors import PeopleError

ADMIN = Member.Role.ADMIN
PER_PAGE = 50
CONVERSATIONS_SHOWN = 20


@require_safe
@for_members(ADMIN)
def contacts(request: HttpRequest, member: Member) -> HttpResponseBase:
    text = request.GET.get("q", "")
    rows = Paginator(services.contacts_of(member.site, text=text), PER_PAGE)
    content: dict[str, Any] = {
        "room": "contacts",
        "page": rows.get_page(request.GET.get("page")),
        "q": text[:200],
        "query": urlencode({"q": text[:200]}) if text else "",
    }
    return show(request, member, template="dashboard/people/contacts.html", **content)


@require_safe
@for_members(ADMIN)
def contact(request: HttpRequest, member: Member, contact_id: UUID) -> HttpResponseBase:
    return show_contact(request, member, contact_or_404(member, contact_id))


def show_contact(
    request: HttpRequest, member: Member, found: Contact, *, sentence: str = "", status: int = 200
) -> HttpResponse:
    rows = queries.conversations_of(member).filter(contact=found)
    content = {
        "room": "contacts",
        "contact": found,
        "conversations": rows[:CONVERSATIONS_SHOWN],
        "number": rows.count(),
        "said": Message.objects.filter(conversation__in=rows.order_by()).count(),
        "sentence": sentence,
    }
    return show(request, member, template="dashboard/people/contact.html", status=status, **content)


def contact_or_404(member: Member, contact_id: UUID) -> Contact:
    found = services.contacts_of(member.site).select_related("site").filter(pk=contact_id).first()
    if found is None:
        raise Http404
    return found


@require_POST
@for_members(ADMIN)
def export_contact(request: HttpRequest, member: Member, contact_id: UUID) -> HttpResponseBase:
    found = contact_or_404(member, contact_id)
    kept = services.export(found, by=member, address=address_in(request))
    response = JsonResponse(kept, json_dumps_params={"ensure_ascii": False, "indent": 1})
    name = f"customer-{str(found.pk)[:8]}-{timezone.localdate()}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@for_members(ADMIN)
def erase_contact(request: HttpRequest, member: Member, contact_id: UUID) -> HttpResponseBase:
    """The page asked for a tick: a click alone erases nobody."""
    found = contact_or_404(member, contact_id)
    if request.POST.get("sure") != "yes":
        sentence = _("Tick the box first: an erasure cannot be taken back.")
        return show_contact(request, member, found, sentence=sentence, status=422)
    try:
        services.erase(found, by=member, address=address_in(request))
    except PeopleError as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, _("The customer is erased."))
    return redirect("contacts", site_id=member.site_id)
