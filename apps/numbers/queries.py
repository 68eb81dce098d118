"""Facts → tallies and times, always of one site. Rates follow from tallies; nothing is kept between two questions."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

import numpy as np
from django.db import connections
from django.db.models import Count, F, Q, QuerySet, Sum, Value
from django.utils import timezone
from numpy.typing import NDArray

from apps.conversations.models import Site
from apps.numbers.figures import Base, Figure, figures
from apps.numbers.models import Episode

DAY = timedelta(days=1)
BASES: tuple[Base, ...] = ("started", "resolved")
SUMS = ("tokens_in", "tokens_out", "model_seconds", "assistant_score", "agent_score")
TIMES = ("replied", "met_person", "resolved")  # figures, whose lists begin with the slowest
DIMENSIONS = ("language", "intent", "model")
NONE = "-"  # asked for where a dimension is to be empty
KNOWN_VALUES = 50
COMPARED = ("started", "handed_over", "resolved", "by_assistant", "judged", "lasting")
DAILY = (
    *COMPARED,
    "by_both",
    "by_agent",
    "rated_assistant",
    "content_assistant",
    "rated_agent",
    "content_agent",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A period, both of its days included, and what the episodes in it have in common. Empty: anything."""

    since: date
    until: date
    language: str = ""
    intent: str = ""
    model: str = ""

    def on(self, **narrower: Any) -> "Asked":
        return replace(self, **narrower)

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def before(self) -> "Asked":
        """As many days, up to the day before."""
        return replace(self, since=self.since - self.days * DAY, until=self.since - DAY)


@dataclass(slots=True)
class Tally:
    """How many episodes each figure counts, and sums over those that were resolved."""

    counts: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)

    def __getitem__(self, figure: str) -> int:
        return self.counts[figure]

    def share(self, part: str, of: str) -> float | None:
        return self.counts[part] / self.counts[of] if self.counts[of] else None

    def mean(self, total: str, of: str) -> float | None:
        return self.sums[total] / self.counts[of] if self.counts[of] else None

    def add(self, other: "Tally") -> None:
        self.counts.update(other.counts)
        self.sums.update(other.sums)


def total(tallies: Mapping[Any, Tally]) -> Tally:
    whole = Tally()
    for one in tallies.values():
        whole.add(one)
    return whole


def episodes(site: Site, *, asked: Asked, base: Base) -> QuerySet[Episode]:
    given = {name: value for name in DIMENSIONS if (value := getattr(asked, name))}
    shared = {name: "" if value == NONE else value for name, value in given.items()}
    period = {f"{base}_on__range": (asked.since, asked.until)}
    return Episode.objects.filter(site=site, **period, **shared)


def behind(site: Site, *, asked: Asked, figure: Figure) -> QuerySet[Episode]:
    """The episodes that a figure counts."""
    rows = episodes(site, asked=asked, base=figure.base).filter(figure.condition)
    if figure.slowest_by:
        return rows.order_by(F(figure.slowest_by).desc(nulls_last=True), "pk")
    return rows.order_by(f"-{figure.base}_at", "pk")


def known_in(site: Site, *, asked: Asked) -> dict[str, list[str]]:
    """Intents and model versions of the period, the most frequent first."""
    rows = episodes(site, asked=asked.on(intent="", model=""), base="started").order_by()
    pairs = rows.values_list("intent", "model").annotate(number=Count("*"))
    found = {"intent": Counter[str](), "model": Counter[str]()}
    for intent, model, number in pairs:
        found["intent"][intent] += number
        found["model"][model] += number
    return {
        name: [value for value, _number in counter.most_common(KNOWN_VALUES) if value]
        for name, counter in found.items()
    }


def tallies(
    site: Site, *, asked: Asked, by: str = "day", only: Collection[str] = (), now: datetime | None = None
) -> dict[Any, Tally]:
    """By day, or by what a column of the facts says; of these figures only, when they are named."""
    found: dict[Any, Tally] = {}
    known = figures(now=now or timezone.now())
    for base in BASES:
        key = f"{base}_on" if by == "day" else by
        names = [name for name, one in known.items() if one.base == base and (name in only or not only)]
        wanted = {name: known[name].condition for name in names}
        rows = episodes(site, asked=asked, base=base)
        for row in _counted(rows, key=key, wanted=wanted, base=base) if wanted else ():
            tally = found.setdefault(row[key], Tally())
            tally.counts.update({name: row[f"n_{name}"] for name in wanted})
            if base == "resolved":
                tally.sums.update({name: row[f"sum_{name}"] or 0 for name in SUMS})
    return found


def _counted(rows: QuerySet[Episode], *, key: str, wanted: Mapping[str, Q], base: Base) -> Any:
    counts = {f"n_{name}": Count(Value(1), filter=condition or None) for name, condition in wanted.items()}
    sums = {f"sum_{name}": Sum(name) for name in SUMS} if base == "resolved" else {}
    return rows.order_by().values(key).annotate(**counts, **sums)


# --- Times -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds; None where nothing was measured."""

    measured: int
    median: float | None
    p90: float | None


def times(site: Site, *, asked: Asked) -> dict[str, Times]:
    """Exact, by nearest rank: a value that was measured, which half and nine tenths of all do not exceed."""
    known = figures(now=timezone.now())
    return {name: _times(site, asked=asked, figure=known[name]) for name in TIMES}


def _times(site: Site, *, asked: Asked, figure: Figure) -> Times:
    column = figure.slowest_by
    rows = episodes(site, asked=asked, base=figure.base).exclude(**{column: None}).order_by()
    values = _numbers(rows, column=column)
    return Times(len(values), rank(values, 0.5), rank(values, 0.9))


def _numbers(rows: QuerySet[Episode], *, column: str) -> NDArray[np.float64]:
    """As the database's cursor gives them: a hundred thousand of them need not be rows of Django's first."""
    statement, parameters = rows.values_list(column).query.sql_with_params()
    with connections[rows.db].cursor() as cursor:
        cursor.execute(statement, parameters)
        return np.fromiter(chain.from_iterable(cursor), dtype=float)


def rank(values: Sequence[float] | NDArray[np.float64], share: float) -> float | None:
    """Of values in any order."""
    if not len(values):
        return None
    place = max(0, math.ceil(share * len(values)) - 1)
    return float(np.partition(values, place)[place])
