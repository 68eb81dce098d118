"""How the desk does, for operators: figures of a period, the conversations behind each of them, and files of both."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.conversations.models import Locale, Member, Site
from apps.dashboard.access import for_members
from apps.dashboard.pages import show
from apps.numbers import queries
from apps.numbers.figures import figures
from apps.numbers.queries import Asked, Tally

PERIODS = (7, 30, 90)
USUAL = 30
LONGEST = 366  # days
PER_PAGE = 50

NAMES = {
    "started": gettext_lazy("Conversations started"),
    "handed_over": gettext_lazy("Handed over to a person"),
    "by_assistant": gettext_lazy("Resolved by the assistant"),
}
SHARES = {"handed_over": "started", "by_assistant": "resolved"}


@dataclass(frozen=True)
class Tile:
    name: str
    label: str
    count: int
    share: float | None
    was: float | None  # the same in the period before: a share, or a count where there is no share


@require_safe
@for_members(Member.Role.OPERATOR)
def numbers(request: HttpRequest, member: Member) -> HttpResponseBase:
    asked = asked_in(request.GET, site=member.site)
    whole = queries.total(queries.tallies(member.site, asked=asked))
    before = queries.total(queries.tallies(member.site, asked=asked.before))
    content = {
        "room": "numbers",
        "asked": asked,
        "query": urlencode(parameters(asked)),
        "tiles": [tile(name, whole, before) for name in NAMES],
    }
    return show(request, member, template="dashboard/numbers/page.html", **content)


@require_safe
@for_members(Member.Role.OPERATOR)
def counted(request: HttpRequest, member: Member) -> HttpResponseBase:
    """The conversations behind a figure."""
    asked, name = asked_in(request.GET, site=member.site), request.GET.get("figure", "started")
    figure = figures(now=timezone.now()).get(name)
    if figure is None:
        raise Http404
    rows = queries.behind(member.site, asked=asked, figure=figure).select_related("conversation__contact")
    content = {
        "room": "numbers",
        "asked": asked,
        "label": NAMES.get(name, name),
        "query": urlencode({**parameters(asked), "figure": name}),
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
    }
    return show(request, member, template="dashboard/numbers/list.html", **content)


def tile(name: str, whole: Tally, before: Tally) -> Tile:
    of = SHARES.get(name)
    share = whole.share(name, of) if of else None
    was = before.share(name, of) if of else before[name]
    return Tile(name, str(NAMES[name]), whole[name], share, was)


# --- What is asked for -------------------------------------------------------------------------------------------


def asked_in(given: QueryDict, *, site: Site) -> Asked:
    """What cannot be read is not asked: then it is the last thirty days, of everything."""
    today = timezone.now().astimezone(ZoneInfo(site.zone)).date()
    until = min(_day(given.get("until", "")) or today, today)
    since = _day(given.get("since", ""))
    if since is None or since > until:
        since = until - timedelta(days=_days(given.get("days", "")) - 1)
    since = max(since, until - timedelta(days=LONGEST - 1))
    return Asked(
        since=since,
        until=until,
        language=given.get("language", "") if given.get("language") in Locale.values else "",
        intent=_clean(given.get("intent", "")),
        model=_clean(given.get("model", "")),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _days(text: str) -> int:
    return int(text) if text in map(str, PERIODS) else USUAL


def _clean(text: str) -> str:
    return text.replace("\x00", "")[:200]


def parameters(asked: Asked) -> dict[str, str]:
    given = {name: getattr(asked, name) for name in ("since", "until", *queries.DIMENSIONS)}
    return {name: str(value) for name, value in given.items() if value}
