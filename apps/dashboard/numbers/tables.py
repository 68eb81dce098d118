"""Tallies, made readable: tiles, a chart of days, and tables. Each number knows the figure that it counts, and so its list.

Knows no request and no address.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy

from apps.conversations.models import Handoff
from apps.numbers.figures import BY_REASON
from apps.numbers.models import Prices
from apps.numbers.pricing import cost_each
from apps.numbers.queries import Asked, Tally, Times, total

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 190, 40, 24, 10  # of the chart, in its own units
MOST_BARS = 92  # days that are drawn one by one; beyond it weeks are
NAMED_DAYS = 8  # below the bars
PARTS = ("by_assistant", "by_both", "by_agent")

NAMES: dict[str, Any] = {
    "started": gettext_lazy("Conversations started"),
    "replied": gettext_lazy("Answered for the first time"),
    "handed_over": gettext_lazy("Handed over to a person"),
    "met_person": gettext_lazy("Answered by a person after a handoff"),
    "left_open": gettext_lazy("Started and still open"),
    "resolved": gettext_lazy("Resolved"),
    "by_assistant": gettext_lazy("Resolved by the assistant"),
    "by_both": gettext_lazy("Resolved by both"),
    "by_agent": gettext_lazy("Resolved by people"),
    "judged": gettext_lazy("Resolved at least seven days ago"),
    "lasting": gettext_lazy("Resolved for good"),
    "came_back": gettext_lazy("Came back within seven days"),
    "rated_assistant": gettext_lazy("Rated the assistant"),
    "content_assistant": gettext_lazy("Content with the assistant"),
    "rated_agent": gettext_lazy("Rated the person"),
    "content_agent": gettext_lazy("Content with the person"),
    **{f"{BY_REASON}{reason}": label for reason, label in Handoff.Reason.choices},
}
# What a count is told as a share of.
SHARES = {
    "handed_over": "started",
    **dict.fromkeys(PARTS, "resolved"),
    "lasting": "judged",
    "content_assistant": "rated_assistant",
    "content_agent": "rated_agent",
}
TILES = ("started", "resolved", "by_assistant", "lasting", "handed_over")
COLUMNS = (
    "started",
    "handed_over",
    "resolved",
    *PARTS,
    "lasting",
    "content_assistant",
    "content_agent",
)


@dataclass(frozen=True)
class Cell:
    """How many, and which share that is of what can be counted; `of` is what it is a share of."""

    figure: str
    count: int
    share: float | None = None
    of: int | None = None

    @property
    def label(self) -> Any:
        return NAMES[self.figure]


@dataclass(frozen=True)
class Tile:
    cell: Cell
    was: Cell  # in the period before


@dataclass(frozen=True)
class Line:
    """A row of a table: what it is about, its numbers, and what is asked for when one of them is followed."""

    name: str
    asked: Asked
    cells: Sequence[Cell]
    cost: float | None
    currency: str
    site_id: Any = None  # where it is another site's


@dataclass(frozen=True)
class Segment:
    y: float
    height: float
    figure: str


@dataclass(frozen=True)
class Bar:
    """A day, or a week, with what was resolved in it, one part on top of the other."""

    asked: Asked
    x: float
    width: float
    segments: Sequence[Segment]
    cells: Sequence[Cell]
    is_named: bool

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True)
class Chart:
    bars: Sequence[Bar]
    ticks: Sequence[tuple[float, int]]  # height in the picture, and the number that it stands for
    is_weekly: bool


def cell(figure: str, tally: Tally) -> Cell:
    of = SHARES.get(figure)
    return (
        Cell(figure, tally[figure], tally.share(figure, of), tally[of]) if of else Cell(figure, tally[figure])
    )


def tiles_of(now: Tally, before: Tally) -> list[Tile]:
    return [Tile(cell(name, now), cell(name, before)) for name in TILES]


def line(name: str, tally: Tally, *, asked: Asked, prices: Prices, site_id: Any = None) -> Line:
    cells = [cell(figure, tally) for figure in COLUMNS]
    return Line(name, asked, cells, cost_each(tally, prices=prices), prices.currency, site_id=site_id)


# --- Reasons, times, contentment ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reason:
    cell: Cell
    width: float  # of its bar, of a hundred


def reasons_of(by_reason: Mapping[str, Tally], *, handed_over: int) -> list[Reason]:
    """The most frequent first."""
    counts = {reason: tally["started"] for reason, tally in by_reason.items() if reason}
    most = max(counts.values(), default=0)
    return [
        Reason(Cell(f"{BY_REASON}{reason}", n, n / handed_over, handed_over), round(100 * n / most, 1))
        for reason, n in sorted(counts.items(), key=lambda one: -one[1])
        if n
    ]


TIME_NAMES = {
    "replied": gettext_lazy("First reply"),
    "met_person": gettext_lazy("Wait for a person"),
    "resolved": gettext_lazy("Until resolved"),
}


def times_of(found: Mapping[str, Times]) -> list[tuple[str, Any, Times]]:
    return [(figure, label, found[figure]) for figure, label in TIME_NAMES.items()]


@dataclass(frozen=True)
class Contentment:
    label: Any
    rated: Cell
    content: Cell
    mean: float | None


def contentment_of(tally: Tally) -> list[Contentment]:
    names = {"assistant": gettext_lazy("Assistant"), "agent": gettext_lazy("Person")}
    return [
        Contentment(
            label,
            cell(f"rated_{part}", tally),
            cell(f"content_{part}", tally),
            tally.mean(f"{part}_score", f"rated_{part}"),
        )
        for part, label in names.items()
    ]


# --- The chart ---------------------------------------------------------------------------------------------------


def chart_of(by_day: Mapping[date, Tally], *, asked: Asked) -> Chart:
    spans = list(_spans(asked))
    found = [total(_within(by_day, *span)) for span in spans]
    top = _round_up(max((sum(tally[part] for part in PARTS) for tally in found), default=0))
    wide = (WIDTH - LEFT) / len(spans)
    every = math.ceil(len(spans) / NAMED_DAYS)
    bars = [
        Bar(
            replace(asked, since=span[0], until=span[1]),
            x=round(LEFT + place * wide + wide * 0.12, 2),
            width=round(wide * 0.76, 2),
            segments=_segments(tally, top=top),
            cells=[cell(part, tally) for part in PARTS],
            is_named=place % every == 0,
        )
        for place, (span, tally) in enumerate(zip(spans, found, strict=True))
    ]
    ticks = [(_height(step, top=top), step) for step in (0, top // 2, top)]
    return Chart(bars, ticks, is_weekly=asked.days > MOST_BARS)


def _spans(asked: Asked) -> Iterable[tuple[date, date]]:
    step = timedelta(days=7 if asked.days > MOST_BARS else 1)
    since = asked.since
    while since <= asked.until:
        yield since, min(since + step - timedelta(days=1), asked.until)
        since += step


def _within(by_day: Mapping[date, Tally], since: date, until: date) -> dict[date, Tally]:
    days = (since + timedelta(days=number) for number in range((until - since).days + 1))
    return {day: by_day[day] for day in days if day in by_day}


def _round_up(number: int) -> int:
    """An even number that is easily read, not below the given one."""
    if number <= 2:
        return 2
    size = int(10 ** (len(str(number)) - 1))
    steps = (size, 2 * size, 4 * size, 6 * size, 8 * size, 10 * size)
    return next(step for step in steps if step >= number and step % 2 == 0)


def _segments(tally: Tally, *, top: int) -> list[Segment]:
    segments, below = [], 0
    for part in PARTS:
        if count := tally[part]:
            upper = _height(below + count, top=top)
            segments.append(Segment(upper, round(_height(below, top=top) - upper, 2), part))
            below += count
    return segments


def _height(number: int, *, top: int) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * number / top, 2)
