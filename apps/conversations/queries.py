"""Reads. Every queryset is already limited to the person or the contact who asks."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.conversations.models import (
    Attachment,
    Contact,
    Conversation,
    Handoff,
    Member,
    Message,
    Site,
)

if TYPE_CHECKING:
    from apps.accounts.models import User


def sites_of(user: "User") -> QuerySet[Site]:
    return Site.objects.filter(members__user=user).order_by("name")


def membership(user: "User", site_id: UUID | str) -> Member:
    """Raises Site.DoesNotExist for strangers: to them, the site is not there."""
    member = Member.objects.select_related("site", "user").filter(user=user, site_id=site_id).first()
    if member is None:
        raise Site.DoesNotExist
    return member


def conversations_of(member: Member) -> QuerySet[Conversation]:
    return Conversation.objects.filter(site_id=member.site_id).order_by("-updated_at")


def conversation_for(member: Member, conversation_id: UUID | str) -> Conversation:
    rows = conversations_of(member).select_related("site", "contact", "assignee")
    return rows.get(pk=conversation_id)


def contacts_of(member: Member) -> QuerySet[Contact]:
    return Contact.objects.filter(site_id=member.site_id)


def contact_conversations(contact: Contact) -> QuerySet[Conversation]:
    """With `unread`, the number of messages from our side that the contact has not fetched."""
    rows = Conversation.objects.filter(contact=contact, site_id=contact.site_id)
    return rows.annotate(unread=Coalesce(Subquery(_unread()), 0)).order_by("-updated_at")


def _unread() -> Any:  # an annotated queryset of values: its type is longer than its use
    ours = Message.objects.filter(
        conversation=OuterRef("pk"), seq__gt=OuterRef("contact_read_seq"), private=False
    )
    settled = ours.exclude(sender=Message.Sender.CONTACT).exclude(state=Message.State.GENERATING)
    return settled.order_by().values("conversation").annotate(number=Count("pk")).values("number")


def last_messages(conversations: QuerySet[Conversation]) -> dict[UUID, Message]:
    """Each conversation's latest message that its contact may see and that says something."""
    seen = saying_something(Message.objects.filter(conversation=OuterRef("pk"), private=False))
    latest = (
        conversations.order_by().values("pk").annotate(seq=Subquery(seen.order_by("-seq").values("seq")[:1]))
    )
    wanted = {row["pk"]: row["seq"] for row in latest}
    messages = Message.objects.filter(conversation__in=wanted, seq__in=set(wanted.values()) - {None})
    whole = messages.select_related("author", "feedback").prefetch_related("citations", "attachments")
    return {row.conversation_id: row for row in whole if wanted[row.conversation_id] == row.seq}


def saying_something(messages: QuerySet[Message]) -> QuerySet[Message]:
    """In words or with a file."""
    return messages.filter(~Q(text="") | Exists(Attachment.objects.filter(message=OuterRef("pk"))))


def messages_for_contact(conversation: Conversation, *, after: int = 0) -> QuerySet[Message]:
    """Never a private row."""
    return messages_for_member(conversation, after=after).filter(private=False)


def message_for_contact(conversation: Conversation, message_id: UUID | str) -> Message | None:
    """Bare: what stands beside it is read when it is looked at, which for most messages is nothing."""
    rows = Message.objects.filter(conversation=conversation, private=False).select_related("feedback")
    try:
        return rows.get(pk=message_id)  # `first` would sort, which costs half as much again
    except Message.DoesNotExist:
        return None


def messages_for_member(conversation: Conversation, *, after: int = 0) -> QuerySet[Message]:
    rows = Message.objects.filter(conversation=conversation, seq__gt=after).order_by("seq")
    return rows.select_related("author", "feedback").prefetch_related("citations", "attachments")


def messages_of_contact(contact: Contact) -> QuerySet[Message]:
    """Messages in the contact's own conversations, private rows excluded."""
    return Message.objects.filter(
        conversation__contact=contact, conversation__site_id=contact.site_id, private=False
    ).select_related("conversation", "conversation__site", "author", "feedback")


def in_hand(site: Site) -> QuerySet[Any]:
    """What waits for a person or is with one. With `unanswered_since` and `handed_at`, when a person was asked for."""
    rows = Conversation.objects.filter(
        site=site, status__in=(Conversation.Status.WAITING, Conversation.Status.AGENT)
    )
    handed = Handoff.objects.filter(conversation=OuterRef("pk"), closed_at=None)
    return (
        rows.annotate(answered_to=Coalesce(Subquery(last_of_ours()), 0))
        .annotate(unanswered_since=Subquery(first_after("answered_to")))
        .annotate(handed_at=Subquery(handed.values("created_at")[:1]))
    )


def last_of_ours() -> QuerySet[Message, Any]:
    """The number of the last message that a person of ours wrote in this episode."""
    ours = said_now().filter(sender=Message.Sender.AGENT)
    return ours.order_by().values("conversation").annotate(last=Max("seq")).values("last")


def first_after(column: str) -> QuerySet[Message, Any]:
    return theirs_after(column).annotate(since=Min("created_at")).values("since")


def theirs_after(column: str) -> QuerySet[Message, Any]:
    theirs = said_now().filter(sender=Message.Sender.CONTACT, seq__gt=OuterRef(column))
    return theirs.order_by().values("conversation")


def said_now() -> QuerySet[Message]:
    return Message.objects.filter(conversation=OuterRef("pk"), episode=OuterRef("episode"), private=False)


def position(conversation: Conversation) -> int:
    """The conversation's place in its site's waiting line, from 1; 0 when it does not wait."""
    if conversation.status != Conversation.Status.WAITING or conversation.waiting_since is None:
        return 0
    waiting = Conversation.objects.filter(site_id=conversation.site_id, status=Conversation.Status.WAITING)
    earlier = Q(waiting_since__lt=conversation.waiting_since) | Q(
        waiting_since=conversation.waiting_since, pk__lt=conversation.pk
    )
    return waiting.filter(earlier).count() + 1


def waiting_line(site: Site) -> QuerySet[Conversation]:
    waiting = Conversation.objects.filter(site=site, status=Conversation.Status.WAITING)
    return waiting.order_by(F("waiting_since").asc(nulls_last=True), "pk")
