"""Mails to customers: an agent's answer, to one who left an address because nobody was there, and a transcript."""

from datetime import datetime
from uuid import UUID

from django.core.mail import EmailMessage

from apps.conversations.desk import letters, transcripts
from apps.conversations.models import Handoff, Message
from apps.conversations.wording import SENTENCES


def send(message_id: UUID, *, now: datetime) -> None:
    """The mail that this message has made due, unless somebody else is sending it."""
    if not letters.take(message_id, now=now):
        return
    if Message.objects.filter(pk=message_id, reason=transcripts.MAILED).exists():
        transcripts.mail(message_id)
    else:
        mail_answer(message_id)
    letters.is_sent(message_id)


def mail_answer(message_id: UUID) -> bool:
    """Whether there was somebody to write to."""
    message = Message.objects.select_related("conversation__site", "author").get(pk=message_id)
    conversation = message.conversation
    left = Handoff.objects.filter(conversation=conversation).exclude(email="").order_by("-created_at").first()
    if left is None or message.private or message.sender != Message.Sender.AGENT:
        return False
    language = 1 if conversation.locale.startswith("zh") else 0
    values = {
        "site": conversation.site.name,
        "reference": conversation.reference,
        "name": message.author.display_name if message.author else conversation.site.name,
        "text": message.gist,
    }
    subject = SENTENCES["answer_by_mail_subject"][language].format(**values)
    body = SENTENCES["answer_by_mail"][language].format(**values)
    EmailMessage(" ".join(subject.split()), body, to=[left.email]).send()
    return True
