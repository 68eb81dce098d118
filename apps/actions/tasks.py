"""Doorbells: an id in, one call out. The rows say what is to be done."""

from uuid import UUID

from celery import shared_task

from apps.actions import confirming


@shared_task
def take_up(call_id: str) -> None:
    confirming.take_up(UUID(call_id))


@shared_task
def sweep_calls() -> None:
    """Calls whose process died are run on here; cards that nobody confirmed run out."""
    confirming.expire()
    for call_id in confirming.left():
        take_up.apply_async((str(call_id),), expires=30)
