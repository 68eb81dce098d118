"""A message as its customer sees it: the widget's JSON."""

from collections.abc import Mapping
from typing import Any

from apps.actions.queries import call_on, card_of
from apps.conversations.models import Citation, Conversation, Feedback, Message, Site
from apps.widget.attachments import attachment_as_json
from apps.widget.markdown import clean
from apps.widget.origins import hosts_of
from retrieval import detect_language


def as_json(message: Message, *, site: Site) -> dict[str, Any]:
    face = {
        "id": str(message.pk),
        "seq": message.seq,
        "sender": message.sender,
        "name": name_of(message, site=site),
        "text": text_of(message, site=site),
        "citations": citations_of(message),
        "attachments": attachments_of(message),
        "state": message.state,
        "created_at": message.created_at.isoformat(),
        "edited": message.edited_at is not None,
        "offer_person": message.offer_person,
        "notice": message.notice or None,
    }
    if message.sender == Message.Sender.CONTACT:
        face["client_msg_id"] = message.client_msg_id
    if message.sender == Message.Sender.ASSISTANT:
        face["decision"] = message.decision or None
        face["language"] = message.trace.get("language") or None
        face["feedback"] = feedback_on(message)
    if message.sender in (Message.Sender.ASSISTANT, Message.Sender.AGENT):
        face["confirmation"] = confirmation_on(message)
    return face


def citations_of(message: Message) -> list[dict[str, Any]]:
    """Only answers have any, once they are settled: for the rest nobody need look."""
    if message.sender != Message.Sender.ASSISTANT or message.state == Message.State.GENERATING:
        return []
    return [cited(one) for one in message.citations.all()]


def attachments_of(message: Message) -> list[dict[str, Any]]:
    """People send files, the assistant does not."""
    if message.sender == Message.Sender.ASSISTANT:
        return []
    return [attachment_as_json(one) for one in message.attachments.all()]


def name_of(message: Message, *, site: Site) -> str:
    if message.sender == Message.Sender.AGENT:
        return message.author.display_name if message.author else ""
    return site.name if message.sender == Message.Sender.ASSISTANT else ""


def text_of(message: Message, *, site: Site) -> str:
    """Only answers are Markdown; what people write is shown as they wrote it."""
    if message.sender == Message.Sender.ASSISTANT:
        return clean(message.text, hosts=hosts_of(site))
    return message.text


def cited(citation: Citation) -> dict[str, Any]:
    return shown_citation(
        {
            "number": citation.number,
            "title": citation.title,
            "text": citation.text,
            "url": citation.url,
            "heading_path": citation.heading_path,
        }
    )


def shown_citation(citation: Mapping[str, Any]) -> dict[str, Any]:
    """Its words alone may be figures and codes: what they stand under tells the language, too."""
    language = detect_language(" ".join([citation["title"], *citation["heading_path"], citation["text"]]))
    return {**citation, "url": web_address(citation["url"]), "language": language}


def web_address(url: str) -> str:
    """Given by operators, yet a browser must never run it."""
    return url if url.lower().startswith(("http://", "https://")) else ""


def feedback_on(message: Message) -> dict[str, str] | None:
    try:
        given = message.feedback
    except Feedback.DoesNotExist:
        return None
    return {"rating": given.rating, "reason": given.reason, "comment": given.comment}


def confirmation_on(message: Message) -> dict[str, Any] | None:
    """The card of the action that it proposes."""
    call = call_on(message)
    return card_of(call) if call else None


def conversation_as_json(conversation: Conversation, *, last: Message | None, unread: int) -> dict[str, Any]:
    return {
        "id": str(conversation.pk),
        "status": conversation.status,
        "last_message": as_json(last, site=conversation.site) if last else None,
        "unread": unread,
        "updated_at": conversation.updated_at.isoformat(),
    }
