"""Agents put right what they have written: for an hour, while the conversation is theirs. What it said before is kept."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from apps.conversations.changes import later, lock, notify
from apps.conversations.desk import finding
from apps.conversations.desk.mentioning import mention
from apps.conversations.errors import NotPossibleNow
from apps.conversations.live import events
from apps.conversations.models import Conversation, Edit, Member, Message
from apps.conversations.texts import check_text

EDITABLE = timedelta(hours=1)


def may_edit(message: Message, *, conversation: Conversation, by: Member, now: datetime) -> bool:
    """One's own words of this episode. What proposes an action stays as the customer was shown it."""
    is_own = message.sender == Message.Sender.AGENT and message.author_id == by.user_id
    is_with = conversation.status == Conversation.Status.AGENT and conversation.assignee_id == by.user_id
    return (
        is_own
        and (is_with or message.private)
        and message.reason != "proposed"
        and message.episode == conversation.episode
        and message.created_at > now - EDITABLE
    )


@transaction.atomic
def edit(message: Message, *, by: Member, text: str) -> Message:
    check_text(text)
    conversation = lock(message.conversation_id)
    if conversation.site_id != by.site_id:
        raise Message.DoesNotExist
    message, now = Message.objects.get(pk=message.pk), timezone.now()
    if not may_edit(message, conversation=conversation, by=by, now=now):
        raise NotPossibleNow("not_to_be_edited")
    if message.text == text:
        return message
    Edit.objects.create(message=message, text=message.text, by=by.user)
    message.text, message.edited_at = text, now
    message.save(update_fields=["text", "edited_at"])
    finding.index(message, site_id=conversation.site_id)
    if message.private:
        mention(message, by=by)
    else:
        # As a whole message that browsers know already: it takes the place of what they show.
        later(events.publish, conversation.pk, "done", {"message_id": str(message.pk)}, seq=message.seq)
    notify(conversation, seq=message.seq)
    return message
