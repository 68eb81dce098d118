"""A site's actions for programs: what was done in a conversation, doing it, and passing on the customer's word.

The same gate as in the chat: only for a customer who was proved, and what changes something waits for their word.
"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status
from pydantic import StrictBool, StrictFloat, StrictInt, StrictStr

from apps.actions import asking, confirming, running
from apps.actions.models import ActionCall
from apps.actions.queries import calls_of
from apps.api.access import BearerToken, token_of
from apps.api.conversations import address_of, own_conversation
from apps.api.once import DESCRIBED, once
from apps.api.refusals import Refused
from apps.api.rest_errors import refusing
from apps.conversations.live.database import in_database
from apps.conversations.texts import is_storable
from apps.integrations.faces import Face
from apps.integrations.models import Scope
from apps.integrations.tokens import acting

Value = StrictStr | StrictBool | StrictInt | StrictFloat
router = Router()
acts = BearerToken(Scope.ACTIONS_WRITE)
SHOWN = 50


class CallIn(Schema):
    name: str = Field(description="Of the action")
    arguments: dict[str, Value] = Field(
        default={}, description="By the names of its schema, typed as it says; who it is for is never one"
    )


class WordIn(Schema):
    accept: bool = Field(description="What the customer said; never said for them")


class CallOut(Schema):
    id: str
    action: str
    arguments: dict[str, Value]
    state: str = Field(description="proposed, running, done, refused, failed, declined or expired")
    text: str = Field(description="What came of it, in the conversation's language")
    nonce: str | None = Field(
        description="With which the customer's word is passed on; null when none is needed"
    )
    expires_at: datetime | None
    created_at: datetime


class CallsOut(Schema):
    calls: list[CallOut]


@router.get("actions/{conversation_id}/calls", auth=acts, response={200: CallsOut, **refusing(404)})
async def list_calls(request: HttpRequest, conversation_id: str) -> Any:
    """What was proposed and done in a conversation, the latest first."""
    return await in_database(calls_as_json, request, conversation_id)


def calls_as_json(request: HttpRequest, conversation_id: str) -> Face:
    conversation = own_conversation(token_of(request), conversation_id)
    return {"calls": [call_as_json(row) for row in calls_of(conversation)[:SHOWN]]}


@router.post(
    "actions/{conversation_id}/calls",
    auth=acts,
    response={201: CallOut, **refusing(400, 404, 409, 413, 415, 422)},
    openapi_extra=DESCRIBED,
)
@once
async def start_call(request: HttpRequest, conversation_id: str, body: CallIn) -> Any:
    """Looks up at once, or puts a card into the customer's chat; for a card the token must have the conversation."""
    return Status(201, await in_database(called, request, conversation_id, body=body))


def called(request: HttpRequest, conversation_id: str, *, body: CallIn) -> Face:
    token = token_of(request)
    conversation = own_conversation(token, conversation_id)
    with acting(
        token, what=f"action {body.name[:40]}", on=conversation.reference, address=address_of(request)
    ):
        asking.check(conversation, by=token.member, name=body.name, arguments=body.arguments)
    call = asking.act_for(conversation, by=token.member, name=body.name, arguments=body.arguments)
    return call_as_json(call)


@router.post(
    "actions/{conversation_id}/confirmations/{nonce}",
    auth=acts,
    response={200: CallOut, **refusing(400, 404, 409, 413, 415, 422)},
)
async def pass_word_on(request: HttpRequest, conversation_id: str, nonce: str, body: WordIn) -> Any:
    """The customer's word on a card, where they gave it in another program. Once; the same again changes nothing."""
    call, is_ours = await in_database(take_word, request, conversation_id, nonce, accept=body.accept)
    if is_ours:
        call = await running.run(call.pk)
    return Status(200, call_as_json(call))


def take_word(
    request: HttpRequest, conversation_id: str, nonce: str, *, accept: bool
) -> tuple[ActionCall, bool]:
    token = token_of(request)
    conversation = own_conversation(token, conversation_id)
    known = calls_of(conversation).filter(nonce=nonce if is_storable(nonce) else "").exists()
    if not known:
        raise Refused("not_found")
    what = "confirmed an action" if accept else "declined an action"
    try:
        with acting(token, what=what, on=conversation.reference, address=address_of(request)):
            return confirming.decide(conversation.contact, nonce=nonce, accept=accept)
    except ActionCall.DoesNotExist as error:
        raise Refused("not_found") from error


def call_as_json(call: ActionCall) -> Face:
    return {
        "id": str(call.pk),
        "action": call.action.name,
        "arguments": call.arguments,
        "state": call.state_now,
        "text": call.text,
        "nonce": call.nonce if call.message_id else None,
        "expires_at": call.expires_at.isoformat() if call.expires_at else None,
        "created_at": call.created_at.isoformat(),
    }
