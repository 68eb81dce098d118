"""Reads of the log, of one site."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Max, QuerySet
from django.utils import timezone

from apps.audit.models import Entry


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for; what is not given is not asked."""

    person: int | None = None
    kind: str = ""
    day: date | None = None


def entries_of(site_id: UUID, *, chosen: Filter | None = None) -> QuerySet[Entry]:
    """The latest first. A day is one of the site's server's zone."""
    chosen = chosen or Filter()
    rows = Entry.objects.filter(site_id=site_id)
    if chosen.person is not None:
        rows = rows.filter(by_id=chosen.person)
    if chosen.kind:
        rows = rows.filter(kind=chosen.kind)
    if chosen.day is not None:
        begin = timezone.make_aware(datetime.combine(chosen.day, time.min))
        rows = rows.filter(at__gte=begin)
        if chosen.day < date.max:
            rows = rows.filter(at__lt=begin + timedelta(days=1))
    return rows


def people_in(site_id: UUID) -> list[tuple[int, str]]:
    """Everybody who stands in the log, by the latest of their names."""
    rows = Entry.objects.filter(site_id=site_id, by_id__isnull=False).values_list("by_id", "by_name")
    latest = rows.annotate(last=Max("at")).order_by("last")
    names = {pk: name for pk, name, _last in latest if pk}
    return sorted(names.items(), key=lambda one: one[1].casefold())
