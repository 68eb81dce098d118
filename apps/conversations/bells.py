"""Rings for a worker after a commit: a task by its name and one id. Tasks may then ask the services, and not the reverse."""

from uuid import UUID

from celery import current_app

MAIL_ANSWER = "apps.conversations.tasks.mail_answer"
ASSIGN_WAITING = "apps.conversations.tasks.assign_waiting"


def ring(name: str, id: UUID) -> None:
    current_app.send_task(name, args=[str(id)])
