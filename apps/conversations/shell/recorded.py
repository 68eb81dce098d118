"""Recorded conversations → rows, as if they had happened: for the demo. Loading the same again changes nothing.

A file has a record a line (docs/life-of-a-model.md); a passage names its document and a sentence of it, and becomes a
citation of the chunk that holds the sentence now.
"""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

from apps.conversations.models import (
    Citation,
    Contact,
    Conversation,
    Feedback,
    Handoff,
    Message,
    Resolution,
    Site,
)
from apps.knowledge.models import Chunk

Row = Mapping[str, Any]
LOCALES = {"zh": "zh-hans", "en": "en"}
BETWEEN = timedelta(seconds=40)  # two utterances
SENDERS = {
    "contact": Message.Sender.CONTACT,
    "assistant": Message.Sender.ASSISTANT,
    "agent": Message.Sender.AGENT,
}


def load_recorded(site: Site, path: Path) -> int:
    """Returns how many were new."""
    find = cache(lambda document, text: _find_chunk(site, document=document, text=text))
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    known = set(Conversation.objects.filter(site=site).values_list("pk", flat=True))
    new = [row for row in rows if _id(site, row["id"]) not in known]
    for row in new:
        _load(site, row, find=find)
    return len(new)


def _id(site: Site, name: str) -> uuid.UUID:
    return uuid.uuid5(site.pk, name)


@transaction.atomic
def _load(site: Site, row: Row, *, find: Any) -> None:
    started, locale = datetime.fromisoformat(row["started_at"]), LOCALES[row["language"]]
    contact, _ = Contact.objects.get_or_create(
        pk=_id(site, f"contact {row['contact']}"),
        defaults={
            "site": site,
            "locale": locale,
            "may_train": row["consent"],
            "name": row["contact"].partition("-")[0],
        },
    )
    conversation = Conversation.objects.create(
        pk=_id(site, row["id"]),
        site=site,
        contact=contact,
        locale=locale,
        status=Conversation.Status.RESOLVED,
    )
    for place, said in enumerate(row["messages"]):
        _say(conversation, said, at=started + place * BETWEEN, find=find)
    if reason := row["outcome"].get("handoff_reason"):
        handoff = Handoff.objects.create(
            conversation=conversation, reason=reason, taken_at=started, closed_at=started
        )
        Handoff.objects.filter(pk=handoff.pk).update(created_at=started)
    ended = started + len(row["messages"]) * BETWEEN
    part = _part({said["author"] for said in row["messages"]})
    Resolution.objects.create(conversation=conversation, episode=1, part=part, resolved_at=ended)
    Conversation.objects.filter(pk=conversation.pk).update(
        created_at=started,
        updated_at=ended,
        last_seq=conversation.last_seq,
        contact_read_seq=conversation.last_seq,
    )


def _part(authors: set[str]) -> str:
    """Who had answered."""
    if {"assistant", "agent"} <= authors:
        return Resolution.Part.BOTH
    return Resolution.Part.AGENT if "agent" in authors else Resolution.Part.ASSISTANT


def _say(conversation: Conversation, said: Row, *, at: datetime, find: Any) -> None:
    draft = None
    if said.get("draft"):
        draft = _append(
            conversation, sender=Message.Sender.ASSISTANT, text=said["draft"], at=at, private=True
        )
    message = _append(
        conversation, sender=SENDERS[said["author"]], text=said["content"], at=at, from_draft=draft
    )
    if said["author"] != "contact":
        _cite(message if draft is None else draft, said, find=find)
    if rating := said.get("rating"):
        Feedback.objects.create(message=message, rating=rating, reason=said.get("rating_reason", ""))


def _append(conversation: Conversation, *, sender: str, text: str, at: datetime, **fields: Any) -> Message:
    conversation.last_seq += 1
    message = Message.objects.create(
        conversation=conversation,
        seq=conversation.last_seq,
        episode=1,
        sender=sender,
        text=text,
        state=Message.State.SENT if sender == Message.Sender.CONTACT else Message.State.DONE,
        settled_at=at,
        **fields,
    )
    Message.objects.filter(pk=message.pk).update(created_at=at)
    return message


def _cite(message: Message, said: Row, *, find: Any) -> None:
    """What an assistant's answer stood on goes on its trace too; a person's answer is looked up when it is learnt from."""
    if message.sender != Message.Sender.ASSISTANT:
        return
    chunks = [chunk for one in said.get("passages", []) if (chunk := find(one["document"], one["text"]))]
    Citation.objects.bulk_create(
        Citation(
            message=message,
            number=number,
            chunk_id=chunk.pk,
            document_id=chunk.document_id,
            title=chunk.document.title,
            url=chunk.document.url,
            heading_path=chunk.heading_path,
            text=chunk.text,
        )
        for number, chunk in enumerate(chunks, start=1)
    )
    passages = [{"chunk_id": chunk.pk, "title": chunk.document.title, "relevance": 1.0} for chunk in chunks]
    message.decision, message.reason = said.get("decision", "answer"), said.get("reason", "supported")
    message.trace = {"shape": 1, "passages": passages} if passages else {}
    message.save(update_fields=["decision", "reason", "trace"])


def _find_chunk(site: Site, *, document: str, text: str) -> Chunk | None:
    chunks = Chunk.objects.filter(
        knowledge_base=site.knowledge_base, document__upload__name__endswith=document
    )
    return chunks.select_related("document").filter(text__contains=text).order_by("ordinal").first()
