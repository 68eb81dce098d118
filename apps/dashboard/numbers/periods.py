"""Which numbers an address asks for: a period, and what the conversations in it have in common."""

from datetime import date, timedelta

from django.http import QueryDict
from django.utils.http import urlencode

from apps.conversations.models import Locale, Site
from apps.numbers.queries import DIMENSIONS, Asked

PERIODS = (7, 30, 90)
USUAL = 30
LONGEST = 366  # days


def asked_in(given: QueryDict, *, site: Site) -> Asked:
    """What cannot be read is not asked: then it is the last thirty days, of everything."""
    today = site.today
    until = min(_day(given.get("until", "")) or today, today)
    since = _day(given.get("since", ""))
    if since is None or since > until:
        since = until - timedelta(days=_days(given.get("days", "")) - 1)
    language = given.get("language", "")
    return Asked(
        since=max(since, until - timedelta(days=LONGEST - 1)),
        until=until,
        language=language if language in Locale.values else "",
        intent=_clean(given.get("intent", "")),
        model=_clean(given.get("model", "")),
    )


def query_of(asked: Asked, **more: str) -> str:
    """The same question as part of an address."""
    given = {name: getattr(asked, name) for name in ("since", "until", *DIMENSIONS)} | more
    return urlencode({name: str(value) for name, value in given.items() if value})


def kept_query(asked: Asked) -> str:
    """Without the period."""
    return urlencode({name: value for name in DIMENSIONS if (value := getattr(asked, name))})


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day and day.year > 2000 else None


def _days(text: str) -> int:
    return int(text) if text in map(str, PERIODS) else USUAL


def _clean(text: str) -> str:
    return text.replace("\x00", "")[:200]
