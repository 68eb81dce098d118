"""Another embedder for a knowledge base: what people ask for, and how a change ends. The work is `building.py`'s.

    pending ──claim──► running ──checked──► done: the new collection answers, the old one is kept for a while
       ▲                  │ └── refused, or not as it should be ──► failed: the old one goes on answering
       └── server away ◄──┘

Nothing here asks a model or a server anything, but for `drop_retired`.
"""

import logging
import secrets
import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.knowledge import searching
from apps.knowledge.embedding import embedders
from apps.knowledge.errors import KnowledgeError
from apps.knowledge.jobs import leasing
from apps.knowledge.jobs.leasing import LeaseLost
from apps.knowledge.jobs.replacing import lock
from apps.knowledge.models import Collection, EmbedderSwitch, KnowledgeBase
from apps.knowledge.sentences import in_english

logger = logging.getLogger(__name__)

State = EmbedderSwitch.State
KEPT = timedelta(days=14)  # the way back stands open
LEFT = timedelta(hours=1)  # a worker that was stopped may still write to what it was building
GRACE = timedelta(seconds=5)  # between a commit and the bell that follows it
LOST = timedelta(minutes=1)  # a delivered id that nobody took; a bell that rings twice does no harm


SENTENCES = {
    "unknown": _("There is no embedder of this name. EMBEDDING_BASE_URL and EMBEDDING_MODEL name one."),
    "same": _("This embedder answers already."),
    "under_way": _("A change is under way. Wait for it, or cancel it."),
    "no_way_back": _("There is nothing to go back to: what answered before is not kept any more."),
    "over": _("This change was over already."),
}


class CannotSwitch(KnowledgeError):
    """Not now, or not to that."""

    def __init__(self, code: str) -> None:
        super().__init__(code, SENTENCES[code])


# --- What people ask for -----------------------------------------------------------------------------------


def start(base: KnowledgeBase, *, model: str, by: User | None) -> EmbedderSwitch:
    """Builds beside what answers now. Vectors by that model that are still kept are brought up to date, not made anew."""
    if model not in embedders.offered():
        raise CannotSwitch("unknown")
    with transaction.atomic():
        base = lock(base.pk)
        if model == model_of(base):
            raise CannotSwitch("same")
        kept = kept_collections(base).filter(model=model).first()
        return _start(base, collection=kept or _new_collection(base, model=model), by=by)


def go_back(base: KnowledgeBase, *, by: User | None) -> EmbedderSwitch:
    """To what answered before, with what has changed since."""
    with transaction.atomic():
        base = lock(base.pk)
        kept = kept_collections(base).first()
        if kept is None:
            raise CannotSwitch("no_way_back")
        return _start(base, collection=kept, by=by)


def cancel(switch: EmbedderSwitch) -> None:
    """From now on it flips nothing. A worker in the middle of it sees so within seconds, and stops."""
    if not _close(EmbedderSwitch.objects.filter(pk=switch.pk), switch, state=State.CANCELLED):
        raise CannotSwitch("over")


def model_of(base: KnowledgeBase) -> str:
    return base.collection.model if base.collection else embedders.HOME


def kept_collections(base: KnowledgeBase) -> QuerySet[Collection]:
    """Those that one may go back to, the last one first."""
    kept = Collection.objects.filter(knowledge_base=base, retire_at__gt=timezone.now() + LEFT)
    return kept.order_by("-retire_at")


def _new_collection(base: KnowledgeBase, *, model: str) -> Collection:
    return Collection.objects.create(knowledge_base=base, model=model, suffix=secrets.token_hex(4))


def _start(base: KnowledgeBase, *, collection: Collection, by: User | None) -> EmbedderSwitch:
    if EmbedderSwitch.objects.filter(knowledge_base=base, state__in=EmbedderSwitch.OPEN_STATES).exists():
        raise CannotSwitch("under_way")
    return EmbedderSwitch.objects.create(
        knowledge_base=base, collection=collection, model=collection.model, asked_by=by
    )


# --- How it ends -------------------------------------------------------------------------------------------


def flip(switch: EmbedderSwitch, *, revision: int, total: int) -> bool:
    """The new collection answers from now on, if nothing has changed since the revision that it was brought to."""
    with transaction.atomic():
        base = lock(switch.knowledge_base_id)
        if not leasing.held(switch).exists():
            raise LeaseLost
        if base.revision != revision:
            return False
        old = base.collection or Collection.objects.create(knowledge_base=base)
        KnowledgeBase.objects.filter(pk=base.pk).update(collection=switch.collection)
        Collection.objects.filter(switches=switch).update(retire_at=None)
        Collection.objects.filter(pk=old.pk).update(retire_at=timezone.now() + KEPT)
        _close(leasing.held(switch), switch, state=State.DONE, done=total, total=total, stage="")
    return True


def fail(switch: EmbedderSwitch, *, reason_code: str, reason: str = "") -> None:
    """What answers goes on doing so."""
    mine = EmbedderSwitch.objects.filter(pk=switch.pk, attempt=switch.attempt)
    why = {"reason_code": reason_code, "reason": reason or in_english(reason_code)}
    _close(mine, switch, state=State.FAILED, **why)


def _close(rows: QuerySet[EmbedderSwitch], switch: EmbedderSwitch, **changes: object) -> bool:
    """What was being built and does not answer goes in a while; what was kept already goes when it was to go."""
    with transaction.atomic():
        still_open = rows.filter(state__in=EmbedderSwitch.OPEN_STATES)
        closed = still_open.update(finished_at=timezone.now(), lease_until=None, not_before=None, **changes)
        if closed and changes["state"] != State.DONE:
            built = Collection.objects.filter(switches=switch, retire_at=None)
            built.update(retire_at=timezone.now() + LEFT)
    return closed > 0


# --- Sweeping ----------------------------------------------------------------------------------------------


def release_lost() -> None:
    """Changes whose worker stopped renewing its lease go back to the line; after three attempts they have failed."""
    for switch in EmbedderSwitch.objects.filter(state=State.RUNNING, lease_until__lt=timezone.now()):
        logger.warning("Switch %s lost its worker in attempt %d.", switch.pk, switch.attempt)
        if switch.tries >= EmbedderSwitch.MAX_TRIES:
            fail(switch, reason_code="switch_lost")
        else:
            still_lost = leasing.held(switch).filter(lease_until=switch.lease_until)
            still_lost.update(state=State.PENDING, lease_until=None, delivered_at=None)


def due_switches() -> list[uuid.UUID]:
    now = timezone.now()
    undelivered = Q(delivered_at=None, created_at__lt=now - GRACE) | Q(delivered_at__lt=now - LOST)
    waiting = EmbedderSwitch.objects.filter(
        Q(not_before=None) | Q(not_before__lte=now), undelivered, state=State.PENDING
    )
    return list(waiting.values_list("pk", flat=True))


def retired() -> QuerySet[Collection]:
    """Those whose time is over, and that nobody goes back to just now."""
    over = Collection.objects.filter(retire_at__lte=timezone.now())
    return over.exclude(switches__state__in=EmbedderSwitch.OPEN_STATES)


def drop_retired() -> None:
    """Vectors first: a row that is left tells where there is still something to drop. Raises `IndexUnavailable`."""
    for collection in retired().select_related("knowledge_base"):
        if collection.knowledge_base.collection_id == collection.pk:
            raise RuntimeError(f"Collection {collection.pk} answers and cannot be dropped.")
        searching.make_index(collection.knowledge_base_id, collection=collection).vectors.drop()
        collection.delete()
