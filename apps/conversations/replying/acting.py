"""Who lends the assistant a hand. A room above says so once it is ready; until then nothing is done for anybody."""

from collections.abc import Callable
from uuid import UUID

from apps.conversations.models import Site
from dialogue import Hand

Lender = Callable[[UUID, UUID], Hand | None]  # for a conversation, and the reply that is being written
Rehearsal = Callable[[Site], Hand | None]  # what would be asked for, without doing it

_lender: Lender | None = None
_rehearsal: Rehearsal | None = None


def lend(lender: Lender, *, rehearse: Rehearsal) -> None:
    global _lender, _rehearsal
    _lender, _rehearsal = lender, rehearse


def hand_for(conversation_id: UUID, reply_id: UUID) -> Hand | None:
    return _lender(conversation_id, reply_id) if _lender else None


def rehearsal_for(site: Site) -> Hand | None:
    return _rehearsal(site) if _rehearsal else None
