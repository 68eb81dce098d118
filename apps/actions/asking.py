"""An agent's use of the same actions: looking up for themselves, or proposing to the customer, whose word it still needs."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.actions import calling, confirming
from apps.actions.arguments import Value, read
from apps.actions.calling import seal_of
from apps.actions.errors import BadInput, NotPossibleNow
from apps.actions.models import Action, ActionCall, new_nonce
from apps.actions.proposing import propose
from apps.actions.wording import say
from apps.conversations.changes import append, lock, notify, tell
from apps.conversations.models import Conversation, Member, Message
from apps.conversations.texts import is_storable

State = ActionCall.State


def act_for(conversation: Conversation, *, by: Member, name: str, arguments: Mapping[str, Any]) -> ActionCall:
    """Looked up at once, and told to the agent alone; or a card in the customer's chat."""
    action, typed = check(conversation, by=by, name=name, arguments=arguments)
    if action.is_confirmed:
        return _propose(action, conversation=conversation, by=by, arguments=typed)
    return _look_up(action, conversation=conversation, arguments=typed)


def check(
    conversation: Conversation, *, by: Member, name: str, arguments: Mapping[str, Any]
) -> tuple[Action, dict[str, Value]]:
    """The action, and the arguments as its schema types them, if it can be asked for like this."""
    known = Action.objects.select_related("site").filter(site=by.site_id, is_on=True)
    action = known.filter(name=name).first() if is_storable(name) else None
    if action is None or conversation.site_id != by.site_id:
        raise BadInput("unknown_action")
    if not conversation.contact.verified:
        raise NotPossibleNow("customer_unknown")
    return action, read(arguments, schema=action.schema)


@transaction.atomic
def _propose(
    action: Action, *, conversation: Conversation, by: Member, arguments: dict[str, Value]
) -> ActionCall:
    """Only whoever has the conversation speaks in it."""
    conversation = lock(conversation.pk)
    if conversation.status != Conversation.Status.AGENT or conversation.assignee_id != by.user_id:
        raise NotPossibleNow("take_over_first")
    message = append(
        conversation,
        sender=Message.Sender.AGENT,
        author=by.user,
        text=say("please_confirm", locale=conversation.locale),
        reason="proposed",
    )
    call = propose(
        action,
        conversation=conversation,
        message=message,
        arguments=arguments,
        locale=conversation.locale,
    )
    assert call is not None, "arguments were held against the schema"  # noqa: S101
    tell(conversation, message, "message")
    return call


def _look_up(action: Action, *, conversation: Conversation, arguments: dict[str, Value]) -> ActionCall:
    call = begin(action, conversation=conversation, arguments=arguments, locale=conversation.locale)
    confirming.settle(call, calling.call(call))
    notify(conversation, seq=conversation.last_seq)
    return confirming.ROWS.get(pk=call.pk)


def begin(
    action: Action,
    *,
    conversation: Conversation,
    arguments: dict[str, Value],
    locale: str,
    id: UUID | None = None,
) -> ActionCall:
    """A row before anything is sent, so that what was asked of the service is known in any case.

    `id`: of an attempt that may have been made before; what is over stays over.
    """
    nonce, contact_id = new_nonce(), conversation.contact_id
    values = {
        "action": action,
        "conversation": conversation,
        "contact": conversation.contact,
        "locale": locale,
        "nonce": nonce,
        "arguments": arguments,
        "seal": seal_of(action=action, contact_id=contact_id, arguments=arguments, nonce=nonce),
        "state": State.RUNNING,
    }
    row, _new = ActionCall.objects.get_or_create(pk=id or uuid4(), defaults=values)
    mine = ActionCall.objects.filter(pk=row.pk).exclude(state__in=(State.DONE, State.REFUSED))
    lease = timezone.now() + confirming.LEASE
    mine.update(state=State.RUNNING, attempt=F("attempt") + 1, lease_until=lease)
    return confirming.ROWS.get(pk=row.pk)
