"""Conversations and customers of the token's site. What is another site's, gone or garbage is all the same 404."""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from ninja import Router, Status

from apps.api.access import BearerToken, token_of
from apps.api.once import DESCRIBED, once
from apps.api.paging import Cursor, Limit, page_of
from apps.api.refusals import Refused
from apps.api.rest_errors import refusing
from apps.api.schemas import (
    ContactIn,
    ContactOut,
    ContactsOut,
    ConversationIn,
    ConversationsOut,
    ConversationWholeOut,
    HandoffIn,
    MessageIn,
    MessagesOut,
    PostedOut,
)
from apps.api.schemas import Status as StatusName
from apps.conversations import queries, services
from apps.conversations.desk.noting import add_note
from apps.conversations.errors import BadInput
from apps.conversations.live.database import in_database
from apps.conversations.models import Contact, Conversation, Message, Site
from apps.conversations.replying import answering
from apps.conversations.texts import is_storable
from apps.integrations.faces import (
    Face,
    contact_as_json,
    conversation_as_json,
    handoff_as_json,
    message_as_json,
)
from apps.integrations.models import AccessToken, Scope
from apps.integrations.tokens import acting

router = Router()
reads = BearerToken(Scope.CONVERSATIONS_READ)
writes = BearerToken(Scope.CONVERSATIONS_WRITE)
reads_contacts = BearerToken(Scope.CONTACTS_READ)

MAX_SEQ = 2**31 - 1


# --- Reading ------------------------------------------------------------------------------------------------


@router.get("conversations", auth=reads, response={200: ConversationsOut, **refusing(400, 404, 422)})
async def list_conversations(
    request: HttpRequest,
    status: StatusName | None = None,
    contact_id: str = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Any:
    """The site's conversations, the one with the latest message first."""
    token = token_of(request)
    chosen: dict[str, str] = {"status": status} if status else {}
    return await in_database(
        conversations_as_json, token, chosen=chosen, contact_id=contact_id, cursor=cursor, limit=limit
    )


def conversations_as_json(
    token: AccessToken, *, chosen: dict[str, str], contact_id: str, cursor: str, limit: int
) -> Face:
    rows = queries.conversations_of(token.member).filter(**chosen)
    if contact_id:
        rows = rows.filter(contact=own_contact(token, contact_id))
    page = page_of(rows.select_related("assignee"), by="updated_at", cursor=cursor, limit=limit)
    return {
        "conversations": [conversation_as_json(row) for row in page.rows],
        "next_cursor": page.next_cursor,
    }


@router.get(
    "conversations/{conversation_id}", auth=reads, response={200: ConversationWholeOut, **refusing(404)}
)
async def show_conversation(request: HttpRequest, conversation_id: str) -> Any:
    """One conversation, and why a person was asked for."""
    return await in_database(conversation_now, token_of(request), conversation_id)


def conversation_now(token: AccessToken, conversation_id: str) -> Face:
    conversation = own_conversation(token, conversation_id)
    handoff = conversation.handoffs.filter(closed_at=None).first()
    return {
        **conversation_as_json(conversation),
        "handoff": handoff_as_json(handoff) if handoff else None,
    }


@router.get(
    "conversations/{conversation_id}/messages", auth=reads, response={200: MessagesOut, **refusing(404, 422)}
)
async def list_messages(
    request: HttpRequest,
    conversation_id: str,
    after: int = 0,
    include_private: bool = False,
    limit: Limit = 50,
) -> Any:
    """What was said behind `after`, in its order. What is for colleagues only comes when it is asked for."""
    return await in_database(
        messages_as_json,
        token_of(request),
        conversation_id,
        after=max(0, min(after, MAX_SEQ)),
        with_private=include_private,
        limit=limit,
    )


def messages_as_json(
    token: AccessToken, conversation_id: str, *, after: int, with_private: bool, limit: int
) -> Face:
    conversation = own_conversation(token, conversation_id)
    read = queries.messages_for_member if with_private else queries.messages_for_contact
    rows = list(read(conversation, after=after)[: limit + 1])
    more = len(rows) > limit
    return {
        "messages": [message_as_json(row) for row in rows[:limit]],
        "next_after": rows[limit - 1].seq if more else None,
    }


# --- Writing ------------------------------------------------------------------------------------------------


@router.post(
    "conversations",
    auth=writes,
    response={201: ConversationWholeOut, **refusing(400, 404, 409, 413, 415, 422)},
    openapi_extra=DESCRIBED,
)
@once
async def start_conversation(request: HttpRequest, body: ConversationIn) -> Any:
    """Begins a conversation. The assistant answers in it until a person takes it."""
    return Status(201, await in_database(started, request, body=body))


def started(request: HttpRequest, *, body: ConversationIn) -> Face:
    token = token_of(request)
    with acting(token, what="start_conversation", address=address_of(request)):
        contact = contact_for(token, body)
        conversation = services.start_conversation(contact, locale=body.locale or "")
    return conversation_now(token, str(conversation.pk))


def contact_for(token: AccessToken, body: ConversationIn) -> Contact:
    if body.contact_id is not None:
        return own_contact(token, body.contact_id)
    return contact_of(token.site, body.contact or ContactIn(), locale=body.locale or token.site.locale)


def contact_of(site: Site, given: ContactIn, *, locale: str) -> Contact:
    if not is_storable(given.external_id + given.name + given.email):
        raise BadInput("bad_text")
    if given.external_id:
        return services.recognize(
            site, user_id=given.external_id, name=given.name, email=given.email, locale=locale
        )
    return services.welcome_stranger(site, locale=locale, name=given.name, email=given.email)


@router.post(
    "conversations/{conversation_id}/messages",
    auth=writes,
    response={201: PostedOut, **refusing(400, 404, 409, 413, 415, 422)},
    openapi_extra=DESCRIBED,
)
@once
async def post_message(request: HttpRequest, conversation_id: str, body: MessageIn) -> Any:
    """Says something as the token's own name, or in the customer's: then the assistant's answer is on its way."""
    reply, answer = await in_database(posted, request, conversation_id, body=body)
    if reply is not None:
        answering.start_reply(reply)
    return Status(201, answer)


def posted(request: HttpRequest, conversation_id: str, *, body: MessageIn) -> tuple[UUID | None, Face]:
    token = token_of(request)
    conversation, id = own_conversation(token, conversation_id), message_id(request, token)
    if body.sender == "agent":
        say: Callable[..., Message] = add_note if body.private else services.reply_as_agent
        said = say(conversation, by=token.member, text=body.text, client_msg_id=id)
        return None, {"message": message_as_json(said), "reply_id": None}
    if body.private:
        raise Refused("unsupported", detail="private")
    done = services.post_message(conversation, client_msg_id=id, text=body.text)
    reply = done.reply.pk if done.reply else None
    answer = {"message": message_as_json(done.message), "reply_id": str(reply) if reply else None}
    return reply, answer


def message_id(request: HttpRequest, token: AccessToken) -> str:
    """The same key is the same message, even where its receipt was lost with the process that wrote it."""
    key = request.headers.get("Idempotency-Key")
    return f"api-{hashlib.sha256(f'{token.pk} {key}'.encode()).hexdigest()[:40]}" if key else f"api-{uuid4()}"


@router.post(
    "conversations/{conversation_id}/handoff",
    auth=writes,
    response={200: ConversationWholeOut, **refusing(400, 404, 409, 413, 415, 422)},
    openapi_extra=DESCRIBED,
)
@once
async def ask_for_person(request: HttpRequest, conversation_id: str, body: HandoffIn) -> Any:
    """Puts the conversation into the waiting line, as a customer's wish for a person does."""

    def ask(conversation: Conversation, token: AccessToken) -> None:
        services.request_handoff(conversation, comment=body.comment)

    return await changed(request, conversation_id, what="handoff", change=ask)


@router.post(
    "conversations/{conversation_id}/take",
    auth=writes,
    response={200: ConversationWholeOut, **refusing(400, 404, 409, 413, 415, 422)},
    openapi_extra=DESCRIBED,
)
@once
async def take_conversation(request: HttpRequest, conversation_id: str) -> Any:
    """From here on only the token answers. What the assistant is still writing becomes a draft."""

    def take(conversation: Conversation, token: AccessToken) -> None:
        services.take_over(conversation, by=token.member)

    return await changed(request, conversation_id, what="take", change=take)


@router.post(
    "conversations/{conversation_id}/give-back",
    auth=writes,
    response={200: ConversationWholeOut, **refusing(400, 404, 409, 413, 415, 422)},
    openapi_extra=DESCRIBED,
)
@once
async def give_conversation_back(request: HttpRequest, conversation_id: str) -> Any:
    """The assistant answers again, from the next message on."""

    def give_back(conversation: Conversation, token: AccessToken) -> None:
        services.give_back(conversation, by=token.member)

    return await changed(request, conversation_id, what="give_back", change=give_back)


@router.post(
    "conversations/{conversation_id}/resolve",
    auth=writes,
    response={200: ConversationWholeOut, **refusing(400, 404, 409, 413, 415, 422)},
    openapi_extra=DESCRIBED,
)
@once
async def resolve_conversation(request: HttpRequest, conversation_id: str) -> Any:
    """Ends the episode. What the customer writes next begins a new one."""

    def resolve(conversation: Conversation, token: AccessToken) -> None:
        services.resolve(conversation, by=token.member)

    return await changed(request, conversation_id, what="resolve", change=resolve)


async def changed(
    request: HttpRequest,
    conversation_id: str,
    *,
    what: str,
    change: Callable[[Conversation, AccessToken], None],
) -> Status:
    def run() -> Face:
        token = token_of(request)
        conversation = own_conversation(token, conversation_id)
        with acting(token, what=what, on=conversation.reference, address=address_of(request)):
            change(conversation, token)
        return conversation_now(token, conversation_id)

    return Status(200, await in_database(run))


# --- Customers ----------------------------------------------------------------------------------------------


@router.get("contacts", auth=reads_contacts, response={200: ContactsOut, **refusing(400, 422)})
async def list_contacts(
    request: HttpRequest, external_id: str = "", cursor: Cursor = "", limit: Limit = 50
) -> Any:
    """The site's customers, the newest first."""
    return await in_database(
        contacts_as_json, token_of(request), external_id=external_id, cursor=cursor, limit=limit
    )


def contacts_as_json(token: AccessToken, *, external_id: str, cursor: str, limit: int) -> Face:
    rows = queries.contacts_of(token.member)
    if external_id:
        rows = rows.filter(external_id=external_id) if is_storable(external_id) else rows.none()
    page = page_of(rows, by="created_at", cursor=cursor, limit=limit)
    return {"contacts": [contact_as_json(row) for row in page.rows], "next_cursor": page.next_cursor}


@router.get("contacts/{contact_id}", auth=reads_contacts, response={200: ContactOut, **refusing(404)})
async def show_contact(request: HttpRequest, contact_id: str) -> Any:
    """One customer."""
    return contact_as_json(await in_database(own_contact, token_of(request), contact_id))


# --- Own rows -----------------------------------------------------------------------------------------------


def own_conversation(token: AccessToken, conversation_id: str) -> Conversation:
    try:
        return queries.conversation_for(token.member, uuid_of(conversation_id))
    except Conversation.DoesNotExist as error:
        raise Refused("not_found") from error


def own_contact(token: AccessToken, contact_id: str) -> Contact:
    contact = queries.contacts_of(token.member).filter(pk=uuid_of(contact_id)).first()
    if contact is None:
        raise Refused("not_found")
    return contact


def uuid_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Refused("not_found") from error


def address_of(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR") or ""
