"""How the desk does, for operators: figures of a period, the conversations behind each of them, and files of both."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from apps.conversations.errors import BadInput
from apps.conversations.models import Locale, Member, Site
from apps.dashboard.access import for_members
from apps.dashboard.editing import ChangedMeanwhile, mark_of, unless_changed
from apps.dashboard.numbers import tables as number_tables
from apps.dashboard.numbers.periods import PERIODS, asked_in, kept_query, query_of
from apps.dashboard.numbers.tables import COLUMNS, NAMES, Line
from apps.dashboard.pages import show
from apps.dashboard.spreadsheets import as_file
from apps.numbers import pricing, queries
from apps.numbers.figures import Figure, figures
from apps.numbers.models import Episode
from apps.numbers.queries import Asked, Tally
from apps.people.members import lacks_second_factor

PER_PAGE = 50
MOST_LINES = 50  # of a table on the page; its file has all
PRICES = ("per_million_in", "per_million_out", "per_model_second")
BY = {
    "day": gettext_lazy("Day"),
    "language": gettext_lazy("Language"),
    "intent": gettext_lazy("Intent"),
    "model": gettext_lazy("Model version"),
    "site": gettext_lazy("Site"),
}
FACTS = (
    "conversation_id",
    "number",
    "language",
    "intent",
    "model",
    "started_at",
    "first_reply_seconds",
    "handoff_reason",
    "person_seconds",
    "resolved_at",
    "resolved_by",
    "resolution_seconds",
    "reopened_at",
    "tokens_in",
    "tokens_out",
    "model_seconds",
    "assistant_score",
    "agent_score",
)


@require_safe
@for_members(Member.Role.OPERATOR)
def numbers(request: HttpRequest, member: Member) -> HttpResponseBase:
    return show_numbers(request, member)


def show_numbers(
    request: HttpRequest, member: Member, *, sentence: str = "", status: int = 200
) -> HttpResponseBase:
    asked, by = asked_in(request.GET, site=member.site), by_in(request)
    content = {
        "room": "numbers",
        "sentence": sentence,
        "by": by,
        "dimensions": BY.items(),
        **choices_of(request, member, asked),
    }
    if Episode.objects.filter(site=member.site_id).exists():
        content |= figures_of(member, asked, by=by)
    return show(request, member, template="dashboard/numbers/page.html", status=status, **content)


def choices_of(request: HttpRequest, member: Member, asked: Asked) -> dict[str, Any]:
    """What the form above the figures offers."""
    today = member.site.today
    return {
        "asked": asked,
        "today": today,
        "query": query_of(asked),
        "periods": [(days, asked.until == today and asked.days == days) for days in PERIODS],
        "kept": kept_query(asked),
        "nothing": queries.NONE,
        "locales": Locale.choices,
        "known": queries.known_in(member.site, asked=asked),
        "prices": pricing.prices_of(member.site),
        "typed": request.POST,
        "opened": mark_of_prices(member.site),
    }


def figures_of(member: Member, asked: Asked, *, by: str) -> dict[str, Any]:
    site = member.site
    by_day = queries.tallies(site, asked=asked, only=queries.DAILY)
    now, prices = queries.total(by_day), pricing.prices_of(site)
    before = queries.total(queries.tallies(site, asked=asked.before, only=queries.COMPARED))
    reasons = queries.tallies(site, asked=asked, by="handoff_reason", only=("started",))
    lines = lines_of(member, asked, by=by, by_day=by_day)
    return {
        "tiles": number_tables.tiles_of(now, before),
        "cost_each": pricing.cost_each(now, prices=prices),
        "cost_before": pricing.cost_each(before, prices=prices),
        "spent": now.sums,
        "chart": number_tables.chart_of(by_day, asked=asked),
        "reasons": number_tables.reasons_of(reasons, handed_over=now["handed_over"]),
        "times": number_tables.times_of(queries.times(site, asked=asked)),
        "contentment": number_tables.contentment_of(now),
        "columns": [(name, NAMES[name]) for name in COLUMNS],
        "lines": lines[:MOST_LINES],
        "left_out": max(0, len(lines) - MOST_LINES),
    }


# --- Tables ------------------------------------------------------------------------------------------------------


def by_in(request: HttpRequest) -> str:
    given = request.GET.get("by", "")
    return given if given in BY else "day"


def lines_of(member: Member, asked: Asked, *, by: str, by_day: dict[Any, Tally] | None = None) -> list[Line]:
    if by == "site":
        return lines_by_site(member, asked)
    prices = pricing.prices_of(member.site)
    if by == "day":
        found = by_day or queries.tallies(member.site, asked=asked, only=queries.DAILY)
        days = sorted(found.items(), reverse=True)
        return [
            number_tables.line(str(day), tally, asked=asked.on(since=day, until=day), prices=prices)
            for day, tally in days
        ]
    found = queries.tallies(member.site, asked=asked, by=by, only=queries.DAILY)
    most = sorted(found.items(), key=lambda one: (-one[1]["started"], one[0]))
    return [
        number_tables.line(
            name_of(by, value), tally, asked=asked.on(**{by: value or queries.NONE}), prices=prices
        )
        for value, tally in most
    ]


def name_of(by: str, value: str) -> str:
    if by == "language":
        return str(dict(Locale.choices).get(value, value))
    return value or _("Not known")


def lines_by_site(member: Member, asked: Asked) -> list[Line]:
    """Of every site at which the member may see numbers."""
    theirs = Member.objects.filter(user=member.user_id).select_related("site").order_by("site__name")
    return [
        number_tables.line(
            one.site.name,
            queries.total(queries.tallies(one.site, asked=asked, only=queries.DAILY)),
            asked=asked,
            prices=pricing.prices_of(one.site),
            site_id=one.site_id,
        )
        for one in theirs
        if one.may(Member.Role.OPERATOR) and not lacks_second_factor(one)
    ]


# --- What is behind a number ---------------------------------------------------------------------------------------


@require_safe
@for_members(Member.Role.OPERATOR)
def counted(request: HttpRequest, member: Member) -> HttpResponseBase:
    """The conversations that a figure counts."""
    name, figure = figure_in(request)
    asked = asked_in(request.GET, site=member.site)
    rows = queries.behind(member.site, asked=asked, figure=figure)
    content = {
        "room": "numbers",
        "asked": asked,
        "name": name,
        "label": NAMES[name],
        "back": query_of(asked),
        "query": query_of(asked, figure=name),
        "page": Paginator(rows.select_related("conversation__contact"), PER_PAGE).get_page(
            request.GET.get("page")
        ),
    }
    return show(request, member, template="dashboard/numbers/list.html", **content)


def figure_in(request: HttpRequest) -> tuple[str, Figure]:
    name = request.GET.get("figure", "started")
    figure = figures(now=timezone.now()).get(name)
    if figure is None:
        raise Http404
    return name, figure


# --- Files -------------------------------------------------------------------------------------------------------


@require_safe
@for_members(Member.Role.OPERATOR)
def export_counted(request: HttpRequest, member: Member) -> HttpResponseBase:
    """The facts of each episode that a figure counts."""
    name, figure = figure_in(request)
    asked = asked_in(request.GET, site=member.site)
    rows = queries.behind(member.site, asked=asked, figure=figure).values_list(*FACTS)
    return as_file(f"{name}-{asked.since}-{asked.until}", header=FACTS, rows=map(written, rows.iterator()))


def written(row: Iterable[Any]) -> list[Any]:
    return [value.isoformat() if hasattr(value, "isoformat") else value for value in row]


@require_safe
@for_members(Member.Role.OPERATOR)
def export_numbers(request: HttpRequest, member: Member) -> HttpResponseBase:
    """The table that is on the page, all of its lines."""
    asked, by = asked_in(request.GET, site=member.site), by_in(request)
    shares = [f"{name}_of" for name in COLUMNS if name in number_tables.SHARES]
    header = [by, *COLUMNS, *shares, "cost_per_resolved"]
    rows = cells_of(lines_of(member, asked, by=by))
    return as_file(f"numbers-{asked.since}-{asked.until}", header=header, rows=rows)


def cells_of(lines: Iterable[Line]) -> Iterator[list[Any]]:
    """Counts, and what each is a share of: a spreadsheet can divide them."""
    for line in lines:
        counts = [cell.count for cell in line.cells]
        wholes = [cell.of for cell in line.cells if cell.figure in number_tables.SHARES]
        yield [line.name, *counts, *wholes, "" if line.cost is None else round(line.cost, 6)]


# --- Prices ------------------------------------------------------------------------------------------------------


def mark_of_prices(site: Site) -> str:
    prices = pricing.prices_of(site)
    return mark_of(site.quiet_hours, prices.currency, *(float(getattr(prices, name)) for name in PRICES))


def _locked(member: Member) -> Site:
    return Site.objects.select_for_update().get(pk=member.site_id)


@require_POST
@for_members(Member.Role.OPERATOR)
def set_prices(request: HttpRequest, member: Member) -> HttpResponseBase:
    given = {name: request.POST.get(name, "") for name in ("currency", "quiet_hours", *PRICES)}
    try:
        with unless_changed(request, lambda: mark_of_prices(_locked(member))):
            pricing.set_up(member.site, by=member.user, **given)
    except (BadInput, ChangedMeanwhile) as error:
        member.site.refresh_from_db()
        return show_numbers(request, member, sentence=error.sentence, status=error.status)
    messages.success(request, _("Saved."))
    return redirect("numbers", site_id=member.site_id)
