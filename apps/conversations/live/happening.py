"""What happened in a conversation, told inside the transaction in which it did.

Rooms above listen and write rows of their own: both are committed, or neither is. An error of theirs is the change's error.
Nothing slow belongs here. What is told to browsers goes another way, after the commit (`changes.tell`).
"""

from enum import StrEnum

from django.dispatch import Signal

from apps.conversations.models import Conversation, Handoff, Message

happened = Signal()  # with kind, conversation, and the message or handoff that it is about


class Kind(StrEnum):
    MESSAGE = "message"  # something was said, and is whole: an answer when it is settled
    HANDOFF = "handoff"  # the conversation joined the waiting line
    RESOLVED = "resolved"
    REOPENED = "reopened"  # whoever resolved it has taken that back


def announce(
    kind: Kind, conversation: Conversation, *, message: Message | None = None, handoff: Handoff | None = None
) -> None:
    happened.send(Conversation, kind=kind, conversation=conversation, message=message, handoff=handoff)
