"""Second thoughts about a handoff, the customer's and the agent's, about a give-back, and about a resolve. And the address
that is left while nobody is there."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from apps.conversations.changes import (
    close_handoffs,
    later,
    lock,
    move_up,
    open_handoff,
    tell_position,
    tell_status,
)
from apps.conversations.errors import BadInput, NotPossibleNow
from apps.conversations.live import bells
from apps.conversations.live.happening import Kind, announce
from apps.conversations.models import Conversation, Handoff, Member, Message, Resolution
from apps.conversations.replying import replies
from apps.conversations.texts import is_storable

Status = Conversation.Status
STANDS_AFTER = timedelta(minutes=10)  # a resolve, and a give-back


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


def email_left(conversation: Conversation) -> str:
    """Where the answer that is waited for goes besides; empty: nowhere."""
    handoff = conversation.handoffs.filter(closed_at=None).first()
    return handoff.email if handoff else ""


def undo(conversation: Conversation, *, by: Member) -> Conversation:
    """What this member did last here: a resolve, a give-back, or a take-over."""
    undone = {Status.RESOLVED: undo_resolve, Status.ASSISTANT: undo_give_back}
    return undone.get(Status(conversation.status), undo_take_over)(conversation, by=by)


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
        conversation.status, handoff.closed_at = Status.ASSISTANT, timezone.now()
    else:
        conversation.status, conversation.waiting_since = Status.WAITING, handoff.created_at
    handoff.taken_by = handoff.taken_at = None
    handoff.save(update_fields=["taken_by", "taken_at", "closed_at"])
    conversation.save(update_fields=["status", "assignee", "waiting_since"])
    tell_position(conversation)
    return conversation


@transaction.atomic
def undo_give_back(conversation: Conversation, *, by: Member) -> Conversation:
    """With the agent again, by the same handoff."""
    if conversation.site_id != by.site_id:
        raise Conversation.DoesNotExist
    conversation = lock(conversation.pk)
    handoff = given_back(conversation, by=by)
    if handoff is None:
        raise NotPossibleNow("too_late_to_undo")
    handoff.closed_at = None
    handoff.save(update_fields=["closed_at"])
    conversation.status, conversation.assignee = Status.AGENT, by.user
    conversation.save(update_fields=["status", "assignee"])
    tell_status(conversation, "agent_joined", name=by.user.display_name)
    return conversation


@transaction.atomic
def undo_resolve(conversation: Conversation, *, by: Member) -> Conversation:
    """As if it had not been resolved: with whom it was, in line, or with the assistant, which answers what it was asked."""
    if conversation.site_id != by.site_id:
        raise Conversation.DoesNotExist
    conversation = lock(conversation.pk)
    end = end_to_undo(conversation, by=by)
    if end is None:
        raise NotPossibleNow("too_late_to_undo")
    handoff = conversation.handoffs.filter(closed_at=end.resolved_at).select_related("taken_by").first()
    end.delete()
    if handoff is None:
        conversation.status = Status.ASSISTANT
    else:
        _open_again(conversation, handoff)
    conversation.save(update_fields=["status", "assignee", "waiting_since"])
    if conversation.assignee:
        tell_status(conversation, "agent_joined", name=conversation.assignee.display_name)
    else:
        tell_position(conversation)
    if conversation.status == Status.WAITING:
        _queue_again(conversation)
    announce(Kind.REOPENED, conversation)
    if conversation.status != Status.AGENT:
        replies.bring_back(conversation, since=end.resolved_at)
    return conversation


def _open_again(conversation: Conversation, handoff: Handoff) -> None:
    """With the person who had it, if they are still here."""
    handoff.closed_at = None
    had = Member.objects.filter(site=conversation.site_id, user=handoff.taken_by_id)
    if handoff.taken_by and had.exists():
        conversation.status, conversation.assignee = Status.AGENT, handoff.taken_by
    else:
        conversation.status, conversation.waiting_since = Status.WAITING, handoff.created_at
        handoff.taken_by = handoff.taken_at = None
    handoff.save(update_fields=["closed_at", "taken_by", "taken_at"])


def _queue_again(conversation: Conversation) -> None:
    """Those behind it had moved up; and somebody may be free for it."""
    move_up(conversation)
    if conversation.site.assigns:
        later(bells.ring, bells.ASSIGN_WAITING, conversation.site_id)


def end_to_undo(conversation: Conversation, *, by: Member, now: datetime | None = None) -> Resolution | None:
    """The end of this episode, while the one who made it can take it back: for ten minutes, until the customer has
    rated it. None when a customer wrote since: then it is another episode."""
    if conversation.status != Status.RESOLVED or conversation.ratings.filter(episode=conversation.episode):
        return None
    since = (now or timezone.now()) - STANDS_AFTER
    ends = conversation.resolutions.filter(episode=conversation.episode, by=by.user_id)
    return ends.filter(resolved_at__gt=since).first()


def given_back(conversation: Conversation, *, by: Member, now: datetime | None = None) -> Handoff | None:
    """What this member gave back, while they can take that back: for ten minutes, until the customer wrote."""
    if conversation.status != Status.ASSISTANT:
        return None
    since = (now or timezone.now()) - STANDS_AFTER
    last = conversation.handoffs.order_by("-created_at").first()
    if last is None or last.taken_by_id != by.user_id or not last.closed_at or last.closed_at <= since:
        return None
    said = conversation.messages.filter(sender=Message.Sender.CONTACT, created_at__gt=last.closed_at)
    return None if said.exists() else last


def may_undo(conversation: Conversation, *, by: Member) -> bool:
    """A take-over."""
    mine = conversation.status == Status.AGENT and conversation.assignee_id == by.user_id
    handoff = conversation.handoffs.filter(closed_at=None).first() if mine else None
    return handoff is not None and not _has_spoken(conversation, handoff)


def _has_spoken(conversation: Conversation, handoff: Handoff) -> bool:
    since = handoff.taken_at or handoff.created_at
    rows = conversation.messages.filter(sender=Message.Sender.AGENT, private=False, created_at__gte=since)
    return bool(rows.exists())
