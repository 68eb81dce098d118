"""The widget's HTTP API, version 1: request → one call → answer.

A contact's rows are reached through querysets that are limited to that contact, so what is foreign, gone or
garbage is all the same 404. Everything that touches rows runs in the database's threads.
"""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import translation
from ninja import NinjaAPI, Status
from ninja.security import HttpBearer

from apps.actions import confirming, running
from apps.actions.models import ActionCall
from apps.actions.queries import card_of, with_calls
from apps.conversations import queries, services
from apps.conversations.attributes import checked
from apps.conversations.desk import expecting, handing, rating
from apps.conversations.live import events
from apps.conversations.live.database import in_database
from apps.conversations.models import Contact, Conversation, Locale, Message, Site
from apps.conversations.replying import answering
from apps.conversations.texts import is_storable
from apps.widget import attachments, limits, origins, streaming, tokens
from apps.widget.messages import as_json, conversation_as_json
from apps.widget.refusals import Refused
from apps.widget.schemas import (
    AttachmentOut,
    ConfirmationIn,
    ConfirmedOut,
    ConsentIn,
    ConsentOut,
    ConversationsOut,
    EmailIn,
    ErrorOut,
    FeedbackGivenOut,
    FeedbackIn,
    HandoffIn,
    HandoffOut,
    MessageIn,
    MessagesOut,
    PostedOut,
    RatingIn,
    RatingOut,
    SessionIn,
    SessionOut,
    StartedOut,
    StoppedOut,
    TypingOut,
)

# Seconds between looks at a stopped answer. Another process hears of the stop with its next heartbeat.
STOP_WAITS = (0.05, 0.1, 0.25, 0.5, 0.6, 0.6, 0.6)
MAX_SEQ = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Visitor:
    contact: Contact
    site: Site


class VisitorToken(HttpBearer):
    async def __call__(self, request: HttpRequest) -> Visitor:
        header = request.headers.get("Authorization", "")
        scheme, _, token = header.partition(" ")
        if not header or scheme.lower() != "bearer":
            raise Refused("token_missing")
        return await self.authenticate(request, token.strip())

    async def authenticate(self, request: HttpRequest, token: str) -> Visitor:
        return await in_database(visitor_of, request, token=token)


def visitor_of(request: HttpRequest, *, token: str) -> Visitor:
    read = tokens.read(token)
    contacts = Contact.objects.select_related("site")
    try:
        contact = contacts.get(pk=read.contact_id, site=read.site_id)
    except Contact.DoesNotExist as error:
        raise Refused("token_invalid") from error
    check_origin(request, site=contact.site, bound=read.origin)
    limits.check((limits.CALLS_PER_VISITOR, contact.pk))
    translation.activate(contact.locale)
    return Visitor(contact, contact.site)


def check_origin(request: HttpRequest, *, site: Site, bound: str) -> None:
    """Browsers name the page that calls, except on reads from our own pages. A page that is named must be the one the
    token was given to, and must still be allowed."""
    origin = request.headers.get("Origin", "").lower() or bound
    if origin != bound or not origins.is_allowed(origin, site=site, request=request):
        raise Refused("origin_not_allowed")


api = NinjaAPI(
    title="SeekDesk widget",
    version="1",
    description="What a customer's browser may ask. Errors are `{error: {code, message}}`.",
    urls_namespace="widget",
    docs_url=None,
    auth=VisitorToken(),
)


def refusing(*statuses: int) -> dict[int, type[ErrorOut]]:
    """Every call may also be refused with these."""
    return dict.fromkeys((*statuses, 401, 403, 429, 500, 503), ErrorOut)


# --- Sessions -----------------------------------------------------------------------------------------------


@api.post("sessions", auth=None, response={201: SessionOut, **refusing(400, 404, 413, 415, 422)})
async def create_session(request: HttpRequest, body: SessionIn) -> Any:
    """Begins or renews a session; the visitor is anonymous unless the site signed an identity."""
    site, session = await in_database(begin_session, request, body=body)
    answering.warm_up(site)
    return Status(201, session)


def begin_session(request: HttpRequest, *, body: SessionIn) -> tuple[Site, dict[str, Any]]:
    limits.check((limits.SESSIONS_PER_ADDRESS, address_of(request)))
    origin = request.headers.get("Origin", "").lower()
    if not origin:
        raise Refused("origin_required")
    site = Site.objects.filter(key=body.site_key).first() if is_storable(body.site_key) else None
    if site is None:
        raise Refused("unknown_site")
    if not origins.is_allowed(origin, site=site, request=request):
        raise Refused("origin_not_allowed")
    contact = contact_for(site, body=body)
    translation.activate(contact.locale)
    return site, session_as_json(contact, site=site, origin=origin)


def session_as_json(contact: Contact, *, site: Site, origin: str) -> dict[str, Any]:
    token, expires_at = tokens.issue(contact, origin=origin)
    return {
        "token": token,
        "expires_at": expires_at,
        "contact_id": str(contact.pk),
        "verified": contact.verified,
        "may_train": contact.may_train,
        "site": site_as_json(site, locale=contact.locale),
    }


def contact_for(site: Site, *, body: SessionIn) -> Contact:
    before = tokens.contact_to_renew(body.token, site=site) if body.token else None
    locale = understood(body.locale) or (before.locale if before else site.locale)
    if body.identity is not None:
        return recognized(site, body=body, locale=locale, before=before)
    if before is None:
        return services.welcome_stranger(site, locale=locale)
    return services.speak(before, locale=locale)


def recognized(site: Site, *, body: SessionIn, locale: str, before: Contact | None) -> Contact:
    identity = body.identity
    assert identity is not None  # noqa: S101 - asked by the caller
    if not is_storable(identity.user_id + identity.name + identity.email):
        raise Refused("identity_invalid")
    attributes = None if identity.attributes is None else checked(identity.attributes)
    tokens.check_identity(
        site,
        user_id=identity.user_id,
        exp=identity.exp,
        signature=identity.signature,
        attributes=attributes,
    )
    return services.recognize(
        site,
        user_id=identity.user_id,
        name=identity.name,
        email=identity.email,
        attributes=attributes,
        locale=locale,
        before=before,
    )


def understood(locale: str | None) -> str | None:
    language = (locale or "").lower().replace("_", "-").partition("-")[0]
    return {"zh": Locale.CHINESE.value, "en": Locale.ENGLISH.value}.get(language)


def site_as_json(site: Site, *, locale: str) -> dict[str, Any]:
    return {
        "name": site.name,
        "greeting": site.greeting_in(locale),
        "suggestions": site.suggestions_in(locale),
        "locale": locale,
    }


def address_of(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR") or "unknown"


@api.post("consent", response={200: ConsentOut, **refusing(400, 413, 415, 422)})
async def set_consent(request: HttpRequest, body: ConsentIn) -> Any:
    """Whether the visitor's conversations may be used to improve the assistant; the last word counts, for all of them."""
    contact = visitor(request).contact
    await in_database(services.note_consent, contact, may_train=body.may_train)
    return {"may_train": body.may_train}


# --- Conversations ------------------------------------------------------------------------------------------


@api.get("conversations", response={200: ConversationsOut, **refusing()})
async def list_conversations(request: HttpRequest) -> Any:
    """The visitor's conversations, the latest first."""
    return {"conversations": await in_database(conversations_of, visitor(request))}


def conversations_of(visitor: Visitor) -> list[dict[str, Any]]:
    rows = queries.contact_conversations(visitor.contact).select_related("site")
    last = queries.last_messages(rows)
    return [
        conversation_as_json(row, last=last.get(row.pk), unread=row.unread)  # type: ignore[attr-defined] # annotated by the query
        for row in rows
    ]


@api.post("conversations", response={201: StartedOut, **refusing(415)})
async def start_conversation(request: HttpRequest) -> Any:
    """Begins a conversation."""
    conversation = await in_database(begin_conversation, visitor(request))
    return Status(201, {"id": str(conversation.pk), "status": conversation.status})


def begin_conversation(visitor: Visitor) -> Conversation:
    limits.check((limits.CONVERSATIONS_PER_VISITOR, visitor.contact.pk))
    return services.start_conversation(visitor.contact)


@api.get("conversations/{conversation_id}/messages", response={200: MessagesOut, **refusing(404, 422)})
async def list_messages(request: HttpRequest, conversation_id: str, after: int = 0) -> Any:
    """Messages behind `after`, and where their event stream goes on. The visitor has read them now."""
    conversation = await in_database(own_conversation, visitor(request), conversation_id)
    await answering.heal(conversation.pk)
    # Read before the rows: what happens in between is in both, and in neither it cannot be.
    last_event_id = await events.latest_id(conversation.pk)
    page = await in_database(read_messages, conversation, after=max(0, min(after, MAX_SEQ)))
    open_replies = [one["seq"] for one in page["messages"] if one["state"] == Message.State.GENERATING]
    if open_replies:  # what has been said of it so far is in the stream alone
        last_event_id = await events.id_before(conversation.pk, seq=open_replies[0])
    return {**page, "last_event_id": last_event_id}


def read_messages(conversation: Conversation, *, after: int) -> dict[str, Any]:
    conversation.refresh_from_db(fields=["status", "episode"])
    rows = list(with_calls(queries.messages_for_contact(conversation, after=after)))
    if rows:
        services.mark_read(conversation, up_to=rows[-1].seq)
    messages = [as_json(row, site=conversation.site) for row in rows]
    return {
        "messages": messages,
        "status": conversation.status,
        "open_parts": rating.parts_of(conversation),
        "wait": handoff_as_json(conversation) if conversation.status == Conversation.Status.WAITING else None,
    }


@api.post(
    "conversations/{conversation_id}/messages",
    response={202: PostedOut, **refusing(400, 404, 409, 413, 415, 422)},
)
async def post_message(request: HttpRequest, conversation_id: str, body: MessageIn) -> Any:
    """Takes a message in. When this is answered it is stored, and its reply is on its way."""
    posted, answer = await in_database(take_message, request, conversation_id, body=body)
    if posted.reply is not None and posted.created:
        answering.start_reply(posted.reply.pk)
    return Status(202, answer)


def take_message(
    request: HttpRequest, conversation_id: str, *, body: MessageIn
) -> tuple[services.Posted, dict[str, Any]]:
    who = visitor(request)
    conversation = own_conversation(who, conversation_id)
    limits.check(
        (limits.MESSAGES_PER_VISITOR, who.contact.pk),
        (limits.MESSAGES_PER_ADDRESS, address_of(request)),
        (limits.MESSAGES_PER_SITE, who.site.pk),
    )
    posted = services.post_message(
        conversation, client_msg_id=body.client_msg_id, text=body.text, attachments=body.attachments
    )
    reply_id = str(posted.reply.pk) if posted.reply else None
    return posted, {"message": as_json(posted.message, site=who.site), "reply_id": reply_id}


@api.post(
    "conversations/{conversation_id}/attachments",
    response={201: AttachmentOut, **refusing(400, 404, 409, 413, 415, 422)},
    openapi_extra=attachments.BODY,
)
async def attach_file(request: HttpRequest, conversation_id: str) -> Any:
    """Takes a file in: PNG, JPEG, GIF, WebP or PDF, up to 10 MB. It is seen once a message names it; else it goes
    after a day."""
    return Status(201, await in_database(take_file, request, conversation_id))


def take_file(request: HttpRequest, conversation_id: str) -> dict[str, Any]:
    conversation = own_conversation(visitor(request), conversation_id)
    limits.check((limits.FILES_PER_ADDRESS, address_of(request)))
    return attachments.take(request, conversation)


@api.get(
    "conversations/{conversation_id}/events",
    response={200: str, **refusing(400, 404)},
    openapi_extra={
        "parameters": [
            {"in": "header", "name": "Last-Event-ID", "schema": {"type": "string"}, "required": False}
        ],
        "responses": {200: {"description": "Server-sent events", "content": {"text/event-stream": {}}}},
    },
)
async def stream_events(request: HttpRequest, conversation_id: str, after: str = "") -> Any:
    """Server-sent events behind `Last-Event-ID`, or behind `after`: an event's id or a message's `seq`."""
    who = visitor(request)
    conversation = await in_database(own_conversation, who, conversation_id)
    cursor = cursor_of(request.headers.get("Last-Event-ID", "") or after)
    limits.check_streams(who.contact.pk)
    response = StreamingHttpResponse(
        streaming.frames(conversation, site=who.site, cursor=cursor),
        content_type="text/event-stream; charset=utf-8",
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def cursor_of(text: str) -> str | int | None:
    try:
        return events.parse_cursor(text) if text else None
    except events.BadCursor as error:
        raise Refused("bad_cursor") from error


@api.post(
    "conversations/{conversation_id}/handoff", response={202: HandoffOut, **refusing(400, 404, 413, 415, 422)}
)
async def request_handoff(request: HttpRequest, conversation_id: str, body: HandoffIn | None = None) -> Any:
    """A person, please. Works while model and event bus are away."""
    comment = body.reason if body else ""
    return Status(202, await in_database(ask_for_person, visitor(request), conversation_id, comment=comment))


def ask_for_person(visitor: Visitor, conversation_id: str, *, comment: str) -> dict[str, Any]:
    conversation = own_conversation(visitor, conversation_id)
    services.request_handoff(conversation, comment=comment)
    return handoff_as_json(conversation)


def handoff_as_json(conversation: Conversation) -> dict[str, Any]:
    conversation.refresh_from_db(fields=["status", "waiting_since"])
    expected = expecting.expectation(conversation)
    return {
        "status": conversation.status,
        "position": expected.position,
        "minutes": expected.minutes,
        "is_served": expected.is_served,
        "opens_at": expected.opens_at,
        "reference": conversation.reference,
        "email": handing.email_left(conversation),
    }


@api.post(
    "conversations/{conversation_id}/handoff/cancel", response={200: HandoffOut, **refusing(404, 409, 415)}
)
async def cancel_handoff(request: HttpRequest, conversation_id: str) -> Any:
    """Goes on with the assistant; too late once a person has come."""
    return await in_database(cancel_wait, visitor(request), conversation_id)


def cancel_wait(visitor: Visitor, conversation_id: str) -> dict[str, Any]:
    conversation = own_conversation(visitor, conversation_id)
    handing.cancel(conversation)
    return handoff_as_json(conversation)


@api.post(
    "conversations/{conversation_id}/email",
    response={200: HandoffOut, **refusing(400, 404, 409, 413, 415, 422)},
)
async def leave_email(request: HttpRequest, conversation_id: str, body: EmailIn) -> Any:
    """Where an answer is mailed to, besides standing here. Waits in line from then on."""
    return await in_database(take_email, visitor(request), conversation_id, email=body.email)


def take_email(visitor: Visitor, conversation_id: str, *, email: str) -> dict[str, Any]:
    conversation = own_conversation(visitor, conversation_id)
    handing.leave_email(conversation, email=email)
    return handoff_as_json(conversation)


@api.post("conversations/{conversation_id}/typing", response={200: TypingOut, **refusing(404, 415)})
async def announce_typing(request: HttpRequest, conversation_id: str) -> Any:
    """The visitor is writing: told to the people of the site, stored nowhere."""
    conversation = await in_database(own_conversation, visitor(request), conversation_id)
    await in_database(services.announce_contact_typing, conversation)
    return {"told": True}


@api.post(
    "conversations/{conversation_id}/rating",
    response={200: RatingOut, **refusing(400, 404, 409, 413, 415, 422)},
)
async def rate_conversation(request: HttpRequest, conversation_id: str, body: RatingIn) -> Any:
    """How content the visitor was with the episode that has ended, once per part."""
    return await in_database(take_rating, visitor(request), conversation_id, body=body)


def take_rating(visitor: Visitor, conversation_id: str, *, body: RatingIn) -> dict[str, Any]:
    conversation = own_conversation(visitor, conversation_id)
    given = rating.rate(conversation, score=body.score, comment=body.comment, part=body.part)
    return {"part": given.part, "score": given.score, "open_parts": rating.parts_of(conversation)}


# --- Single messages ----------------------------------------------------------------------------------------


@api.post(
    "messages/{message_id}/feedback",
    response={200: FeedbackGivenOut, **refusing(400, 404, 409, 413, 415, 422)},
)
async def give_feedback(request: HttpRequest, message_id: str, body: FeedbackIn) -> Any:
    """Rates an answer; the last rating counts."""
    return await in_database(rate, visitor(request), message_id, body=body)


def rate(visitor: Visitor, message_id: str, *, body: FeedbackIn) -> dict[str, Any]:
    message = own_message(visitor, message_id)
    if body.rating is None:
        services.take_feedback_back(message)
        return {"feedback": None}
    given = services.give_feedback(message, rating=body.rating, reason=body.reason, comment=body.comment)
    return {"feedback": {"rating": given.rating, "reason": given.reason, "comment": given.comment}}


@api.post("messages/{message_id}/stop", response={200: StoppedOut, **refusing(404, 409, 415)})
async def stop_message(request: HttpRequest, message_id: str) -> Any:
    """Ends an answer under way; what was shown stays. An answer that is over stays as it is."""
    who = visitor(request)
    message = await in_database(stop, who, message_id)
    answering.halt(message.pk)
    return {"message": await settled(who, message_id)}


def stop(visitor: Visitor, message_id: str) -> Message:
    return services.stop_reply(own_message(visitor, message_id))


async def settled(visitor: Visitor, message_id: str) -> dict[str, Any]:
    """The message once whoever is writing it has settled it, or as it is when that takes long."""
    for wait in STOP_WAITS:
        face = await in_database(face_of, visitor, message_id)
        if face["state"] != Message.State.GENERATING:
            break
        await asyncio.sleep(wait)
    return face


def face_of(visitor: Visitor, message_id: str) -> dict[str, Any]:
    return as_json(own_message(visitor, message_id), site=visitor.site)


# --- Actions ------------------------------------------------------------------------------------------------


@api.post("confirmations/{nonce}", response={200: ConfirmedOut, **refusing(400, 404, 413, 415, 422)})
async def confirm(request: HttpRequest, nonce: str, body: ConfirmationIn) -> Any:
    """The visitor's word on an action that was proposed to them. The same again finds what came of it, and does nothing."""
    call, is_ours = await in_database(take_word, visitor(request), nonce, accept=body.accept)
    if is_ours:
        call = await running.run(call.pk)
    return {"confirmation": await in_database(card_of, call)}


def take_word(visitor: Visitor, nonce: str, *, accept: bool) -> tuple[ActionCall, bool]:
    try:
        return confirming.decide(visitor.contact, nonce=nonce if is_storable(nonce) else "", accept=accept)
    except ActionCall.DoesNotExist:
        raise Refused("not_found") from None


# --- Own rows -----------------------------------------------------------------------------------------------


def visitor(request: HttpRequest) -> Visitor:
    who: Visitor = request.auth  # type: ignore[attr-defined] # put there by VisitorToken
    return who


def own_conversation(visitor: Visitor, conversation_id: str) -> Conversation:
    rows = Conversation.objects.filter(contact=visitor.contact, site=visitor.site)
    try:
        return rows.select_related("site").get(pk=uuid_of(conversation_id))
    except Conversation.DoesNotExist as error:
        raise Refused("not_found") from error


def own_message(visitor: Visitor, message_id: str) -> Message:
    rows = with_calls(queries.messages_of_contact(visitor.contact))
    message = rows.filter(pk=uuid_of(message_id)).first()
    if message is None:
        raise Refused("not_found")
    return message


def uuid_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Refused("not_found") from error
