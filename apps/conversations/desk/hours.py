"""When the people of a site are at their desks, in its own zone, and how long that makes a wait.

Hours are `{"mon": [["09:00", "18:00"]], …}` and holidays `["2026-12-25", …]`. A site without hours never closes.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from apps.conversations.errors import BadInput
from apps.conversations.models import Site

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHIFT = re.compile(r"(\d\d?):(\d\d)\s*(?:[-–—~至到]|to)\s*(\d\d?):(\d\d)")
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
    """Working times in order, from the day before on: a shift may end after midnight.

    Shifts that overlap are one time, in whatever order a day names them: no minute counts twice.
    """
    if not site.hours:
        yield since - timedelta(days=1), since + timedelta(days=days)
        return
    zone = ZoneInfo(site.zone)
    first = since.astimezone(zone).date() - timedelta(days=1)
    held: Span | None = None
    for number in range(days + 2):
        for start, end in sorted(_spans_on(site, day=first + timedelta(days=number), zone=zone)):
            if held is not None and start < held[1]:
                held = held[0], max(held[1], end)
                continue
            if held is not None:
                yield held
            held = start, end
    if held is not None:
        yield held


def _spans_on(site: Site, *, day: date, zone: ZoneInfo) -> Iterator[Span]:
    if day.isoformat() in site.holidays:
        return
    for opens, closes in site.hours.get(DAYS[day.weekday()], []):
        last = day if closes > opens else day + timedelta(days=1)
        # In UTC, since between two moments of one zone Python counts hands of a clock, not hours that passed.
        yield _moment(day, opens, zone=zone), _moment(last, closes, zone=zone)


def _moment(day: date, clock: str, *, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


def read_shifts(text: str) -> list[list[str]]:
    """`9:00-12:00, 13:30–18:00` → `[["09:00", "12:00"], ["13:30", "18:00"]]`; empty: closed. Full-width forms too."""
    text = unicodedata.normalize("NFKC", text)
    return [_read_shift(one) for one in re.split(r"[,;、\n]", text) if one.strip()]


def _read_shift(text: str) -> list[str]:
    found = SHIFT.fullmatch(text.strip())
    if found is None:
        raise BadInput("bad_hours")
    opens, closes = _clock(*found.group(1, 2)), _clock(*found.group(3, 4))
    return [opens, closes]


def _clock(hour: str, minute: str) -> str:
    return "00:00" if (hour, minute) == ("24", "00") else f"{int(hour):02}:{minute}"


def written(shifts: Sequence[Sequence[str]]) -> str:
    """What `read_shifts` reads. The end of a day is its 24:00."""
    return ", ".join(f"{opens}-{'24:00' if closes == '00:00' else closes}" for opens, closes in shifts)


def checked(*, zone: str, week: Mapping[str, list[list[str]]], holidays: Sequence[str]) -> dict[str, Any]:
    """The fields of a site. Days without a shift are left out; holidays come in order."""
    if zone not in available_timezones():
        raise BadInput("bad_zone")
    try:
        for day, shifts in week.items():
            DAYS.index(day)
            for opens, closes in shifts:
                time.fromisoformat(opens), time.fromisoformat(closes)
        days = sorted({date.fromisoformat(holiday).isoformat() for holiday in holidays})
    except ValueError as error:
        raise BadInput("bad_hours") from error
    open_days = {day: week[day] for day in DAYS if week.get(day)}
    return {"zone": zone, "hours": open_days, "holidays": days}
