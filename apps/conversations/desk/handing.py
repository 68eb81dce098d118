"""Second thoughts about a handoff: the customer's, and the agent's. And the address that is left while nobody is there."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from apps.conversations.changes import close_handoffs, lock, move_up, open_handoff, tell_position
from apps.conversations.errors import BadInput, NotPossibleNow
from apps.conversations.models import Conversation, Handoff, Member, Message
from apps.conversations.texts import is_storable

Status = Conversation.Status


@transaction.atomic
def cancel(conversation: Conversation) -> Conversation:
    """The customer goes on with the assistant. Too late once a person has come."""
    conversation = lock(conversation.pk)
    if conversation.status == Status.AGENT:
        raise NotPossibleNow("person_has_come")
    if conversation.status == Status.WAITING:
        conversation.status, conversation.waiting_since = Status.ASSISTANT, None
        conversation.save(update_fields=["status", "waiting_since"])
        close_handoffs(conversation)
        tell_position(conversation)
        move_up(conversation)
    return conversation


@transaction.atomic
def leave_email(conversation: Conversation, *, email: str) -> Handoff:
    """Where an answer is sent when it comes. Waits in line, if it did not yet; the last address counts."""
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError as error:
        raise BadInput("bad_email") from error
    if len(email) > 320 or not is_storable(email):
        raise BadInput("bad_email")
    conversation = lock(conversation.pk)
    if conversation.status == Status.RESOLVED:
        raise NotPossibleNow("already_resolved")
    handoff = open_handoff(conversation, reason=Handoff.Reason.CONTACT_ASKED)
    handoff.email = email
    handoff.save(update_fields=["email"])
    return handoff


@transaction.atomic
def undo_take_over(conversation: Conversation, *, by: Member) -> Conversation:
    """As if it had not been taken: back to its old place in line, or to the assistant. Not after a word was said."""
    if conversation.site_id != by.site_id:
        raise Conversation.DoesNotExist
    conversation = lock(conversation.pk)
    if conversation.status != Status.AGENT or conversation.assignee_id != by.user_id:
        raise NotPossibleNow("not_with_you")
    handoff = conversation.handoffs.filter(closed_at=None).first()
    if handoff is None or _has_spoken(conversation, handoff):
        raise NotPossibleNow("already_answered")
    conversation.assignee = None
    if handoff.reason == Handoff.Reason.AGENT_TOOK_OVER:
        conversation.status = Status.ASSISTANT
        close_handoffs(conversation)
    else:
        conversation.status, conversation.waiting_since = Status.WAITING, handoff.created_at
        handoff.taken_by = handoff.taken_at = None
        handoff.save(update_fields=["taken_by", "taken_at"])
    conversation.save(update_fields=["status", "assignee", "waiting_since"])
    tell_position(conversation)
    return conversation


def may_undo(conversation: Conversation, *, by: Member) -> bool:
    mine = conversation.status == Status.AGENT and conversation.assignee_id == by.user_id
    handoff = conversation.handoffs.filter(closed_at=None).first() if mine else None
    return handoff is not None and not _has_spoken(conversation, handoff)


def _has_spoken(conversation: Conversation, handoff: Handoff) -> bool:
    since = handoff.taken_at or handoff.created_at
    rows = conversation.messages.filter(sender=Message.Sender.AGENT, private=False, created_at__gte=since)
    return bool(rows.exists())
