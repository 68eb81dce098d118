"""Rings for a worker after a commit: a task by its name and one id. Tasks may then ask the services, and not the reverse."""

from uuid import UUID

from celery import current_app

MAIL_LETTER = "apps.conversations.tasks.mail_letter"
ASSIGN_WAITING = "apps.conversations.tasks.assign_waiting"
MAIL_ALERTS = "apps.conversations.tasks.mail_alerts"
MAIL_MENTIONS = "apps.conversations.tasks.mail_mentions"


def ring(name: str, id: UUID | int) -> None:
    current_app.send_task(name, args=[str(id)])
