"""Mails to colleagues who are named in a note while they have no page of the site open.

One for each conversation in ten minutes: what is written meanwhile waits, and goes together in the next one, unless they have
looked by then. Whoever is at their desk is told there, and by mail only if they leave without having looked.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.text import Truncator

from apps.conversations.changes import later, lock
from apps.conversations.desk.expecting import HERE
from apps.conversations.live import bells
from apps.conversations.models import Member, Mention, Message
from apps.conversations.wording import say
from apps.knowledge.naming import without_turns

logger = logging.getLogger(__name__)

PAUSE = timedelta(minutes=10)
LEASE = timedelta(minutes=5)  # a worker that died, or found no mail server, is followed by another after that
WORTH_A_MAIL = timedelta(days=1)
LINES = 10  # in one mail
LONGEST_EXCERPT = 200


def ring(note: Message) -> None:
    """Inside the transaction that keeps the note."""
    later(bells.ring, bells.MAIL_MENTIONS, note.pk)


def notes_to_mail(*, now: datetime) -> set[UUID]:
    """Those whose bell was not heard, and those whose time has come."""
    old = Mention.objects.filter(mail_at__lte=now, message__created_at__lte=now - WORTH_A_MAIL)
    if old.exists():  # a sweep that finds nothing writes nothing
        old.update(mail_at=None)
    return set(_due(now=now).values_list("message", flat=True))


def mail_mentions(message_id: UUID, *, now: datetime) -> None:
    """To each who is named in this note and has to be told. Where the mail server will not, the next one is told all the same."""
    for first in _due(now=now).filter(message=message_id).select_related("message"):
        mentions = _claim(first.message.conversation_id, user_id=first.user_id, now=now)
        try:
            _mail(mentions, now=now)
        except OSError as error:
            logger.warning("A mention could not be mailed: %s", error)


def _mail(mentions: Sequence[Mention], *, now: datetime) -> None:
    if mentions:
        _compose(mentions).send()
        Mention.objects.filter(pk__in=[one.pk for one in mentions]).update(mail_at=None, mailed_at=now)


def _due(*, now: datetime) -> QuerySet[Mention]:
    """Of people who work here, wish it, are not here, have not looked, and were sent nothing of this conversation of late."""
    here = Member.objects.filter(user=OuterRef("user"), site=OuterRef("message__conversation__site"))
    of_late = Q(mailed_at__gt=now - PAUSE) | Q(mail_at__gt=now)  # sent, or somebody is sending it
    same = Mention.objects.filter(
        of_late, user=OuterRef("user"), message__conversation=OuterRef("message__conversation")
    )
    wished = Mention.objects.filter(user__is_active=True, user__mails_mentions=True).exclude(user__email="")
    fresh = wished.filter(mail_at__lte=now, seen_at=None, message__created_at__gt=now - WORTH_A_MAIL)
    return fresh.filter(Exists(here), ~Exists(here.filter(seen_at__gte=now - HERE)), ~Exists(same))


def _claim(conversation_id: UUID, *, user_id: int, now: datetime) -> Sequence[Mention]:
    """All that this person was not told of in the conversation. Of two workers, one gets them."""
    with transaction.atomic():
        lock(conversation_id)
        due = _due(now=now).filter(user=user_id, message__conversation=conversation_id)
        mine = list(due.select_related("message__author", "message__conversation__site", "user"))
        Mention.objects.filter(pk__in=[one.pk for one in mine]).update(mail_at=now + LEASE)
    return sorted(mine, key=lambda one: one.message.seq)


def _compose(mentions: Sequence[Mention]) -> EmailMessage:
    """Plain text, so that nothing in a note is more than words."""
    user, conversation = mentions[0].user, mentions[0].message.conversation
    site = conversation.site
    locale = user.locale or site.locale
    page = reverse("conversation", args=[site.pk, conversation.pk])
    values = {
        "site": site.name,
        "name": _author(mentions[-1].message),
        "reference": conversation.reference,
        "link": f"{settings.PUBLIC_URL}{page}#m-{mentions[0].message_id}",
        "account": f"{settings.PUBLIC_URL}{reverse('account')}",
    }
    lines = [say("mention_line", locale=locale).format(**_said(one.message)) for one in mentions[:LINES]]
    if len(mentions) > LINES:
        lines.append(say("alert_more", locale=locale).format(n=len(mentions) - LINES))
    begin, end = (say(code, locale=locale).format(**values) for code in ("mention_begins", "mention_ends"))
    subject = say("mention_subject", locale=locale).format(**values)
    return EmailMessage(_in_one_line(subject), "\n\n".join([begin, *lines, end]), to=[user.email])


def _said(note: Message) -> dict[str, str]:
    return {"name": _author(note), "text": Truncator(_in_one_line(note.text)).chars(LONGEST_EXCERPT)}


def _author(note: Message) -> str:
    return _in_one_line(note.author.display_name) if note.author else str(note.get_sender_display())


def _in_one_line(text: str) -> str:
    return " ".join(without_turns(text).split())
