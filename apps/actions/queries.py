"""Reads. Each is limited to the message, the conversation or the member who asks."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language

from apps.actions.arguments import fields_of, labelled
from apps.actions.models import Action, ActionCall
from apps.conversations.models import Conversation, Member, Message


def actions_of(member: Member) -> QuerySet[Action]:
    return Action.objects.filter(site_id=member.site_id)


def offered_to(member: Member) -> list[tuple[Action, list[dict[str, Any]]]]:
    """What an agent may ask for, with the fields that each needs, in the language of the page."""
    language = (get_language() or "en").lower()
    return [
        (action, fields_of(action.schema, locale="zh-hans" if language.startswith("zh") else "en"))
        for action in actions_of(member).filter(is_on=True)
    ]


def calls_of(conversation: Conversation) -> QuerySet[ActionCall]:
    return ActionCall.objects.filter(conversation=conversation).select_related("action")


def with_calls(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Messages with the calls that they propose."""
    return messages.select_related("action_call__action", "action_call__conversation")


def call_on(message: Message) -> ActionCall | None:
    """The call that a message proposes."""
    if message.reason != "proposed":
        return None
    try:
        return message.action_call
    except ActionCall.DoesNotExist:
        return None


def card_of(call: ActionCall) -> dict[str, Any]:
    """What the customer is shown, in the conversation's language."""
    locale = call.locale
    return {
        "nonce": call.nonce,
        "action": call.action.name,
        "title": call.action.title_in(locale),
        "details": labelled(call.arguments, schema=call.action.schema, locale=locale),
        "state": call.state_now,
        "text": call.text,
        "expires_at": call.expires_at.isoformat() if call.expires_at else None,
    }
