"""All that is to be done for one site, in turn. A worker's: it embeds. Cut off anywhere, the next sweep goes on from there."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from apps.conversations.models import Site
from apps.gaps.checking import check_answered
from apps.gaps.collecting import collect
from apps.gaps.models import Gap, GapSweep
from apps.gaps.placing import embed_new, lock, place_new
from apps.gaps.proposing import propose
from apps.knowledge.searching import index_of

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
OVERLAP = timedelta(minutes=10)  # a reply settles after its conversation moved
WHOLE_EVERY = timedelta(hours=1)  # all of the history: what was imported, or came while no worker ran
COMES_BACK_AFTER = 3  # questions since it was closed


def sweep(site: Site) -> None:
    began = timezone.now()
    mine = _claim(site)
    if mine is None:
        return
    is_whole = mine.whole_at is None or mine.whole_at < began - WHOLE_EVERY
    since = None if is_whole or mine.swept_at is None else mine.swept_at - OVERLAP
    try:
        embedder = index_of(site.knowledge_base_id).embedder
        collect(site, since=since)
        embed_new(site, embedder=embedder)
        place_new(site, embedder=embedder)
        propose(site, since=since, embedder=embedder)
        tidy(site)
        check_answered(site)
    except BaseException:
        GapSweep.objects.filter(pk=mine.pk).update(busy_until=None)
        raise
    seen = {"swept_at": began, "whole_at": began} if since is None else {"swept_at": began}
    GapSweep.objects.filter(pk=mine.pk).update(busy_until=None, **seen)


@transaction.atomic
def tidy(site: Site) -> None:
    """Groups that were closed and asked about again come back; groups of which all questions are gone go."""
    lock(site)
    gaps = Gap.objects.filter(site=site)
    since = Count("questions", filter=Q(questions__asked_at__gt=F("closed_at")))
    closed = gaps.exclude(state=Gap.State.OPEN).annotate(since=since).filter(since__gte=COMES_BACK_AFTER)
    for gap in closed:
        gaps.filter(pk=gap.pk).update(state=Gap.State.OPEN)
        logger.info("Gap %s was asked about again and is open.", gap.pk)
    gaps.filter(questions=None).delete()


def _claim(site: Site) -> GapSweep | None:
    row, _created = GapSweep.objects.get_or_create(site=site)
    now = timezone.now()
    free = GapSweep.objects.filter(Q(busy_until=None) | Q(busy_until__lt=now), pk=row.pk)
    if not free.update(busy_until=now + LEASE):
        return None
    row.refresh_from_db()
    return row
