"""The shapes of the REST API, as they stand in its OpenAPI description."""

from datetime import date, datetime
from typing import Literal

from ninja import Field, Schema

Locale = Literal["en", "zh-hans"]
Status = Literal["assistant", "waiting", "agent", "resolved"]
Audience = Literal["public", "verified", "internal"]


class ErrorBody(Schema):
    code: str
    message: str = Field(description="A sentence for people, in the language of `Accept-Language`")


class ErrorOut(Schema):
    error: ErrorBody


# --- Conversations ------------------------------------------------------------------------------------------


class AssigneeOut(Schema):
    name: str


class HandoffOut(Schema):
    reason: str
    comment: str
    summary: str
    created_at: datetime


class ConversationOut(Schema):
    id: str
    reference: str = Field(description="What a customer can name on the telephone")
    status: Status
    contact_id: str
    assignee: AssigneeOut | None
    locale: Locale
    priority: int = Field(description="-1 low, 0 normal, 1 high, 2 urgent")
    episode: int = Field(description="Counts resolves: what lies between two is an episode")
    last_seq: int
    waiting_since: datetime | None
    created_at: datetime
    updated_at: datetime = Field(description="When its last message came")


class ConversationWholeOut(ConversationOut):
    handoff: HandoffOut | None = Field(description="Why a person was asked for; null when none is")


class ConversationsOut(Schema):
    conversations: list[ConversationOut]
    next_cursor: str | None = Field(description="null: this is the last page")


class ContactIn(Schema):
    external_id: str = Field(
        default="",
        max_length=200,
        description="The company's own id of this customer, who counts as verified then; empty: somebody new",
    )
    name: str = Field(default="", max_length=200)
    email: str = Field(default="", max_length=320)


class ConversationIn(Schema):
    contact_id: str | None = Field(default=None, description="A customer who is known here")
    contact: ContactIn | None = Field(
        default=None, description="Or who it is; without both: somebody unknown"
    )
    locale: Locale | None = Field(default=None, description="Without it: the customer's, or the site's")


class CitationOut(Schema):
    number: int
    document_id: str
    title: str
    url: str
    heading_path: list[str]
    text: str


class AttachmentOut(Schema):
    name: str = Field(description="As its sender called it: escape it before you show it")
    kind: Literal["png", "jpeg", "gif", "webp", "pdf"]
    size: int = Field(description="Bytes")


class MessageOut(Schema):
    id: str
    conversation_id: str
    seq: int
    episode: int
    sender: Literal["contact", "assistant", "agent", "system"]
    name: str
    text: str = Field(description="As it was written: escape it before you show it")
    private: bool = Field(description="For colleagues only: a note, or an answer that came too late")
    state: Literal["sent", "generating", "done", "stopped", "failed"]
    decision: str | None
    reason: str | None
    offer_person: bool
    citations: list[CitationOut]
    attachments: list[AttachmentOut] = Field(description="Named only; people open them on the desk")
    created_at: datetime
    edited_at: datetime | None = Field(description="When its author changed it last")


class MessagesOut(Schema):
    messages: list[MessageOut]
    next_after: int | None = Field(description="Go on with `after` of this; null: there are no more now")


class MessageIn(Schema):
    text: str = Field(description="1 to 8,000 characters")
    sender: Literal["agent", "contact"] = Field(
        default="agent",
        description="`agent`: the token's own name, which must have taken the conversation; `contact`: in the "
        "customer's name, and the assistant answers unless a person has the conversation",
    )
    private: bool = Field(default=False, description="A note for colleagues; of an agent only")


class PostedOut(Schema):
    message: MessageOut
    reply_id: str | None = Field(description="The assistant's answer that is under way")


class HandoffIn(Schema):
    comment: str = Field(default="", description="Why, in the customer's words, up to 2,000 characters")


# --- Contacts -----------------------------------------------------------------------------------------------


class ContactOut(Schema):
    id: str
    external_id: str | None
    verified: bool
    name: str
    email: str
    locale: Locale
    attributes: dict[str, str | int | float | bool] = Field(
        description="What the company's own server vouched for in the chat"
    )
    created_at: datetime


class ContactsOut(Schema):
    contacts: list[ContactOut]
    next_cursor: str | None


# --- Documents ----------------------------------------------------------------------------------------------


class DocumentOut(Schema):
    id: str
    external_id: str = Field(description="The file's name, or the id of a row in it")
    title: str
    url: str
    language: str
    origin: Literal["file", "faq", "website"]
    audience: Audience
    valid_from: date | None
    valid_until: date | None
    version: int = Field(description="0: nothing of it can be found yet")
    state: Literal["pending", "indexing", "ready", "failed"]
    reason: str = Field(description="Why it, or its newest version, failed")
    created_at: datetime
    updated_at: datetime


class DocumentsOut(Schema):
    documents: list[DocumentOut]
    next_cursor: str | None


class JobOut(Schema):
    id: str
    name: str = Field(description="Of the file")
    state: Literal["pending", "running", "done", "failed", "cancelled"]
    percent: int | None
    reason: str
    created_at: datetime
    finished_at: datetime | None


class TakenInOut(Schema):
    job: JobOut
    unchanged: bool = Field(description="The same file was here already: nothing is done")


class SearchIn(Schema):
    question: str = Field(min_length=1, max_length=2000)
    limit: int = Field(default=8, ge=1, le=50)
    reader: Literal["customer", "verified", "colleague"] = Field(
        default="customer", description="Who will read what is found"
    )


class PassageOut(Schema):
    document_id: str
    external_id: str
    title: str
    heading_path: list[str]
    url: str
    text: str
    relevance: float = Field(description="0 to 1, calibrated: how likely it answers the question")


class FoundOut(Schema):
    passages: list[PassageOut]
