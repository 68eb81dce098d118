"""Doorbells: an id in, one call out. The rows say what is to be sent."""

from uuid import UUID

from celery import shared_task

from apps.integrations import delivering, outbox, receipts


@shared_task
def deliver(webhook_id: str) -> None:
    if delivering.deliver(UUID(webhook_id)):
        outbox.deliver_soon(UUID(webhook_id))


@shared_task
def sweep_deliveries() -> None:
    for webhook_id in delivering.webhooks_due():
        outbox.deliver_soon(webhook_id)


@shared_task
def forget_old_deliveries() -> None:
    delivering.forget_old()
    receipts.forget_old()
