"""The shapes of the widget's HTTP contract, as they stand in its OpenAPI description."""

from datetime import datetime
from typing import Any, Literal

from ninja import Field, Schema


class ErrorBody(Schema):
    code: str
    message: str = Field(description="A sentence for people, in the session's language")


class ErrorOut(Schema):
    error: ErrorBody


class IdentityIn(Schema):
    """Who the visitor is, signed by the site's own server."""

    user_id: str = Field(min_length=1, max_length=200)
    exp: int = Field(description="Seconds since 1970 until which the signature holds")
    signature: str = Field(
        description="HMAC-SHA256 over `site_key|user_id|exp`, hexadecimal; with `attributes` over "
        "`site_key|user_id|exp|hash`, where hash is the SHA-256 of their canonical JSON (RFC 8785), hexadecimal"
    )
    name: str = Field(default="", max_length=200)
    email: str = Field(default="", max_length=320)
    attributes: dict[str, Any] | None = Field(
        default=None,
        description="What the site's people are to know of the customer, covered by the signature: up to 20 names of "
        "1 to 40 characters, each with a text of up to 200 characters, a number between 0.000001 and 10^15, or true "
        "or false. Left out: what is known stays; empty: it goes",
        examples=[{"plan": "gold", "orders": 3, "newsletter": False}],
    )


class SessionIn(Schema):
    site_key: str
    locale: str | None = Field(default=None, description="zh-hans or en; other forms of them are understood")
    identity: IdentityIn | None = None
    token: str | None = Field(default=None, description="An earlier token: the same contact goes on")


class SiteOut(Schema):
    name: str
    greeting: str
    suggestions: list[str]
    locale: str


class SessionOut(Schema):
    token: str
    expires_at: datetime
    contact_id: str
    verified: bool
    may_train: bool | None = Field(
        description="Whether the visitor's conversations may be used to improve the assistant; null: never asked"
    )
    site: SiteOut


class ConsentIn(Schema):
    may_train: bool


class ConsentOut(Schema):
    may_train: bool


class CitationOut(Schema):
    number: int
    title: str
    text: str
    url: str
    heading_path: list[str]
    language: Literal["zh", "en", ""] = Field(description="Of its words; empty where they show none")


class FeedbackOut(Schema):
    rating: Literal["up", "down"]
    reason: str
    comment: str


class DetailOut(Schema):
    label: str
    value: str


class ConfirmationOut(Schema):
    """An action that the assistant proposes, and what became of it."""

    nonce: str
    action: str
    title: str
    details: list[DetailOut]
    state: Literal["proposed", "running", "done", "refused", "failed", "declined", "expired"]
    text: str = Field(description="What came of it, in the conversation's language; empty until then")
    expires_at: datetime | None


class ConfirmationIn(Schema):
    accept: bool


class ConfirmedOut(Schema):
    confirmation: ConfirmationOut


class AttachmentOut(Schema):
    id: str
    name: str = Field(description="As its sender called it: text, never a path")
    kind: Literal["png", "jpeg", "gif", "webp", "pdf"] = Field(description="Told by its content")
    size: int = Field(description="Bytes")
    width: int | None = Field(description="Of a picture, as it is shown")
    height: int | None
    url: str = Field(
        description="Where the visitor gets it; good for an hour at least, then ask for the messages anew"
    )


class MessageOut(Schema):
    id: str
    seq: int
    sender: Literal["contact", "assistant", "agent", "system"]
    name: str
    text: str
    citations: list[CitationOut]
    attachments: list[AttachmentOut]
    state: Literal["sent", "generating", "done", "stopped", "failed"]
    created_at: datetime
    edited: bool = Field(default=False, description="Whether its author has changed it since")
    client_msg_id: str | None = None
    decision: str | None = None
    language: Literal["zh", "en"] | None = Field(
        default=None, description="The one that the answer's question was asked in; a page may speak another"
    )
    feedback: FeedbackOut | None = None
    offer_person: bool
    notice: str | None = None
    confirmation: ConfirmationOut | None = None


Status = Literal["assistant", "waiting", "agent", "resolved"]


class ConversationOut(Schema):
    id: str
    status: Status
    last_message: MessageOut | None
    unread: int
    updated_at: datetime


class ConversationsOut(Schema):
    conversations: list[ConversationOut]


class StartedOut(Schema):
    id: str
    status: Status


class HandoffOut(Schema):
    status: Status
    position: int | None
    minutes: int | None = Field(description="How long people usually waited of late; null: too few to say")
    is_served: bool = Field(description="Whether a person is there now; if not, ask for an e-mail address")
    opens_at: datetime | None = Field(description="When people are next there, out of hours")
    reference: str
    email: str = Field(description="Where the answer goes besides; empty: nowhere")


class MessagesOut(Schema):
    messages: list[MessageOut]
    status: Status
    open_parts: list[Literal["assistant", "agent"]] = Field(description="What can be rated now")
    wait: HandoffOut | None = Field(description="What is expected while a person is waited for")
    last_event_id: str | None = Field(description="Go on from here; null while the event bus is away")


class MessageIn(Schema):
    client_msg_id: str = Field(description="1 to 64 characters; the same again is the same message")
    text: str = Field(default="", description="1 to 8,000 characters; may be missing where files are sent")
    attachments: list[str] = Field(
        default=[],
        max_length=20,
        description="Ids of up to five files that were taken in before, each sent once",
    )


class PostedOut(Schema):
    message: MessageOut
    reply_id: str | None


class HandoffIn(Schema):
    reason: str = Field(default="", description="In the customer's own words, up to 2,000 characters")


class EmailIn(Schema):
    email: str = Field(min_length=3, max_length=320)


class RatingIn(Schema):
    score: int = Field(ge=1, le=5)
    comment: str = Field(default="", max_length=2000)
    part: Literal["", "assistant", "agent"] = Field(
        default="", description="Whom it is about; empty: the person, if there was one, else the assistant"
    )


class RatingOut(Schema):
    part: Literal["assistant", "agent"]
    score: int
    open_parts: list[Literal["assistant", "agent"]] = Field(description="What can still be rated")


class FeedbackIn(Schema):
    rating: Literal["up", "down"] | None = Field(description="null takes it back")
    reason: str = Field(default="", max_length=40)
    comment: str = Field(default="", max_length=2000)


class FeedbackGivenOut(Schema):
    feedback: FeedbackOut | None


class StoppedOut(Schema):
    message: MessageOut


class TypingOut(Schema):
    told: bool
