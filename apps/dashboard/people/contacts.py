"""A site's customers and what is kept of each: found, exported as JSON, and erased for good, by jobs. For admins."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.devices import address_in
from apps.conversations import queries
from apps.conversations.models import Contact, Member, Message
from apps.dashboard.access import for_members
from apps.dashboard.pages import show
from apps.people import contacts as services
from apps.people import data_jobs
from apps.people.models import DataJob

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
        "open_jobs": list(data_jobs.open_jobs_of(found)),
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
    """Asks for it: a worker puts it together, and the page of jobs offers the file."""
    found = contact_or_404(member, contact_id)
    data_jobs.ask(found, kind=DataJob.Kind.EXPORT, by=member, address=address_in(request))
    return redirect("data_jobs", site_id=member.site_id)


@require_POST
@for_members(ADMIN)
def erase_contact(request: HttpRequest, member: Member, contact_id: UUID) -> HttpResponseBase:
    """The page asked for a tick: a click alone erases nobody."""
    found = contact_or_404(member, contact_id)
    if request.POST.get("sure") != "yes":
        sentence = _("Tick the box first: an erasure cannot be taken back.")
        return show_contact(request, member, found, sentence=sentence, status=422)
    data_jobs.ask(found, kind=DataJob.Kind.ERASURE, by=member, address=address_in(request))
    return redirect("data_jobs", site_id=member.site_id)


# --- What was asked for -------------------------------------------------------------------------------------------------


@require_safe
@for_members(ADMIN)
def jobs(request: HttpRequest, member: Member) -> HttpResponseBase:
    content = {"room": "contacts", **jobs_shown(member)}
    return show(request, member, template="dashboard/people/jobs.html", **content)


@require_safe
@for_members(ADMIN)
def job_list(request: HttpRequest, member: Member) -> HttpResponseBase:
    content = {"site": member.site, "member": member, **jobs_shown(member)}
    return render(request, "dashboard/people/job_list.html", content)


def jobs_shown(member: Member) -> dict[str, Any]:
    rows = list(data_jobs.jobs_of(member.site))
    kept = set(services.contacts_of(member.site).filter(pk__in=[row.contact_id for row in rows]))
    there = {contact.pk: contact for contact in kept}
    return {
        "jobs": [
            {"job": row, "contact": there.get(row.contact_id), "sentence": data_jobs.sentence_of(row)}
            for row in rows
        ],
        "is_busy": any(row.is_open for row in rows),
    }


@require_safe
@for_members(ADMIN)
def export_file(request: HttpRequest, member: Member, data_job_id: UUID) -> HttpResponseBase:
    """For the one who asked, for a day."""
    try:
        file = data_jobs.take_file(data_job_id, by=member, address=address_in(request))
    except DataJob.DoesNotExist:
        raise Http404 from None
    name = f"customer-{str(data_job_id)[:8]}-{timezone.localdate()}.json"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/json")
