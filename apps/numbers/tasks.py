"""A doorbell: every minute what changed is derived. Rows say how far it came."""

from celery import shared_task

from apps.conversations.models import Site
from apps.numbers import sweeping


@shared_task(acks_late=False)
def sweep_numbers() -> None:
    for site in Site.objects.all():
        sweeping.sweep(site)
