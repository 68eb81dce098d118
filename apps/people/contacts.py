"""Customers and what is kept of them: looked up, exported, and erased everywhere. For admins.

Erased is what carries the customer's words or name: rows and files, the index of words, streams of events, questions asked
in vain, labelled questions with the same words, answers kept for repeated requests, and the rows of datasets. A model that
has learnt is not taught to forget: the next one is made without them. The log tells of it without a name.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.kinds import Kind
from apps.audit.recording import record
from apps.conversations.changes import later
from apps.conversations.live import events
from apps.conversations.models import Contact, Conversation, Message, Site
from apps.gaps import forgetting as gaps
from apps.integrations.forgetting import forget_receipts
from apps.knowledge.quality import forgetting as labels
from apps.people import keeping
from apps.people.errors import NotPossible
from apps.people.models import DataJob
from apps.training import forgetting as datasets

Tick = Callable[[int, int], None]  # how many are done, of how many


def contacts_of(site: Site, *, text: str = "") -> QuerySet[Contact]:
    """The latest first; with `text`, those called so or with such an address or number."""
    rows = Contact.objects.filter(site=site).order_by("-created_at", "pk")
    text = text.strip()[:200].replace("\x00", "")
    if not text:
        return rows
    called = Q(name__icontains=text) | Q(email__icontains=text) | Q(external_id=text)
    return rows.filter(called | Q(pk=number) if (number := _number_in(text)) else called)


def _number_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


# --- Export -----------------------------------------------------------------------------------------------------------


def exported(contact: Contact, *, tick: Tick) -> Iterator[str]:
    """Everything that is kept of this customer, as parts of one JSON text. `tick` hears of each conversation."""
    seen: keeping.Seen = set()
    total = contact.conversations.count()
    yield '{"contact": {"conversations": ['
    for number, conversation in enumerate(keeping.conversations_of(contact, seen=seen)):
        yield (",\n" if number else "\n") + _json(conversation)
        tick(number + 1, total)
    yield f"],{_json(keeping.told(contact, seen=seen))[1:]},{_json(_beside(contact))[1:]}\n"


def _beside(contact: Contact) -> dict[str, Any]:
    """What hangs on no row of theirs."""
    labelled = labels.carrying(contact.site.knowledge_base, texts=_said(contact), marks=_marks(contact))
    return {
        "exported_at": timezone.now(),
        "site": contact.site.name,
        "labelled_questions": [
            {"question": row.question, "history": row.history, "created_at": row.created_at}
            for row in labelled
        ],
        "training_runs": datasets.runs_with(contact.site, names=[str(contact.pk)]),
    }


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)


# --- Erasure ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def erase(contact: Contact, *, by: User | None, address: str = "") -> None:
    """Gone when this returns; streams and files go after the commit, datasets by a worker of theirs."""
    site, found = contact.site, Contact.objects.select_for_update().filter(pk=contact.pk).first()
    if found is None:
        raise NotPossible("gone", _("This customer is erased already."))
    conversations = _locked_conversations(contact)
    labels.forget(labels.carrying(site.knowledge_base, texts=_said(contact), marks=_marks(contact)))
    gaps.forget(contact)
    forget_receipts(site.pk, naming=[str(contact.pk), *map(str, conversations)])
    datasets.remember(site, contact_id=contact.pk, conversations=conversations)
    files = [file.name for file in keeping.files_of(contact)] + _withdraw_exports(contact)
    contact_id = contact.pk
    found.delete()
    told = f"{len(conversations)} conversations"
    record(
        Kind.CONTACT_ERASED,
        site_id=site.pk,
        by=by,
        subject=str(contact_id),
        detail=told,
        address=address,
    )
    later(_remove_files, files)
    later(events.forget, conversations)
    for conversation_id in conversations:
        later(events.publish_site, site.pk, "conversation", _gone(conversation_id))


def _locked_conversations(contact: Contact) -> list[UUID]:
    """Nobody writes into them any more: whoever waits for one finds it gone."""
    rows = Conversation.objects.select_for_update().filter(contact=contact)
    return [row.pk for row in rows.only("pk")]


def _said(contact: Contact) -> set[str]:
    theirs = Message.objects.filter(conversation__contact=contact, sender=Message.Sender.CONTACT)
    return set(theirs.values_list("text", flat=True))


def _marks(contact: Contact) -> list[str]:
    """What names this customer and nobody else."""
    left = Conversation.objects.filter(contact=contact).values_list("handoffs__email", flat=True)
    return sorted({mark for mark in (contact.email, contact.external_id, *left) if mark})


def _gone(conversation_id: UUID) -> dict[str, Any]:
    return {"conversation_id": str(conversation_id), "status": Conversation.Status.RESOLVED, "seq": 0}


def _withdraw_exports(contact: Contact) -> list[str]:
    """What was exported of them goes too, and what is being exported is not finished. Returns the files' names."""
    exports = DataJob.objects.filter(contact_id=contact.pk, kind=DataJob.Kind.EXPORT)
    files = list(exports.exclude(file="").values_list("file", flat=True))
    exports.filter(state__in=DataJob.OPEN_STATES).update(
        state=DataJob.State.FAILED, reason="gone", finished_at=timezone.now()
    )
    exports.update(file="")
    return files


def _remove_files(names: Sequence[str]) -> None:
    for name in names:
        default_storage.delete(name)
