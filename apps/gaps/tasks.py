"""A doorbell: every minute each site's questions are looked after. Rows say how far it came."""

import logging

from celery import shared_task

from apps.conversations.models import Site
from apps.gaps import sweeping
from retrieval import IndexUnavailable

logger = logging.getLogger(__name__)


@shared_task(acks_late=False)
def sweep_gaps() -> None:
    for site in Site.objects.all():
        try:
            sweeping.sweep(site)
        except IndexUnavailable as error:
            logger.info("Questions of %s are looked at later: %s", site.pk, error)
