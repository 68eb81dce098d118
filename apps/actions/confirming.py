"""The customer's word on a proposed action: taken once, run once, told to the conversation.

Whoever moves the row from proposed to running runs it; a second click, a second tab and a request that was sent again find
the row as it is. A process that died in between is followed by another one with the same idempotency key.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.actions import calling
from apps.actions.arguments import fits
from apps.actions.arguments import told as told_arguments
from apps.actions.calling import Outcome, seal_of
from apps.actions.models import ActionCall
from apps.actions.proposing import tell
from apps.actions.wording import say, tell_refusal, tell_result
from apps.conversations.changes import append, lock
from apps.conversations.changes import tell as tell_message
from apps.conversations.models import Contact, Conversation, Message
from apps.conversations.texts import storable

State = ActionCall.State
LEASE = timedelta(seconds=45)
MOST_ATTEMPTS = 3
ROWS = ActionCall.objects.select_related("action__site", "contact", "conversation", "message")


def call_of(contact: Contact, *, nonce: str) -> ActionCall:
    """Raises ActionCall.DoesNotExist: somebody else's is as one that never was."""
    return ROWS.get(nonce=nonce, contact=contact, conversation__contact=contact, message__private=False)


@transaction.atomic
def decide(contact: Contact, *, nonce: str, accept: bool) -> tuple[ActionCall, bool]:
    """The call as it is now, and whether it is for this caller to run it. The conversation is locked first, as always."""
    lock(call_of(contact, nonce=nonce).conversation_id)
    row = call_of(contact, nonce=nonce)
    now = timezone.now()
    if row.has_run_out:
        if _move(row, State.EXPIRED, finished_at=now):
            tell(row)
        return call_of(contact, nonce=nonce), False
    if not accept:
        if _move(row, State.DECLINED, decided_at=now, finished_at=now):
            _note_line(row, text=say("declined", locale=_locale(row), title=_title(row)))
        return call_of(contact, nonce=nonce), False
    began = _move(row, State.RUNNING, decided_at=now, lease_until=now + LEASE, attempt=F("attempt") + 1)
    if began:
        tell(row)
    return call_of(contact, nonce=nonce), bool(began)


def _move(row: ActionCall, state: str, **values: object) -> int:
    """Only from proposed, and so only once."""
    rows = ActionCall.objects.filter(pk=row.pk, state=State.PROPOSED)
    return rows.update(state=state, **values)


def run(call_id: UUID) -> ActionCall:
    """Between two transactions, as all that is slow. Only for who moved it to running."""
    row = ROWS.get(pk=call_id)
    settle(row, _outcome(row))
    return ROWS.get(pk=call_id)


def _outcome(row: ActionCall) -> Outcome:
    seal = seal_of(action=row.action, contact_id=row.contact_id, arguments=row.arguments, nonce=row.nonce)
    if seal != row.seal or not fits(row.arguments, schema=row.action.schema) or not row.action.is_on:
        return Outcome(state=State.FAILED, reason="changed")
    return calling.call(row)


@transaction.atomic
def settle(row: ActionCall, outcome: Outcome) -> None:
    """Nothing, where another process has settled it meanwhile."""
    conversation = lock(row.conversation_id)
    text = told(row, outcome)
    mine = ActionCall.objects.filter(pk=row.pk, state=State.RUNNING, attempt=row.attempt)
    written = mine.update(
        state=outcome.state,
        reason=outcome.reason,
        status_code=outcome.status_code,
        result=storable(outcome.result),
        text=text,
        lease_until=None,
        finished_at=timezone.now(),
    )
    if written and row.message_id is not None:
        _note_line(row, text=text, conversation=conversation, reason=_line_reason(outcome))


def told(row: ActionCall, outcome: Outcome) -> str:
    if outcome.state == State.DONE:
        locale = _locale(row)
        said = told_arguments(row.arguments, schema=row.action.schema, locale=locale)
        return tell_result(row.action, arguments=said, result=outcome.result, locale=locale)
    if outcome.state == State.REFUSED:
        return tell_refusal(outcome.told, locale=_locale(row))
    code = "changed" if outcome.reason == "changed" else "failed"
    return say(code, locale=_locale(row), title=_title(row))


def _line_reason(outcome: Outcome) -> str:
    return "action_failed" if outcome.state == State.FAILED else f"action_{outcome.state}"


def _note_line(
    row: ActionCall, *, text: str, conversation: Conversation | None = None, reason: str = "action_declined"
) -> None:
    """A line of the system's: an assistant says nothing any more where a person has taken over."""
    conversation = conversation or lock(row.conversation_id)
    line = append(
        conversation,
        sender=Message.Sender.SYSTEM,
        text=text,
        reason=reason,
        offer_person=reason == "action_failed",
    )
    tell(row)
    tell_message(conversation, line, "message")


def _locale(row: ActionCall) -> str:
    return str(row.locale)


def _title(row: ActionCall) -> str:
    return row.action.title_in(_locale(row))


# --- Sweeping -----------------------------------------------------------------------------------------------


def left() -> list[UUID]:
    """Calls whose process died while they ran."""
    rows = ActionCall.objects.filter(state=State.RUNNING, lease_until__lt=timezone.now())
    return list(rows.values_list("pk", flat=True))


def take_up(call_id: UUID) -> ActionCall | None:
    """Runs it again under the same idempotency key; after three processes died of it, it has failed."""
    row = ROWS.get(pk=call_id)
    now = timezone.now()
    mine = ActionCall.objects.filter(
        pk=call_id, state=State.RUNNING, attempt=row.attempt, lease_until__lt=now
    )
    if not mine.update(attempt=F("attempt") + 1, lease_until=now + LEASE):
        return None
    if row.attempt >= MOST_ATTEMPTS:
        settle(ROWS.get(pk=call_id), Outcome(state=State.FAILED, reason="interrupted"))
        return ROWS.get(pk=call_id)
    return run(call_id)


def expire() -> int:
    """What nobody confirmed in time."""
    late = Q(state=State.PROPOSED, expires_at__lte=timezone.now())
    return ActionCall.objects.filter(late).update(state=State.EXPIRED, finished_at=timezone.now())
