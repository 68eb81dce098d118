"""What changed since it was derived is derived again, site by site. Cut off anywhere, the next sweep goes on from there."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from apps.conversations.models import Conversation, Site
from apps.numbers.deriving import derive
from apps.numbers.models import Episode, NumbersSweep

LEASE = timedelta(minutes=5)  # for each batch
OVERLAP = timedelta(minutes=10)  # a change is seen when it is committed, which may be later than it says
AT_ONCE = 200


def sweep(site: Site) -> int:
    """Returns how many conversations were derived."""
    began = timezone.now()
    mine = _claim(site, now=began)
    if mine is None:
        return 0
    try:
        done = sum(_derive(ids, sweep=mine) for ids in _changed(site, since=mine.swept_at))
    except BaseException:
        NumbersSweep.objects.filter(pk=mine.pk).update(busy_until=None)
        raise
    NumbersSweep.objects.filter(pk=mine.pk).update(busy_until=None, swept_at=began)
    return done


def _claim(site: Site, *, now: datetime) -> NumbersSweep | None:
    row, _created = NumbersSweep.objects.get_or_create(site=site)
    free = NumbersSweep.objects.filter(Q(busy_until=None) | Q(busy_until__lt=now), pk=row.pk)
    if not free.update(busy_until=now + LEASE):
        return None
    row.refresh_from_db()
    return row


def _changed(site: Site, *, since: datetime | None) -> Iterator[list[UUID]]:
    """In batches; what was derived from its present state already is passed over."""
    current = Episode.objects.filter(conversation=OuterRef("pk"), derived_from__gte=OuterRef("changed_at"))
    rows = Conversation.objects.filter(~Exists(current), site=site)
    if since is not None:
        rows = rows.filter(changed_at__gte=since - OVERLAP)
    ids = iter(list(rows.order_by().values_list("pk", flat=True)))
    while some := list(islice(ids, AT_ONCE)):
        yield some


def _derive(ids: list[UUID], *, sweep: NumbersSweep) -> int:
    NumbersSweep.objects.filter(pk=sweep.pk).update(busy_until=timezone.now() + LEASE)
    derive(list(Conversation.objects.select_related("site").filter(pk__in=ids)))
    return len(ids)
