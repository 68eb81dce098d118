"""When the people of a site are at their desks, in its own zone, and how long that makes a wait.

Hours are `{"mon": [["09:00", "18:00"]], …}` and holidays `["2026-12-25", …]`. A site without hours never closes.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from apps.conversations.errors import BadInput
from apps.conversations.models import Site

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_AHEAD = 60  # days: who is closed for longer names no time

Span = tuple[datetime, datetime]


def is_open(site: Site, *, at: datetime) -> bool:
    return any(start <= at < end for start, end in spans(site, since=at, days=1))


def opens_at(site: Site, *, at: datetime) -> datetime | None:
    """When people are next there; None while they are, or when nobody knows."""
    for start, end in spans(site, since=at):
        if start <= at < end:
            return None
        if start > at:
            return start
    return None


def due(site: Site, *, start: datetime, minutes: float) -> datetime | None:
    """The moment at which that many working minutes have passed."""
    left = timedelta(minutes=minutes)
    for opening, closing in spans(site, since=start):
        begin = max(opening, start)
        if closing <= begin:
            continue
        if closing - begin >= left:
            return begin + left
        left -= closing - begin
    return None


def working_minutes(site: Site, *, start: datetime, end: datetime) -> float:
    passed = timedelta()
    for opening, closing in spans(site, since=start, days=(end - start).days + 2):
        passed += max(timedelta(), min(closing, end) - max(opening, start))
    return passed.total_seconds() / 60


def spans(site: Site, *, since: datetime, days: int = LOOK_AHEAD) -> Iterator[Span]:
    """Working times in order, from the day before on: a shift may end after midnight."""
    if not site.hours:
        yield since - timedelta(days=1), since + timedelta(days=days)
        return
    zone = ZoneInfo(site.zone)
    first = since.astimezone(zone).date() - timedelta(days=1)
    for number in range(days + 2):
        yield from _spans_on(site, day=first + timedelta(days=number), zone=zone)


def _spans_on(site: Site, *, day: date, zone: ZoneInfo) -> Iterator[Span]:
    if day.isoformat() in site.holidays:
        return
    for opens, closes in site.hours.get(DAYS[day.weekday()], []):
        last = day if closes > opens else day + timedelta(days=1)
        # In UTC, since between two moments of one zone Python counts hands of a clock, not hours that passed.
        yield _moment(day, opens, zone=zone), _moment(last, closes, zone=zone)


def _moment(day: date, clock: str, *, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


def set_hours(site: Site, *, zone: str, hours: dict[str, list[list[str]]], holidays: list[str]) -> None:
    if zone not in available_timezones():
        raise BadInput("bad_zone")
    try:
        for day, shifts in hours.items():
            DAYS.index(day)
            for opens, closes in shifts:
                time.fromisoformat(opens), time.fromisoformat(closes)
        for holiday in holidays:
            date.fromisoformat(holiday)
    except ValueError as error:
        raise BadInput("bad_hours") from error
    site.zone, site.hours, site.holidays = zone, {day: each for day, each in hours.items() if each}, holidays
    site.save(update_fields=["zone", "hours", "holidays"])
