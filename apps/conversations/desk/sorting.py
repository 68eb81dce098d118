"""How a site's people keep their inbox in order: priority, labels, and out of the way until later."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.conversations.changes import lock, notify
from apps.conversations.errors import BadInput, NotPossibleNow
from apps.conversations.models import Conversation, Label, Member, SavedFilter
from apps.conversations.texts import is_storable

MOST_LABELS = 200  # a site's
MOST_FILTERS = 20  # a member's
LONGEST_SNOOZE = timedelta(days=366)


@transaction.atomic
def set_priority(conversation: Conversation, *, by: Member, priority: int) -> None:
    if priority not in Conversation.Priority.values:
        raise BadInput("bad_priority")
    conversation = _reached(conversation, by=by)
    conversation.priority = priority
    conversation.save(update_fields=["priority"])
    notify(conversation, seq=conversation.last_seq)


@transaction.atomic
def snooze(conversation: Conversation, *, by: Member, until: datetime | None) -> None:
    """Out of the lists until then, or until the customer writes. None: back at once."""
    if until is not None and not timezone.now() < until < timezone.now() + LONGEST_SNOOZE:
        raise BadInput("bad_time")
    conversation = _reached(conversation, by=by)
    conversation.snoozed_until = until
    conversation.save(update_fields=["snoozed_until"])
    notify(conversation, seq=conversation.last_seq)


@transaction.atomic
def label(conversation: Conversation, *, by: Member, name: str) -> Label:
    """With a new label when there is none of this name yet."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 40 or not is_storable(name) or not name.isprintable():
        raise BadInput("bad_label")
    conversation = _reached(conversation, by=by)
    found = Label.objects.filter(site_id=by.site_id, name__iexact=name).first()
    if found is None and Label.objects.filter(site_id=by.site_id).count() >= MOST_LABELS:
        raise BadInput("too_many_labels")
    found = found or Label.objects.create(site_id=by.site_id, name=name)
    conversation.labels.add(found)
    notify(conversation, seq=conversation.last_seq)
    return found


@transaction.atomic
def unlabel(conversation: Conversation, *, by: Member, name: str) -> None:
    conversation = _reached(conversation, by=by)
    conversation.labels.remove(*Label.objects.filter(site_id=by.site_id, name=name))
    notify(conversation, seq=conversation.last_seq)


def labels_of(member: Member) -> Iterable[Label]:
    return Label.objects.filter(site_id=member.site_id)


def label_named(member: Member, name: str) -> int:
    """Its id; 0, which none has, where there is none of this name."""
    found = Label.objects.filter(site_id=member.site_id, name=name).values_list("pk", flat=True)
    return found.first() or 0


def filters_of(member: Member) -> Iterable[SavedFilter]:
    return SavedFilter.objects.filter(member=member)


def keep_filter(member: Member, *, name: str, chosen: Mapping[str, str]) -> SavedFilter:
    """The same name again replaces what it stood for."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 40 or not is_storable(name) or not name.isprintable():
        raise BadInput("bad_filter")
    known = SavedFilter.objects.filter(member=member)
    if known.count() >= MOST_FILTERS and not known.filter(name=name).exists():
        raise BadInput("too_many_filters")
    try:
        return SavedFilter.objects.update_or_create(
            member=member, name=name, defaults={"chosen": dict(chosen)}
        )[0]
    except IntegrityError as error:  # kept from two windows at the same moment
        raise NotPossibleNow("try_again") from error


def forget_filter(member: Member, *, name: str) -> None:
    SavedFilter.objects.filter(member=member, name=name).delete()


def _reached(conversation: Conversation, *, by: Member) -> Conversation:
    """A member of another site finds nothing here."""
    if conversation.site_id != by.site_id:
        raise Conversation.DoesNotExist
    return lock(conversation.pk)
