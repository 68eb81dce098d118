"""Conversations that went quiet after an answer: the customer had what they came for, and the episode ends.

Only where the last line is an answer of the assistant, whole, that offered no person, where no thumb went down in the
episode, and where it was about something: a greeting that was returned resolves nothing. What the customer writes later
reopens it as after any resolve.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.conversations.changes import lock
from apps.conversations.models import Conversation, Feedback, Message, Site
from apps.conversations.services import end_episode

LOOKED_BACK = timedelta(days=30)  # what was left open for longer stays as it is
AT_ONCE = 500


def resolve_quiet(site: Site, *, now: datetime | None = None) -> int:
    """How many were resolved. Each is looked at again in the transaction that resolves it."""
    now = now or timezone.now()
    found = list(quiet_in(site, now=now).values_list("pk", flat=True)[:AT_ONCE])
    return sum(_resolve(pk, site=site, now=now) for pk in found)


def quiet_in(site: Site, *, now: datetime) -> QuerySet[Conversation]:
    if not site.quiet_hours:
        return Conversation.objects.none()
    silent = Conversation.objects.filter(
        site=site,
        status=Conversation.Status.ASSISTANT,
        updated_at__lte=now - timedelta(hours=site.quiet_hours),
        updated_at__gte=now - LOOKED_BACK,
    )
    return silent.filter(Exists(_last_lines()), Exists(_substance()), ~Exists(_thumbs_down()))


def _said() -> QuerySet[Message]:
    return Message.objects.filter(
        conversation=OuterRef("pk"), episode=OuterRef("episode"), private=False
    ).order_by()


def _answers() -> QuerySet[Message]:
    """Also what an action told, when it was done; not what was refused, proposed or asked back."""
    told = Q(decision="answer") | Q(decision="act", reason="acted")
    return _said().filter(told, sender=Message.Sender.ASSISTANT, state=Message.State.DONE, offer_person=False)


def _last_lines() -> QuerySet[Message]:
    later = Message.objects.filter(
        conversation=OuterRef("conversation"), seq__gt=OuterRef("seq"), private=False
    ).exclude(sender=Message.Sender.SYSTEM)
    return _answers().filter(~Exists(later))


def _substance() -> QuerySet[Message]:
    return _answers().exclude(reason="small_talk")


def _thumbs_down() -> QuerySet[Feedback]:
    return Feedback.objects.filter(
        message__conversation=OuterRef("pk"),
        message__episode=OuterRef("episode"),
        rating=Feedback.Rating.DOWN,
    )


@transaction.atomic
def _resolve(conversation_id: UUID, *, site: Site, now: datetime) -> bool:
    conversation = lock(conversation_id)
    if not quiet_in(site, now=now).filter(pk=conversation_id).exists():
        return False  # somebody wrote meanwhile
    end_episode(conversation, by=None)
    return True
