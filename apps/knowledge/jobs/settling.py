"""Loose vectors are put right: those of live chunks are added, all others discarded.

One process at a time settles a knowledge base. A row goes only when the chunk is, after the vectors were touched,
still what it was before; so whatever else happens meanwhile is settled by the next round.
"""

import contextlib
import logging
import uuid
from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.knowledge import models
from apps.knowledge.jobs.replacing import lock
from apps.knowledge.models import IndexJob, KnowledgeBase, LooseVector
from apps.knowledge.searching import index_of

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
BATCH = 200

NOBODY_WORKS_ON_IT = Q(job=None) | ~Q(job__state__in=IndexJob.OPEN_STATES)


def settle(knowledge_base_id: uuid.UUID) -> int:
    """Returns how many were settled. May raise `IndexUnavailable`: the rows wait for the next time."""
    settled = 0
    with _one_at_a_time(knowledge_base_id) as mine:
        while mine and (ids := _next_ids(knowledge_base_id)):
            count = _settle_batch(knowledge_base_id, ids)
            settled += count
            mine = count > 0 and _renew(knowledge_base_id)
    return settled


def bases_to_settle() -> QuerySet[KnowledgeBase]:
    free = Q(tidying_until=None) | Q(tidying_until__lt=timezone.now())
    loose = LooseVector.objects.filter(NOBODY_WORKS_ON_IT).values("knowledge_base")
    return KnowledgeBase.objects.filter(free, pk__in=loose)


def _next_ids(knowledge_base_id: uuid.UUID) -> list[str]:
    rows = LooseVector.objects.filter(NOBODY_WORKS_ON_IT, knowledge_base=knowledge_base_id)
    return list(rows.order_by("pk").values_list("chunk_id", flat=True)[:BATCH])


def _settle_batch(knowledge_base_id: uuid.UUID, ids: list[str]) -> int:
    index = index_of(knowledge_base_id)
    live = index.store.get(ids)
    index.add(list(live.values()))
    index.discard([id for id in ids if id not in live])
    with transaction.atomic():
        lock(knowledge_base_id)
        still_live = set(models.Chunk.objects.filter(id__in=ids).values_list("id", flat=True))
        as_before = [id for id in ids if (id in live) == (id in still_live)]
        done = LooseVector.objects.filter(
            NOBODY_WORKS_ON_IT, knowledge_base=knowledge_base_id, chunk_id__in=as_before
        )
        return LooseVector.objects.filter(pk__in=list(done.values_list("pk", flat=True))).delete()[0]


@contextlib.contextmanager
def _one_at_a_time(knowledge_base_id: uuid.UUID) -> Iterator[bool]:
    now = timezone.now()
    free = KnowledgeBase.objects.filter(Q(tidying_until=None) | Q(tidying_until__lt=now))
    mine = free.filter(pk=knowledge_base_id).update(tidying_until=now + LEASE) > 0
    try:
        yield mine
    finally:
        if mine:
            KnowledgeBase.objects.filter(pk=knowledge_base_id).update(tidying_until=None)


def _renew(knowledge_base_id: uuid.UUID) -> bool:
    until = timezone.now() + LEASE
    return KnowledgeBase.objects.filter(pk=knowledge_base_id).update(tidying_until=until) > 0
