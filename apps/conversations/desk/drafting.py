"""An assistant's draft when an agent wishes for one: the same `dialogue.answer` that customers get, for colleagues only."""

from contextlib import aclosing

from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone

from apps.conversations.changes import append, lock, notify
from apps.conversations.errors import NotPossibleNow
from apps.conversations.models import Conversation, Member, Message
from apps.conversations.replying import answering, replies
from apps.conversations.texts import storable
from dialogue import Answer, Finished


async def draft(conversation: Conversation, *, by: Member) -> Message:
    """For the customer's last message. Only whoever has the conversation is given one."""
    question = await sync_to_async(question_of)(conversation, by=by)
    turn = await sync_to_async(replies.turn_for)(conversation, question)
    answer: Answer | None = None
    async with aclosing(
        answering.answer_for(conversation.site, turn=turn, conversation_id=conversation.pk)
    ) as told:
        async for event in told:
            if isinstance(event, Finished):
                answer = event.answer
    if answer is None or not answer.text.strip():
        raise NotPossibleNow("no_draft_now")
    return await sync_to_async(keep)(conversation, by=by, answer=answer)


def question_of(conversation: Conversation, *, by: Member) -> Message:
    if conversation.site_id != by.site_id:
        raise Conversation.DoesNotExist
    _check_mine(conversation, by=by)
    theirs = conversation.messages.filter(sender=Message.Sender.CONTACT, episode=conversation.episode)
    question = (
        theirs.exclude(text="").order_by("-seq").first()
    )  # a file alone asks nothing that it could read
    if question is None:
        raise NotPossibleNow("no_draft_now")
    return question


@transaction.atomic
def keep(conversation: Conversation, *, by: Member, answer: Answer) -> Message:
    conversation = lock(conversation.pk)
    _check_mine(conversation, by=by)
    message = append(
        conversation,
        sender=Message.Sender.ASSISTANT,
        text=storable(answer.text).strip(),
        private=True,
        state=Message.State.DONE,
        decision=answer.decision,
        reason=answer.reason[:40],
        trace=storable({**answer.trace, "usage": answer.usage, "timings": answer.timings}),
        settled_at=timezone.now(),
    )
    replies.keep_citations(message, answer.citations)
    notify(conversation, seq=message.seq)
    return message


def _check_mine(conversation: Conversation, *, by: Member) -> None:
    if conversation.status != Conversation.Status.AGENT or conversation.assignee_id != by.user_id:
        raise NotPossibleNow("not_with_you")
