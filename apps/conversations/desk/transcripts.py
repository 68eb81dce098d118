"""A conversation as its customer knows it: as text, as a page to print, and by mail to the customer.

Made of the rows that a customer may see, so no note, no draft and no trace of an answer is ever in it; of what an answer
rests on, it names the titles. A mail goes to the address of a customer whom the site's own server has vouched for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from apps.conversations import queries
from apps.conversations.changes import append, lock, notify
from apps.conversations.desk import letters
from apps.conversations.errors import NotPossibleNow, TooOften
from apps.conversations.models import Conversation, Member, Message
from apps.conversations.wording import say

MOST_IN_HOUR = 3
HOUR = timedelta(hours=1)
MAILED = "transcript_mailed"  # the reason of the line that says so, and what mails are counted by
HTML_LANGUAGES = {"zh-hans": "zh-Hans"}


@dataclass(frozen=True, slots=True)
class Line:
    sender: str
    who: str
    at: datetime
    text: str
    files: Sequence[str]
    sources: Sequence[tuple[int, str]]  # number and title


def as_text(conversation: Conversation, *, locale: str) -> str:
    return _rendered("conversations/transcript.txt", conversation, locale=locale)


def as_page(conversation: Conversation, *, locale: str) -> str:
    """Whole in itself: nothing is fetched, and nothing in it runs."""
    return _rendered("conversations/transcript.html", conversation, locale=locale)


def _rendered(template: str, conversation: Conversation, *, locale: str) -> str:
    site = conversation.site
    with translation.override(locale), timezone.override(ZoneInfo(site.zone)):
        content: dict[str, Any] = {
            "site": site,
            "reference": conversation.reference,
            "lang": HTML_LANGUAGES.get(locale, locale),
            "lines": [_line(row) for row in _said(conversation)],
        }
        return render_to_string(template, content)


def _said(conversation: Conversation) -> Sequence[Message]:
    rows = queries.saying_something(queries.messages_for_contact(conversation))
    settled = rows.exclude(state=Message.State.GENERATING)
    return list(settled.select_related("author", "conversation__contact"))


def _line(row: Message) -> Line:
    return Line(
        sender=row.sender,
        who=_speaker(row),
        at=row.created_at,
        text=row.spoken_text,
        files=[file.name for file in row.attachments.all()],
        sources=[(citation.number, citation.title) for citation in row.citations.all()],
    )


def _speaker(row: Message) -> str:
    if row.sender == Message.Sender.CONTACT:
        contact = row.conversation.contact
        return contact.name or contact.email or str(row.get_sender_display())
    return row.author.display_name if row.author else str(row.get_sender_display())


# --- By mail ------------------------------------------------------------------------------------------------


def may_mail(conversation: Conversation) -> bool:
    return bool(_address_of(conversation) and conversation.last_seq)


def _address_of(conversation: Conversation) -> str:
    """Only a customer whom the site's server has vouched for has one here."""
    contact = conversation.contact
    try:
        validate_email(contact.email)
    except ValidationError:
        return ""
    return contact.email if contact.verified else ""


@transaction.atomic
def mail_to_customer(conversation: Conversation, *, by: Member) -> Message:
    """In the customer's language. A line tells colleagues of it, and counts it."""
    if conversation.site_id != by.site_id:
        raise Conversation.DoesNotExist
    if not _address_of(conversation):
        raise NotPossibleNow("no_verified_address")
    conversation = lock(conversation.pk)
    if not _said(conversation):
        raise NotPossibleNow("nothing_to_mail")
    _check_pace(conversation)
    line = append(
        conversation,
        sender=Message.Sender.SYSTEM,
        author=by.user,
        private=True,
        reason=MAILED,
        text=say(MAILED, locale=conversation.site.locale),
    )
    notify(conversation, seq=line.seq)
    letters.make_due(line)
    return line


def _check_pace(conversation: Conversation) -> None:
    now = timezone.now()
    recent = conversation.messages.filter(reason=MAILED, created_at__gt=now - HOUR).order_by("-created_at")
    begun = list(recent.values_list("created_at", flat=True)[:MOST_IN_HOUR])
    if len(begun) == MOST_IN_HOUR:
        wait = (begun[-1] + HOUR - now).total_seconds()
        raise TooOften("transcript_too_often", retry_after=max(1, round(wait)))


def mail(line_id: UUID) -> None:
    """To the customer as they are known now: whoever was erased or lost the address meanwhile gets none."""
    lines = Message.objects.select_related("conversation__site", "conversation__contact")
    found = lines.filter(pk=line_id).first()
    if found is None or not may_mail(found.conversation):
        return
    conversation, locale = found.conversation, found.conversation.locale
    values = {"site": conversation.site.name, "reference": conversation.reference}
    subject = " ".join(say("transcript_subject", locale=locale).format(**values).split())
    letter = EmailMultiAlternatives(
        subject, as_text(conversation, locale=locale), to=[_address_of(conversation)]
    )
    letter.attach_alternative(as_page(conversation, locale=locale), "text/html")
    letter.send()
