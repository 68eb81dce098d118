"""Websites that are read: what an address leads to is shown first, then it is added, visited, and told about."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from apps.conversations.models import Member
from apps.dashboard.access import for_members
from apps.dashboard.pages import go_to, show
from apps.knowledge.models import Audience, IndexJob, Website
from apps.knowledge.sentences import sentence_of
from apps.knowledge.websites import services as websites
from apps.knowledge.websites.fetching import FetchRefused, checked, safe_fetch
from apps.knowledge.websites.progress import PageProgress, PageState, Visit, visit_of
from apps.knowledge.websites.services import MOST_PAGES, BadWebsite

SHOWN = 100  # pages of a plan or a website
EVERY = [
    (6, gettext_lazy("every 6 hours")),
    (24, gettext_lazy("every day")),
    (168, gettext_lazy("every week")),
]
REASONS = {
    "bad_address": gettext_lazy("This is no address that can be read. It begins with http:// or https://."),
    "private_address": gettext_lazy("This address leads into a private network. Only public pages are read."),
    "unknown_host": gettext_lazy("There is no host of this name."),
    "unreachable": gettext_lazy("The host does not answer, or its certificate is not valid."),
    "too_slow": gettext_lazy("The page took too long."),
    "too_large": gettext_lazy("The page is larger than 5 MB."),
    "too_many_redirects": gettext_lazy("The page leads from one address to the next without end."),
    "wrong_content": gettext_lazy(
        "There is no page here but something else, such as a picture or a download."
    ),
    "login": gettext_lazy("The page asks for a log-in."),
    "gone": gettext_lazy("There is no page at this address."),
    "bad_answer": gettext_lazy("The host answered with an error, or with something that cannot be read."),
    "robots": gettext_lazy("The site's robots.txt asks us not to read this."),
    "no_pages": gettext_lazy("Nothing here may be read."),
    "no_text": gettext_lazy("There is no text on this page."),
    "known": gettext_lazy("This address is here already."),
}


@dataclass(frozen=True)
class PageRow:
    url: str
    state: PageState
    sentence: str  # why it is not read, or not indexed
    failed: IndexJob | None  # that can be tried again


@dataclass(frozen=True)
class WebsiteRow:
    website: Website
    reason: str  # why the last visit came to nothing
    visit: Visit
    pages: list[PageRow]


def reason_of(code: str) -> str:
    return str(REASONS.get(code, REASONS["bad_answer"])) if code else ""


@require_safe
@for_members(Member.Role.OPERATOR)
def website_list(request: HttpRequest, member: Member) -> HttpResponseBase:
    """With `address`, what would be fetched."""
    address = request.GET.get("address", "").replace("\x00", "").strip()
    content: dict[str, Any] = {"address": address}
    if address:
        try:
            planned = websites.plan(checked(address), fetch=partial(safe_fetch, seconds=8.0))
        except FetchRefused as error:
            content["fault"] = reason_of(error.code)
        else:
            content |= {"plan": planned, "planned": planned.pages[:SHOWN]}
    return show_list(request, member, **content)


@require_safe
@for_members(Member.Role.OPERATOR)
def websites_state(request: HttpRequest, member: Member) -> HttpResponseBase:
    """How far their visits are, for a page that is open."""
    return render(request, "dashboard/websites/list.html", {"site": member.site, **listing(member)})


def show_list(request: HttpRequest, member: Member, **content: Any) -> HttpResponse:
    shown = {
        "room": "websites",
        **listing(member),
        "every": EVERY,
        "audiences": Audience.choices,
        "most": MOST_PAGES,
        **content,
    }
    status = 422 if content.get("fault") else 200
    return show(request, member, template="dashboard/websites/page.html", status=status, **shown)


def listing(member: Member) -> dict[str, Any]:
    found = Website.objects.filter(knowledge_base=member.site.knowledge_base).prefetch_related("pages")
    rows = [row_of(website) for website in found]
    return {"rows": rows, "is_busy": any(row.visit.is_busy for row in rows)}


def row_of(website: Website) -> WebsiteRow:
    """Pages that are not read, or not indexed, come first."""
    visit = visit_of(website)
    pages = sorted(map(page_of, visit.pages), key=lambda row: (not row.sentence, row.url))
    return WebsiteRow(website, reason=reason_of(website.reason), visit=visit, pages=pages[:SHOWN])


def page_of(one: PageProgress) -> PageRow:
    failed = one.job if one.state == PageState.FAILED and not one.page.reason else None
    sentence = sentence_of(failed) if failed else reason_of(one.page.reason)
    return PageRow(one.page.url, state=one.state, sentence=sentence, failed=failed)


@require_POST
@for_members(Member.Role.OPERATOR)
def add_website(request: HttpRequest, member: Member) -> HttpResponseBase:
    every, audience = request.POST.get("every", ""), request.POST.get("audience", "")
    try:
        websites.add_website(
            member.site.knowledge_base,
            request.POST.get("address", "").replace("\x00", ""),
            every_hours=int(every) if every in ("6", "24", "168") else 24,
            audience=audience if audience in Audience.values else Audience.PUBLIC,
        )
    except BadWebsite as error:
        return show_list(request, member, fault=reason_of(error.code))
    messages.success(request, _("Added. Its pages are read within a minute."))
    return redirect("website_list", site_id=member.site_id)


@require_POST
@for_members(Member.Role.OPERATOR)
def visit_website(request: HttpRequest, member: Member, website_id: UUID) -> HttpResponseBase:
    websites.visit_soon(website_or_404(member, website_id))
    messages.success(request, _("It is read again within a minute."))
    return redirect("website_list", site_id=member.site_id)


@require_POST
@for_members(Member.Role.OPERATOR)
def delete_website(request: HttpRequest, member: Member, website_id: UUID) -> HttpResponseBase:
    websites.remove_website(website_or_404(member, website_id))
    return go_to(request, "website_list", member.site_id)


def website_or_404(member: Member, website_id: UUID) -> Website:
    found = Website.objects.filter(knowledge_base=member.site.knowledge_base, pk=website_id).first()
    if found is None:
        raise Http404
    return found
