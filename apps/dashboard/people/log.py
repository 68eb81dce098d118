"""The log of who did what at a site, for its admins: by person, kind and day, and as a file for spreadsheets."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.audit.kinds import Kind
from apps.audit.models import Entry
from apps.audit.queries import Filter, entries_of, people_in
from apps.audit.recording import record
from apps.conversations.models import Member
from apps.dashboard.access import for_members
from apps.dashboard.pages import show
from apps.dashboard.spreadsheets import as_file

PER_PAGE = 50
HEADER = ("at", "who", "token", "kind", "subject", "detail", "address")


@require_safe
@for_members(Member.Role.ADMIN)
def log(request: HttpRequest, member: Member) -> HttpResponseBase:
    chosen = chosen_in(request.GET)
    rows = Paginator(entries_of(member.site_id, chosen=chosen), PER_PAGE)
    content: dict[str, Any] = {
        "room": "audit_log",
        "page": rows.get_page(request.GET.get("page")),
        "people": people_in(member.site_id),
        "kinds": sorted(Kind.choices, key=lambda one: str(one[1])),
        "chosen": chosen,
        "query": urlencode(asked(chosen)),
    }
    return show(request, member, template="dashboard/people/log.html", **content)


def chosen_in(given: "dict[str, str]") -> Filter:
    """What cannot be read is not asked."""
    person, kind, day = given.get("person", ""), given.get("kind", ""), given.get("day", "")
    try:
        asked_day = date.fromisoformat(day) if day else None
    except ValueError:
        asked_day = None
    number = int(person) if person.isascii() and person.isdecimal() and len(person) < 18 else None
    return Filter(person=number, kind=kind[:40].replace("\x00", ""), day=asked_day)


def asked(chosen: Filter) -> dict[str, str]:
    given = {"person": chosen.person, "kind": chosen.kind, "day": chosen.day}
    return {name: str(value) for name, value in given.items() if value}


@require_POST
@for_members(Member.Role.ADMIN)
def export(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Is itself an entry."""
    record(Kind.LOG_EXPORTED, site_id=member.site_id, by=member.user)
    rows = entries_of(member.site_id, chosen=chosen_in(request.POST))
    return as_file(f"log-{timezone.localdate()}", header=HEADER, rows=map(cells_of, rows.iterator()))


def cells_of(entry: Entry) -> list[str]:
    told = [entry.who, entry.token, entry.kind, entry.subject, entry.detail, entry.address]
    return [entry.at.isoformat(), *told]
