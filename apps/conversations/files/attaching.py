"""Files in a conversation: taken in, sent with a message, handed out, and forgotten.

A file is taken in before the message that carries it. What nobody sent within a day goes; a row that goes, by whatever
way, takes its file along after the commit.
"""

import logging
import re
import time
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from apps.conversations.changes import append, later, lock, tell
from apps.conversations.errors import BadInput, NotPossibleNow, NotThere, TooLargeFile, TooManyFiles
from apps.conversations.files import scanning
from apps.conversations.models import Attachment, Contact, Conversation, Member, Message
from apps.conversations.texts import check_text
from apps.conversations.wording import say

logger = logging.getLogger(__name__)

LARGEST = 10 * 1024 * 1024  # bytes of one file
LARGEST_TOGETHER = 100 * 1024 * 1024  # bytes of all files of a conversation
MOST_IN_MESSAGE = 5
MOST_IN_HOUR = 20  # by one customer
HOUR = timedelta(hours=1)
KEPT_UNSENT = timedelta(days=1)
LONGEST_NAME = 150
UNSEEN = {
    "Cc",
    "Cf",
    "Cs",
    "Co",
    "Cn",
    "Zl",
    "Zp",
}  # controls, marks that turn the direction of writing, and the like
OURS = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}")  # as `models.attachment_path` calls them
AT_ONCE = 500


# --- Taking in ----------------------------------------------------------------------------------------------


def take_in(conversation: Conversation, *, content: bytes, name: str, by: Member | None = None) -> Attachment:
    """A file of the customer's, or of the member who has the conversation. Nobody else sees it until it is sent."""
    if len(content) > LARGEST:
        raise TooLargeFile("file_too_large")
    if by is not None:
        check_has(conversation, by=by)
    check_room(conversation, size=len(content), by=by)
    scanned = scanning.scan(content)
    attachment = Attachment(
        conversation=conversation,
        sender=Message.Sender.AGENT if by else Message.Sender.CONTACT,
        author=by.user if by else None,
        name=cleaned_name(name),
        kind=scanned.kind,
        size=len(scanned.content),
        width=scanned.width,
        height=scanned.height,
    )
    attachment.file.save("", ContentFile(scanned.content), save=False)
    try:
        _keep(attachment, by=by)
    except BaseException:
        default_storage.delete(str(attachment.file.name))
        raise
    return attachment


@transaction.atomic
def _keep(attachment: Attachment, *, by: Member | None) -> None:
    """Counted once more under the customer's lock: of files that come side by side, none slips past a limit."""
    Contact.objects.select_for_update().get(pk=attachment.conversation.contact_id)
    conversation = lock(attachment.conversation_id)
    check_room(conversation, size=attachment.size, by=by)
    attachment.save()


def check_has(conversation: Conversation, *, by: Member) -> None:
    if conversation.site_id != by.site_id:
        raise Conversation.DoesNotExist
    if conversation.status != Conversation.Status.AGENT or conversation.assignee_id != by.user_id:
        raise NotPossibleNow("not_with_you")


def check_room(conversation: Conversation, *, size: int, by: Member | None) -> None:
    if by is None:
        _check_pace(conversation.contact_id)
    taken = conversation.attachments.aggregate(bytes=Sum("size"))["bytes"] or 0
    if taken + size > LARGEST_TOGETHER:
        raise NotPossibleNow("no_room_for_files")


def _check_pace(contact_id: UUID) -> None:
    now = timezone.now()
    recent = Attachment.objects.filter(
        conversation__contact=contact_id, sender=Message.Sender.CONTACT, created_at__gt=now - HOUR
    )
    begun = list(recent.order_by("-created_at").values_list("created_at", flat=True)[:MOST_IN_HOUR])
    if len(begun) == MOST_IN_HOUR:
        wait = (begun[-1] + HOUR - now).total_seconds()
        raise TooManyFiles("too_many_files_now", retry_after=max(1, round(wait)))


def cleaned_name(name: str) -> str:
    """Only its last part, without signs that nobody sees."""
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(sign for sign in last if unicodedata.category(sign) not in UNSEEN).strip(" .")
    if len(seen) > LONGEST_NAME:
        stem, dot, ending = seen.rpartition(".")
        short = f"{dot}{ending}"[:20] if stem and len(ending) < 20 else ""
        seen = seen[: LONGEST_NAME - len(short)] + short
    return seen or "file"


# --- Sending ------------------------------------------------------------------------------------------------


def check_said(text: str, *, attachments: Sequence[str]) -> None:
    """Words may be missing where a file speaks."""
    if len(attachments) > MOST_IN_MESSAGE:
        raise BadInput("too_many_files")
    if len(set(attachments)) < len(attachments):
        raise NotThere("no_such_file")
    if text or not attachments:
        check_text(text)


def unsent(
    conversation: Conversation, *, ids: Sequence[str], sender: str, by: Member | None = None
) -> list[Attachment]:
    """Those files, in this order. One of somebody else's or of another conversation is as one that is not there."""
    rows = conversation.attachments.filter(sender=sender, author=by.user if by else None)
    found = {str(row.pk): row for row in rows.filter(pk__in=_uuids(ids))}
    if len(found) < len(ids):
        raise NotThere("no_such_file")
    if any(row.message_id for row in found.values()):
        raise NotPossibleNow("file_was_sent")
    return [found[str(UUID(one))] for one in ids]


def _uuids(ids: Sequence[str]) -> list[UUID]:
    try:
        return [UUID(one) for one in ids]
    except ValueError as error:
        raise NotThere("no_such_file") from error


def send_with(message: Message, attachments: Sequence[Attachment]) -> None:
    """Inside the transaction that posts, which has locked the conversation."""
    for position, attachment in enumerate(attachments):
        attachment.message, attachment.position = message, position
        attachment.save(update_fields=["message", "position"])


def are_of(message: Message, *, ids: Sequence[str]) -> bool:
    """Whether the message carries just these: what is posted again must be the same."""
    return [one.pk for one in message.attachments.all()] == _uuids(ids)


def say_unread(conversation: Conversation, message: Message) -> Message:
    """The assistant's reply to files without a word: it does not guess what is in them, and offers a person."""
    reply = append(
        conversation,
        sender=Message.Sender.ASSISTANT,
        text=say("files_unread", locale=conversation.locale),
        state=Message.State.DONE,
        in_reply_to=message,
        decision="handoff",
        reason="files_unread",
        offer_person=True,
        settled_at=timezone.now(),
    )
    tell(conversation, reply, "message")
    return reply


# --- Finding ------------------------------------------------------------------------------------------------


def attachments_for_contacts() -> QuerySet[Attachment]:
    """What a customer may be given at all: their own, and what they were sent. Never a file of a private row."""
    return Attachment.objects.filter(Q(sender=Message.Sender.CONTACT) | Q(message__private=False))


def attachments_for_member(member: Member, conversation: Conversation) -> QuerySet[Attachment]:
    """What was said in the conversation, and what the member is about to send."""
    rows = Attachment.objects.filter(conversation=conversation, conversation__site=member.site_id)
    return rows.filter(Q(message__isnull=False) | Q(author=member.user))


# --- Forgetting ---------------------------------------------------------------------------------------------


@receiver(post_delete, sender=Attachment)
def _delete_file(instance: Attachment, **_: Any) -> None:
    """After the commit: a deletion that is taken back must find the file where it was."""
    later(default_storage.delete, str(instance.file.name))


def forget_unsent() -> int:
    """Files that were taken in a day ago and never sent. Returns how many."""
    old = Attachment.objects.filter(message=None, created_at__lt=timezone.now() - KEPT_UNSENT)
    with transaction.atomic():
        rows = list(old.select_for_update(of=("self",)).order_by("created_at")[:AT_ONCE])
        return sum(row.delete()[0] for row in rows)


def forget_orphans() -> int:
    """Files without a row: whoever took them in, or let them go, died on the way. Returns how many."""
    root = Path(default_storage.path("attachments"))
    before = time.time() - KEPT_UNSENT.total_seconds()
    ours = (file for file in root.glob("*/*") if OURS.fullmatch(file.relative_to(root).as_posix()))
    old = [file for file in ours if file.stat().st_mtime < before]
    names = {f"attachments/{file.relative_to(root).as_posix()}": file for file in old}
    orphans = set(names) - set(_known(list(names)))
    for name in orphans:
        logger.warning("The file %s has no row and goes.", name)
        names[name].unlink(missing_ok=True)
    return len(orphans)


def _known(names: list[str]) -> list[str]:
    known: list[str] = []
    for start in range(0, len(names), AT_ONCE):
        rows = Attachment.objects.filter(file__in=names[start : start + AT_ONCE])
        known += rows.values_list("file", flat=True)
    return known
