"""What happens becomes a row for each webhook that wants to hear of it, in the transaction in which it happens."""

from typing import Any
from uuid import UUID, uuid4

from celery import current_app

from apps.conversations.changes import later
from apps.conversations.models import Conversation, Handoff, Message
from apps.integrations.models import Kind, Webhook

WITH = {Kind.REOPENED: Kind.RESOLVED}  # whoever was told of the one is told of the other
DELIVER = "apps.integrations.tasks.deliver"


def note(
    sender: object,
    *,
    kind: str,
    conversation: Conversation,
    message: Message | None = None,
    handoff: Handoff | None = None,
    **_: Any,
) -> None:
    """The same event has the same id at every webhook."""
    event_id = uuid4()
    facts = {"status": conversation.status, "episode": conversation.episode}
    if kind == Kind.RESOLVED:
        facts["resolved_by"] = _part(conversation)
    wanted = WITH.get(Kind(kind), Kind(kind))
    for webhook in Webhook.objects.filter(site=conversation.site_id, paused_at=None).order_by().only("kinds"):
        if wanted in webhook.kinds:
            webhook.deliveries.create(
                event_id=event_id,
                kind=str(kind),
                conversation=conversation,
                message=message,
                handoff=handoff,
                facts=facts,
            )
            ring(webhook)


def _part(conversation: Conversation) -> str | None:
    """Who had answered: assistant, agent or both. Kept, since a resolve that is taken back leaves no row."""
    ends = conversation.resolutions.filter(episode=conversation.episode)
    return ends.values_list("part", flat=True).first()


def ring(webhook: Webhook) -> None:
    """After the commit; a bell that is lost is rung again by the sweeper."""
    later(deliver_soon, webhook.pk)


def deliver_soon(webhook_id: UUID) -> None:
    current_app.send_task(DELIVER, args=[str(webhook_id)], expires=60)
