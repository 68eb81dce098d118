"""Business hours: in the site's own zone, over nights, weekends, holidays and the change of the clocks."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from apps.conversations.desk import hours
from apps.conversations.errors import BadInput
from apps.conversations.models import Site

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
WEEK = {day: [["09:00", "12:00"], ["13:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def site(*, zone: str = "Europe/Berlin", week: dict[str, list[list[str]]] | None = None) -> Site:
    return Site(zone=zone, hours=WEEK if week is None else week, holidays=["2026-12-25"])


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (datetime(2026, 11, 24, 9, 0, tzinfo=BERLIN), True),
        (datetime(2026, 11, 24, 8, 59, tzinfo=BERLIN), False),
        (datetime(2026, 11, 24, 12, 30, tzinfo=BERLIN), False),
        (datetime(2026, 11, 24, 18, 0, tzinfo=BERLIN), False),
        (datetime(2026, 11, 28, 10, 0, tzinfo=BERLIN), False),  # a Saturday
        (datetime(2026, 12, 25, 10, 0, tzinfo=BERLIN), False),
        (datetime(2026, 11, 24, 16, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI), False),
    ],
)
def test_people_are_there_in_their_own_zone(at: datetime, is_open: bool) -> None:
    assert hours.is_open(site(), at=at) is is_open


def test_a_site_without_hours_never_closes() -> None:
    now = datetime(2026, 12, 25, 3, 0, tzinfo=UTC)
    assert hours.is_open(site(week={}), at=now)
    assert hours.opens_at(site(week={}), at=now) is None
    assert hours.due(site(week={}), start=now, minutes=10) == datetime(2026, 12, 25, 3, 10, tzinfo=UTC)


def test_the_next_opening_is_named_over_holiday_and_weekend() -> None:
    eve = datetime(2026, 12, 24, 19, 0, tzinfo=BERLIN)
    assert hours.opens_at(site(), at=eve) == datetime(2026, 12, 28, 9, 0, tzinfo=BERLIN)


def test_shifts_that_overlap_or_come_in_any_order_count_each_minute_once() -> None:
    odd = site(
        week={
            "tue": [["13:00", "18:00"], ["09:00", "12:00"], ["11:00", "12:30"]],
            "mon": [["20:00", "10:00"]],
        }
    )
    tuesday = datetime(2026, 11, 24, 0, 0, tzinfo=BERLIN)
    noon = tuesday.replace(hour=12)
    assert hours.working_minutes(odd, start=tuesday, end=noon) == 12 * 60
    assert hours.due(odd, start=noon, minutes=60) == tuesday.replace(hour=13, minute=30)
    assert hours.opens_at(odd, at=noon.replace(minute=30)) == tuesday.replace(hour=13)
    unsorted = site(week={"tue": [["13:00", "18:00"], ["09:00", "12:00"]]})
    assert hours.opens_at(unsorted, at=tuesday) == tuesday.replace(hour=9)


def test_a_promise_counts_working_time_only() -> None:
    friday = datetime(2026, 11, 27, 17, 50, tzinfo=BERLIN)
    assert hours.due(site(), start=friday, minutes=30) == datetime(2026, 11, 30, 9, 20, tzinfo=BERLIN)
    assert hours.working_minutes(site(), start=friday, end=datetime(2026, 11, 30, 9, 20, tzinfo=BERLIN)) == 30


def test_a_night_shift_and_the_change_of_the_clocks_keep_their_length() -> None:
    night = site(week={"sat": [["22:00", "06:00"]]})
    change = datetime(2026, 10, 25, 3, 30, tzinfo=BERLIN)  # the night of which the clocks go back
    assert hours.is_open(night, at=change)
    assert not hours.is_open(night, at=datetime(2026, 10, 26, 3, 30, tzinfo=BERLIN))
    evening = datetime(2026, 10, 24, 22, 0, tzinfo=BERLIN)
    assert (
        hours.working_minutes(night, start=evening, end=datetime(2026, 10, 25, 7, 0, tzinfo=BERLIN)) == 9 * 60
    )


@pytest.mark.parametrize(
    ("zone", "week", "holidays"),
    [
        ("Mars/Base", WEEK, []),
        ("Europe/Berlin", {"day": [["09:00", "18:00"]]}, []),
        ("Europe/Berlin", {"mon": [["9", "18:00"]]}, []),
        ("Europe/Berlin", {"mon": [["09:00"]]}, []),
        ("Europe/Berlin", WEEK, ["Christmas"]),
    ],
)
def test_hours_that_make_no_sense_are_refused(
    zone: str, week: dict[str, list[list[str]]], holidays: list[str]
) -> None:
    with pytest.raises(BadInput):
        hours.checked(zone=zone, week=week, holidays=holidays)


@pytest.mark.parametrize(
    ("text", "shifts"),
    [
        ("", []),
        ("09:00-18:00", [["09:00", "18:00"]]),
        (" 9:00 – 12:30, 13:30—18:00 ", [["09:00", "12:30"], ["13:30", "18:00"]]),
        ("9：00至12：00、13：00到18：00", [["09:00", "12:00"], ["13:00", "18:00"]]),
        ("18:00-24:00", [["18:00", "00:00"]]),
        ("9:00 to 17:00", [["09:00", "17:00"]]),
    ],
)
def test_shifts_are_read_as_people_write_them(text: str, shifts: list[list[str]]) -> None:
    assert hours.read_shifts(text) == shifts
    assert hours.read_shifts(hours.written(shifts)) == shifts
    assert "-00:00" not in hours.written(shifts)  # midnight ends a day as it was typed


@pytest.mark.parametrize("text", ["nine to five", "09:00", "9-17", "09:00-18:00-19:00"])
def test_what_cannot_be_read_as_a_shift_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        hours.read_shifts(text)
