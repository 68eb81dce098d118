"""The list of conversations: its tabs, search, labels and order, and what is done with many at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.conversations import queries, services
from apps.conversations.desk import expecting, finding, mentioning, sorting
from apps.conversations.errors import ConversationError
from apps.conversations.live.showing import tell_shown
from apps.conversations.models import Conversation, Member, Message
from apps.dashboard.access import for_members
from apps.dashboard.desk.live import page_name
from apps.dashboard.desk.shared_lists import Listed, shared
from apps.dashboard.pages import show

Status = Conversation.Status
PAGE = 50
MOST_AT_ONCE = 200
OPEN = (
    Status.ASSISTANT,
    Status.WAITING,
    Status.AGENT,
)  # named one by one, an index finds them among the resolved

VIEWS = {
    "open": gettext_lazy("Open"),
    "waiting": gettext_lazy("Waiting"),
    "mine": gettext_lazy("Mine"),
    "unassigned": gettext_lazy("Unassigned"),
    "mentions": gettext_lazy("Mentions"),
    "snoozed": gettext_lazy("Snoozed"),
    "resolved": gettext_lazy("Resolved"),
    "all": gettext_lazy("All"),
}
OWN_VIEWS = ("mine", "mentions")  # each member's own
ORDERS = {
    "wait": gettext_lazy("Longest waiting first"),
    "priority": gettext_lazy("Most urgent first"),
    "latest": gettext_lazy("Latest first"),
}


@dataclass(frozen=True)
class Row:
    conversation: Conversation
    last: Message | None
    unanswered: int  # what the customer wrote since a person last did, while a person is to answer
    due: datetime | None  # when the site means to have answered

    @property
    def is_late(self) -> bool:
        return self.due is not None and self.due < timezone.now()


@require_safe
@for_members()
def conversations(request: HttpRequest, member: Member) -> HttpResponseBase:
    content = {"room": "conversations", **inbox_page(request, member)}
    return show(request, member, template="dashboard/conversations/page.html", **content)


@require_safe
@for_members()
def conversation_list(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Most pages of a site ask for the same list, and all of them at once: the row that is open is marked last."""

    def make() -> Listed:
        content = {"site": member.site, **inbox(request, member)}
        ids = tuple(row.conversation.pk for row in content["rows"])
        return Listed(render_to_string("dashboard/conversations/list.html", content, request), ids=ids)

    asked = asked_for(request)
    whose = member.user_id if asked["view"] in OWN_VIEWS else None
    shown = (*asked.values(), limit_of(request), whose, get_language(), request.scheme, request.get_host())
    listed = shared(member.site_id, *shown, make=make)
    if page := page_name(request, member):
        tell_shown(page, listed.ids)
    open_id = request.GET.get("conversation", "")
    return HttpResponse(with_open_row(listed.content, member=member, open_id=open_id))


def with_open_row(content: str, *, member: Member, open_id: str) -> str:
    if not is_uuid(open_id):
        return content
    link = f'<a href="{reverse("conversation", args=[member.site_id, UUID(open_id)])}'
    return content.replace(link, f'{link[:2]} aria-current="true"{link[2:]}', 1)


@require_safe
@for_members()
def waiting(request: HttpRequest, member: Member) -> HttpResponseBase:
    """How many wait for a person: the number beside the menu and in the tab's title. Asked by whoever is here."""
    expecting.show_up(member)
    content = {
        "waiting": queries.waiting_line(member.site).count(),
        "late": expecting.late_in_line(member.site),
        "mentions": mentioning.unseen_mentions(member),
    }
    return render(request, "dashboard/waiting.html", content)


# --- What is listed --------------------------------------------------------------------------------------------


def inbox(request: HttpRequest, member: Member) -> dict[str, Any]:
    asked = asked_for(request)
    limit = limit_of(request)
    rows = seen_in(asked["view"], member)
    if asked["q"]:
        rows = rows & finding.found_in(member, asked["q"])
    if asked["label"]:
        # By its id, by which a database knows whether many have it or few.
        rows = rows.filter(labels=sorting.label_named(member, asked["label"]))
    found = first_of(rows, order=asked["order"], number=limit + 1)
    return {
        **asked,
        "views": VIEWS.items(),
        "orders": ORDERS.items(),
        "priorities": Conversation.Priority.choices,
        "labels": list(sorting.labels_of(member)),
        "rows": rows_of(found[:limit], member=member),
        "limit": limit,
        "next_limit": limit + PAGE if len(found) > limit else None,
        "query": urlencode(kept_of(asked)),
    }


@dataclass(frozen=True)
class Filter:
    """A saved one as it stands above the list."""

    name: str
    query: str
    is_on: bool


def inbox_page(request: HttpRequest, member: Member) -> dict[str, Any]:
    """The list and what stands above it, which its own updates need not."""
    kept = kept_of(asked_for(request))
    filters = [
        Filter(one.name, query=urlencode(one.chosen), is_on=one.chosen == kept)
        for one in sorting.filters_of(member)
    ]
    # A tab alone is a click away, and needs no name.
    may_save = bool(kept.keys() - {"view"}) and not any(one.is_on for one in filters)
    return {
        **inbox(request, member),
        "filters": filters,
        "may_save_filter": may_save,
        "page_name": token_urlsafe(9),
    }


def kept_of(asked: dict[str, str]) -> dict[str, str]:
    """Without what says nothing."""
    return {name: value for name, value in asked.items() if value and value != DEFAULTS[name]}


@require_POST
@for_members()
def keep_filter(request: HttpRequest, member: Member) -> HttpResponseBase:
    """What is shown right now, under a name. The address of the form says what that is."""
    chosen = kept_of(asked_for(request))
    try:
        sorting.keep_filter(member, name=request.POST.get("name", ""), chosen=chosen)
    except ConversationError as error:
        content = {"room": "conversations", "filter_fault": error.sentence, **inbox_page(request, member)}
        return show(
            request, member, template="dashboard/conversations/page.html", status=error.status, **content
        )
    return redirect(f"{reverse('conversations', args=[member.site_id])}?{urlencode(chosen)}")


@require_POST
@for_members()
def forget_filter(request: HttpRequest, member: Member) -> HttpResponseBase:
    sorting.forget_filter(member, name=request.POST.get("name", ""))
    return redirect("conversations", site_id=member.site_id)


DEFAULTS = {"view": "open", "q": "", "label": "", "order": "wait"}


def asked_for(request: HttpRequest) -> dict[str, str]:
    """What the address asks for; garbage counts as nothing."""
    given = {name: request.GET.get(name, "").strip()[:200] for name in DEFAULTS}
    given["view"] = given["view"] if given["view"] in VIEWS else ("all" if given["q"] else "open")
    given["order"] = given["order"] if given["order"] in ORDERS else "wait"
    return {name: value.replace("\x00", "") for name, value in given.items()}


def limit_of(request: HttpRequest) -> int:
    given = request.GET.get("limit", "")
    return min(int(given), 1000) if given.isdecimal() and len(given) < 5 and int(given) else PAGE


def seen_in(view: str, member: Member) -> QuerySet[Conversation]:
    """Conversations in which something was said, by the tab they stand under."""
    rows = queries.conversations_of(member).filter(last_seq__gt=0)
    asleep = Q(snoozed_until__gt=timezone.now())
    match view:
        case "waiting":
            return rows.filter(status=Status.WAITING).exclude(asleep)
        case "mine":
            return rows.filter(status=Status.AGENT, assignee=member.user_id).exclude(asleep)
        case "unassigned":
            return rows.filter(status__in=(Status.WAITING, Status.ASSISTANT), assignee=None).exclude(asleep)
        case "mentions":
            return mentioning.conversations_mentioning(member).filter(last_seq__gt=0)
        case "snoozed":
            return rows.filter(asleep)
        case "resolved":
            return rows.filter(status=Status.RESOLVED)
        case "all":
            return rows
    return rows.filter(status__in=OPEN).exclude(asleep)


def first_of(rows: QuerySet[Conversation], *, order: str, number: int) -> list[UUID]:
    """Whoever waits comes first, the longest wait on top; then what moved last.

    Asked for one after the other: each is read from an index in its order, where both together would have to be sorted.
    """
    if order == "latest":
        return list(rows.order_by("-updated_at", "pk").values_list("pk", flat=True)[:number])
    first = ["-priority"] if order == "priority" else []
    longest = F("waiting_since").asc(nulls_last=True)
    waiting = rows.filter(status=Status.WAITING).order_by(*first, longest, "-updated_at", "pk")
    others = rows.exclude(status=Status.WAITING).order_by(*first, "-updated_at", "pk")
    found = [row for part in (waiting, others) for row in part.values_list("pk", "priority")[:number]]
    if order == "priority":
        found.sort(key=lambda row: -row[1])
    return [pk for pk, _ in found[:number]]


def rows_of(found: list[UUID], *, member: Member) -> list[Row]:
    """Only those on the page are looked at closely."""
    rows = queries.conversations_of(member).filter(pk__in=found)
    last = queries.last_messages(rows)
    close = (
        rows.select_related("contact", "assignee", "site")
        .prefetch_related("labels")
        .annotate(answered_to=Coalesce(Subquery(queries.last_of_ours()), 0))
        .annotate(unanswered=Coalesce(Subquery(count_after("answered_to")), 0))
        .annotate(unanswered_since=Subquery(queries.first_after("answered_to")))
    )
    by_id = {row.pk: row for row in close}
    return [row_of(by_id[pk], last=last.get(pk)) for pk in found if pk in by_id]


def row_of(conversation: Any, *, last: Message | None) -> Row:
    due = expecting.reply_due(conversation, unanswered_since=conversation.unanswered_since)
    return Row(conversation, last=last, unanswered=waiting_words(conversation), due=due)


def count_after(column: str) -> QuerySet[Message, Any]:
    return queries.theirs_after(column).annotate(number=Count("pk")).values("number")


def waiting_words(conversation: Any) -> int:
    """What nobody answered yet, where a person is to answer. The assistant answers by itself."""
    return conversation.unanswered if conversation.status in (Status.WAITING, Status.AGENT) else 0


# --- Many at once ----------------------------------------------------------------------------------------------


@require_POST
@for_members()
def sort_many(request: HttpRequest, member: Member) -> HttpResponseBase:
    """One thing done with each that was ticked. What cannot be done is counted, and the rest is done all the same."""
    ids = [UUID(one) for one in request.POST.getlist("ids")[:MOST_AT_ONCE] if is_uuid(one)]
    done = failed = 0
    for found in queries.conversations_of(member).select_related("site").filter(pk__in=ids):
        try:
            do_one(found, member=member, request=request)
            done += 1
        except (ConversationError, ValueError):
            failed += 1
    told = ngettext("%(n)d conversation changed.", "%(n)d conversations changed.", done) % {"n": done}
    if failed:
        told += " " + ngettext("%(n)d could not be.", "%(n)d could not be.", failed) % {"n": failed}
    if not getattr(request, "htmx", False):
        return redirect("conversations", site_id=member.site_id)
    content = {"site": member.site, "told": told, **inbox(request, member)}
    listed = render_to_string("dashboard/conversations/list.html", content, request)
    return HttpResponse(with_open_row(listed, member=member, open_id=request.GET.get("conversation", "")))


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def do_one(found: Conversation, *, member: Member, request: HttpRequest) -> None:
    """`what` is `resolve`, `snooze:4`, `priority:2`, or empty where a label is given."""
    what, _, value = request.POST.get("what", "").partition(":")
    match what:
        case "resolve":
            services.resolve(found, by=member)
        case "snooze":
            sorting.snooze(found, by=member, until=timezone.now() + timedelta(hours=int(value)))
        case "priority":
            sorting.set_priority(found, by=member, priority=int(value))
        case "label":
            sorting.label(found, by=member, name=request.POST.get("label", ""))
        case _:
            raise ValueError(what)
