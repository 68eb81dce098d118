"""Doorbells: every minute each site's questions are looked after. Rows say how far it came."""

import logging
from uuid import UUID

from celery import shared_task

from apps.conversations.models import Site
from apps.gaps import sweeping
from retrieval import IndexUnavailable

logger = logging.getLogger(__name__)


EXPIRES = 60  # seconds: a bell that nobody heard is rung again by the next sweep


@shared_task(acks_late=False)
def look_after(site_id: str) -> None:
    try:
        sweeping.sweep(Site.objects.get(pk=UUID(site_id)))
    except IndexUnavailable as error:
        logger.info("Questions of %s are looked at later: %s", site_id, error)


@shared_task(acks_late=False)
def sweep_gaps() -> None:
    """Looking after embeds: it is for the workers that do."""
    for site_id in Site.objects.values_list("pk", flat=True):
        look_after.apply_async([str(site_id)], expires=EXPIRES)
