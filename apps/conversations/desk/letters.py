"""Which mails to customers are due. Rows: neither a bell that nobody heard nor a worker that was killed loses one."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, QuerySet

from apps.conversations.changes import later
from apps.conversations.live import bells
from apps.conversations.models import Letter, Message

logger = logging.getLogger(__name__)

FIRST_WAIT = timedelta(minutes=1)
MOST_TRIES = 10  # with waits that double, about eight hours


def make_due(message: Message) -> None:
    """Inside the transaction that stores the message."""
    Letter.objects.create(message=message)
    later(bells.ring, bells.MAIL_LETTER, message.pk)


def due(*, now: datetime) -> QuerySet[Letter]:
    return Letter.objects.filter(next_at__lte=now)


def take(message_id: UUID, *, now: datetime) -> bool:
    """Whoever takes it has it until it is due again, which is twice as long with each try."""
    letter = due(now=now).filter(message=message_id).first()
    if letter is None:
        return False
    if letter.tries == MOST_TRIES:
        logger.error("A mail about message %s was given up.", message_id)
        letter.delete()
        return False
    mine = due(now=now).filter(message=message_id, tries=letter.tries)
    return bool(mine.update(tries=F("tries") + 1, next_at=now + FIRST_WAIT * 2**letter.tries))


def is_sent(message_id: UUID) -> None:
    Letter.objects.filter(message=message_id).delete()
