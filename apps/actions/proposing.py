"""An answer that proposes an action becomes a call that waits for the customer's word, in the transaction that posts it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.actions.arguments import read
from apps.actions.calling import seal_of
from apps.actions.errors import BadInput
from apps.actions.models import Action, ActionCall, new_nonce
from apps.actions.schemas import LOCALES
from apps.conversations.changes import later, notify
from apps.conversations.live import events
from apps.conversations.models import Conversation, Message

GOOD_FOR = timedelta(minutes=10)
State = ActionCall.State


def note(sender: object, *, conversation: Conversation, message: Message | None = None, **_: Any) -> None:
    """Hears of every message. A draft for an agent proposes nothing to anybody."""
    if message is None or message.private or message.reason != "proposed":
        return
    wanted = message.trace.get("action", {})
    action = Action.objects.filter(site=conversation.site_id, name=wanted.get("name", ""), is_on=True).first()
    if action is not None and conversation.contact.verified:
        locale = LOCALES.get(message.trace.get("language", ""), conversation.locale)
        arguments = wanted.get("arguments", {})
        propose(action, conversation=conversation, message=message, arguments=arguments, locale=locale)


def propose(
    action: Action,
    *,
    conversation: Conversation,
    message: Message,
    arguments: Mapping[str, Any],
    locale: str,
) -> ActionCall | None:
    """One card at a time: what was proposed before in this conversation can no longer be confirmed."""
    try:
        arguments = read(arguments, schema=action.schema)
    except BadInput:
        return None
    withdraw(conversation)
    nonce = new_nonce()
    row = ActionCall.objects.create(
        action=action,
        conversation=conversation,
        contact_id=conversation.contact_id,
        message=message,
        locale=locale,
        nonce=nonce,
        arguments=arguments,
        seal=seal_of(action=action, contact_id=conversation.contact_id, arguments=arguments, nonce=nonce),
        expires_at=timezone.now() + GOOD_FOR,
    )
    tell(row)
    return row


def withdraw(conversation: Conversation) -> None:
    for row in ActionCall.objects.filter(conversation=conversation, state=State.PROPOSED):
        if ActionCall.objects.filter(pk=row.pk, state=State.PROPOSED).update(
            state=State.EXPIRED, finished_at=timezone.now(), reason="superseded"
        ):
            tell(row)


def tell(row: ActionCall) -> None:
    """The card has changed. The event names its message; whoever shows it reads the row."""
    if row.message_id is not None and row.message is not None:
        data = {"message_id": str(row.message_id)}
        later(events.publish, row.conversation_id, "confirm", data, seq=row.message.seq)
        notify(row.conversation, seq=row.message.seq)
