"""The doorbells of websites. For workers only (`CELERY_IMPORTS`): cleaning pages takes trafilatura."""

import uuid

from celery import shared_task

from apps.knowledge.websites import visiting


@shared_task(acks_late=False)
def visit_website(website_id: str) -> None:
    visiting.visit(uuid.UUID(website_id))


@shared_task(acks_late=False)
def sweep_websites() -> None:
    """Rings for each website whose time has come; a bell that nobody hears is rung again half a minute later."""
    for website_id in visiting.due_websites():
        visit_website.apply_async([str(website_id)], priority=9, expires=30)
