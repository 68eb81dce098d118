"""An agent's answer by mail, to a customer who left an address because nobody was there."""

from uuid import UUID

from django.core.mail import EmailMessage

from apps.conversations.models import Handoff, Message
from apps.conversations.wording import SENTENCES


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
