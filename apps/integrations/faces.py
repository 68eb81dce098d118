"""Conversations, messages, contacts and documents as other programs see them: the same in the API and in webhooks."""

from collections.abc import Mapping
from typing import Any

from apps.conversations.models import Attachment, Citation, Contact, Conversation, Handoff, Message
from apps.knowledge.models import Document, IndexJob
from apps.knowledge.queries import progress_of
from apps.knowledge.sentences import sentence_of
from dialogue import Citation as Cited

Face = dict[str, Any]


def conversation_as_json(conversation: Conversation, *, then: Mapping[str, Any] | None = None) -> Face:
    """`then`: what was true when an event happened, in the place of what is true now."""
    assignee = conversation.assignee
    face = {
        "id": str(conversation.pk),
        "reference": conversation.reference,
        "status": conversation.status,
        "contact_id": str(conversation.contact_id),
        "assignee": {"name": assignee.display_name} if assignee else None,
        "locale": conversation.locale,
        "priority": conversation.priority,
        "episode": conversation.episode,
        "last_seq": conversation.last_seq,
        "waiting_since": _moment(conversation.waiting_since),
        "created_at": _moment(conversation.created_at),
        "updated_at": _moment(conversation.updated_at),
    }
    return {**face, **(then or {})}


def message_as_json(message: Message) -> Face:
    return {
        "id": str(message.pk),
        "conversation_id": str(message.conversation_id),
        "seq": message.seq,
        "episode": message.episode,
        "sender": message.sender,
        "name": message.author.display_name if message.author else "",
        "text": message.text,
        "private": message.private,
        "state": message.state,
        "decision": message.decision or None,
        "reason": message.reason or None,
        "offer_person": message.offer_person,
        "citations": [citation_as_json(one) for one in message.citations.all()],
        "attachments": [attachment_as_json(one) for one in message.attachments.all()],
        "created_at": _moment(message.created_at),
        "edited_at": _moment(message.edited_at),
    }


def attachment_as_json(attachment: Attachment) -> Face:
    """That there is a file and of what kind; the file itself is for people to open."""
    return {"name": attachment.name, "kind": attachment.kind, "size": attachment.size}


def citation_as_json(citation: Citation | Cited) -> Face:
    """Of a message that is stored, or of an answer that stands in no conversation."""
    return {
        "number": citation.number,
        "document_id": str(citation.document_id),
        "title": citation.title,
        "url": citation.url,
        "heading_path": list(citation.heading_path),
        "text": citation.text,
    }


def handoff_as_json(handoff: Handoff) -> Face:
    return {
        "reason": handoff.reason,
        "comment": handoff.comment,
        "summary": handoff.summary,
        "created_at": _moment(handoff.created_at),
    }


def contact_as_json(contact: Contact) -> Face:
    return {
        "id": str(contact.pk),
        "external_id": contact.external_id or None,
        "verified": contact.verified,
        "name": contact.name,
        "email": contact.email,
        "locale": contact.locale,
        "attributes": contact.attributes,
        "created_at": _moment(contact.created_at),
    }


def document_as_json(document: Document) -> Face:
    return {
        "id": str(document.pk),
        "external_id": document.external_id,
        "title": document.title,
        "url": document.url,
        "language": document.language,
        "origin": document.upload.origin,
        "audience": document.audience,
        "valid_from": _moment(document.valid_from),
        "valid_until": _moment(document.valid_until),
        "version": document.version,
        "state": document.state,
        "reason": sentence_of(document),
        "created_at": _moment(document.created_at),
        "updated_at": _moment(document.updated_at),
    }


def job_as_json(job: IndexJob) -> Face:
    return {
        "id": str(job.pk),
        "name": job.upload.name,
        "state": job.state,
        "percent": progress_of(job).percent,
        "reason": sentence_of(job),
        "created_at": _moment(job.created_at),
        "finished_at": _moment(job.finished_at),
    }


def _moment(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
