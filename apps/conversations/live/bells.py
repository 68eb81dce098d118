"""Rings for a worker after a commit: a task by its name and one id. Tasks may then ask the services, and not the reverse."""

from uuid import UUID

from celery import current_app

MAIL_ANSWER = "apps.conversations.tasks.mail_answer"
ASSIGN_WAITING = "apps.conversations.tasks.assign_waiting"
MAIL_TRANSCRIPT = "apps.conversations.tasks.mail_transcript"
MAIL_ALERTS = "apps.conversations.tasks.mail_alerts"


def ring(name: str, id: UUID | int) -> None:
    current_app.send_task(name, args=[str(id)])
