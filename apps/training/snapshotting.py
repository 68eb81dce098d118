"""Conversations of a site → records in a file, one a line, with what each answer stood on and what people made of it.

A record holds one episode: what lies between two resolves. Rows are read a hundred at a time; nothing is written to
them. What people do is what can be learnt from: a thumb, a draft that a person edited, a person's own answer. An agent
cites nothing, so that the site's own search is asked for the passages behind an agent's words.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from apps.conversations.models import Contact, Conversation, Message, Site
from apps.knowledge.chunk_store import SqlChunkStore
from apps.knowledge.searching import search
from apps.training.models import Erasure
from model_training.records import write_rows
from retrieval import Chunk, Passage

logger = logging.getLogger(__name__)

CONSENTS = ("given", "not_refused")
PASSAGES = 8  # as many as an answer gets
AT_ONCE = 100
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which conversations may be learnt from."""

    since: date | None = None
    consent: str = "given"  # or "not_refused": whoever was never asked counts as well
    cap: int = 20  # conversations of one contact, the latest: nobody shall shape the model alone

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Source":
        since = stored.get("since")
        return cls(
            since=date.fromisoformat(since) if since else None,
            consent=stored.get("consent", "given"),
            cap=int(stored.get("cap", 20)),
        )

    def stored(self) -> Row:
        return {
            "since": self.since.isoformat() if self.since else "",
            "consent": self.consent,
            "cap": self.cap,
        }


@dataclass(slots=True)
class Snapshot:
    """What was written, and what was left out and why."""

    rows: int = 0
    contacts: int = 0
    sha256: str = ""
    left_out: Counter[str] = field(default_factory=Counter)


def resolved_since(site: Site, *, since: date | None) -> QuerySet[Conversation]:
    rows = Conversation.objects.filter(site=site, status=Conversation.Status.RESOLVED)
    if since is not None:
        begin = timezone.make_aware(datetime.combine(since, time.min))
        rows = rows.filter(updated_at__gte=begin)
    return rows


def may_be_learnt_from(contact: Contact, *, consent: str) -> bool:
    if contact.may_train is None:
        return consent == "not_refused"
    return contact.may_train


def erased_in(site: Site) -> set[UUID]:
    return set(Erasure.objects.filter(site=site).values_list("contact_id", flat=True))


def count_usable(site: Site, *, source: Source) -> int:
    """How many conversations a snapshot would hold now."""
    per_contact: Counter[Any] = Counter()
    for conversation in resolved_since(site, since=source.since).select_related("contact"):
        if may_be_learnt_from(conversation.contact, consent=source.consent):
            per_contact[conversation.contact_id] += 1
    return sum(min(count, source.cap) for count in per_contact.values())


def write_snapshot(site: Site, path: Path, *, source: Source) -> Snapshot:
    """Writes the whole file or nothing. The same rows give the same bytes.

    Who is erased while it is written is in no file: then it is written again.
    """
    erased = erased_in(site)
    snapshot = _write(site, path, source=source, erased=erased)
    while (now := erased_in(site)) != erased:
        erased, snapshot = now, _write(site, path, source=source, erased=now)
    return snapshot


def _write(site: Site, path: Path, *, source: Source, erased: Collection[UUID]) -> Snapshot:
    snapshot = Snapshot()
    chosen = list(_chosen(site, source=source, snapshot=snapshot, erased=erased))
    snapshot.contacts = len({contact for _, contact in chosen})
    path.parent.mkdir(parents=True, exist_ok=True)
    snapshot.rows = write_rows(path, _records(site, [pk for pk, _ in chosen]))
    with path.open("rb") as file:
        snapshot.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return snapshot


def _chosen(
    site: Site, *, source: Source, snapshot: Snapshot, erased: Collection[UUID]
) -> Iterator[tuple[Any, Any]]:
    """The latest first, so that the cap keeps those."""
    kept: Counter[Any] = Counter()
    rows = resolved_since(site, since=source.since).select_related("contact").order_by("-updated_at", "pk")
    for conversation in rows.iterator():
        if conversation.contact_id in erased:
            snapshot.left_out["erased"] += 1
        elif not may_be_learnt_from(conversation.contact, consent=source.consent):
            snapshot.left_out["no_consent"] += 1
        elif kept[conversation.contact_id] >= source.cap:
            snapshot.left_out["over_cap"] += 1
        else:
            kept[conversation.contact_id] += 1
            yield conversation.pk, conversation.contact_id


def _records(site: Site, ids: list[Any]) -> Iterator[Row]:
    for start in range(0, len(ids), AT_ONCE):
        batch = ids[start : start + AT_ONCE]
        rows = Conversation.objects.select_related("contact").in_bulk(batch)
        messages = _messages_of(batch)
        for pk in (pk for pk in batch if pk in rows):  # one may have been erased since it was chosen
            yield from records_of(rows[pk], messages=messages.get(pk, []), site=site)


def _messages_of(ids: list[Any]) -> dict[Any, list[Message]]:
    found: dict[Any, list[Message]] = {}
    said = Message.objects.filter(conversation__in=ids).exclude(sender=Message.Sender.SYSTEM)
    rows = said.exclude(
        decision="act"
    )  # the words of a service about somebody's order: nothing to learn from
    for message in (
        rows.select_related("feedback", "from_draft").prefetch_related("citations").order_by("seq")
    ):
        found.setdefault(message.conversation_id, []).append(message)
    return found


def records_of(conversation: Conversation, *, messages: Iterable[Message], site: Site) -> Iterator[Row]:
    """A record for each episode in which the customer said something and was answered."""
    episodes: dict[int, list[Message]] = {}
    for message in messages:
        if _teaches(message):
            episodes.setdefault(message.episode, []).append(message)
    for episode, said in sorted(episodes.items()):
        senders = {message.sender for message in said}
        if Message.Sender.CONTACT in senders and len(senders) > 1:
            yield _record(conversation, said, episode=episode, site=site)


def _teaches(message: Message) -> bool:
    """Words that were said for the customer to read; not the fixed reply to a file that nobody can learn from."""
    is_fixed = message.reason == "files_unread"
    return bool(message.text.strip()) and not (
        message.private or is_fixed or message.state == Message.State.FAILED
    )


def _record(conversation: Conversation, said: list[Message], *, episode: int, site: Site) -> Row:
    question, rows = "", []
    for message in said:
        rows.append(_message_row(message, site=site, question=question))
        question = message.text if message.sender == Message.Sender.CONTACT else question
    by_agent = any(message.sender == Message.Sender.AGENT for message in said)
    handoff = conversation.handoffs.order_by("-created_at").first()
    outcome: Row = {"status": conversation.status, "resolved_by": "agent" if by_agent else "assistant"}
    if handoff is not None:
        outcome["handoff_reason"] = handoff.reason
    return {
        "id": f"{conversation.pk}-{episode}",
        "site": site.key,
        "contact": str(conversation.contact_id),
        "language": "zh" if conversation.locale.startswith("zh") else "en",
        "started_at": said[0].created_at.isoformat(),
        "messages": rows,
        "outcome": outcome,
        "consent": True,
        "provenance": {
            "source": "conversations",
            "conversation": str(conversation.pk),
            "episode": episode,
            "messages": [str(message.pk) for message in said],
            "asked": conversation.contact.may_train is not None,
        },
    }


def _message_row(message: Message, *, site: Site, question: str) -> Row:
    if message.sender == Message.Sender.CONTACT:
        return {"role": "user", "content": message.text, "author": "contact"}
    row: Row = {"role": "assistant", "content": message.text, "author": message.sender}
    row |= _as_an_answer(message) if message.sender == Message.Sender.ASSISTANT else _as_a_person(message)
    passages = _passages_of(message, site=site, question=question)
    return row | ({"passages": passages} if passages else {})


def _as_an_answer(message: Message) -> Row:
    row: Row = {
        "decision": message.decision,
        "reason": message.reason,
        "model": message.trace.get("model", ""),
    }
    feedback = getattr(message, "feedback", None)
    if feedback is not None:
        row |= {"rating": feedback.rating, "rating_reason": feedback.reason or feedback.comment}
    return {key: value for key, value in row.items() if value}


def _as_a_person(message: Message) -> Row:
    draft = message.from_draft
    return {"draft": draft.text} if draft is not None and draft.text.strip() else {}


# --- Passages ---------------------------------------------------------------------------------------------------


def _passages_of(message: Message, *, site: Site, question: str) -> list[Row]:
    """Those that the answer had before it. A document that has changed since is represented by what was cited of it."""
    answer = message.from_draft or message
    found = answer.trace.get("passages", [])
    if found:
        return _traced(answer, found, site=site)
    cited = [_cited(citation) for citation in answer.citations.all()]
    if cited or message.sender == Message.Sender.ASSISTANT or not question:
        return cited
    return _searched(question, site=site)


def _traced(answer: Message, found: list[Mapping[str, Any]], *, site: Site) -> list[Row]:
    chunks = SqlChunkStore(site.knowledge_base_id).get([one["chunk_id"] for one in found])
    cited = {citation.chunk_id: _cited(citation) for citation in answer.citations.all()}
    rows = []
    for one in found:
        chunk = chunks.get(one["chunk_id"])
        if chunk is not None:
            rows.append(passage_row(chunk, relevance=one.get("relevance")))
        elif one["chunk_id"] in cited:
            rows.append(cited[one["chunk_id"]])
    return rows


def _cited(citation: Any) -> Row:
    return {
        "chunk_id": citation.chunk_id,
        "document_id": str(citation.document_id),
        "title": citation.title,
        "heading_path": list(citation.heading_path),
        "url": citation.url,
        "text": citation.text,
        "relevance": 1.0,
    }


def _searched(question: str, *, site: Site) -> list[Row]:
    """A search that fails costs the passages, not the snapshot."""
    try:
        passages: list[Passage] = list(search(site.knowledge_base_id, question, limit=PASSAGES).passages)
    except Exception as error:  # whatever the index raises: the answer is then kept without passages
        logger.warning("No passages for a person's answer: %s", error)
        return []
    return [passage_row(one.chunk, relevance=one.relevance) for one in passages]


def passage_row(chunk: Chunk, *, relevance: float | None) -> Row:
    row: Row = {
        "chunk_id": chunk.id,
        "document_id": chunk.document_id,
        "title": chunk.title,
        "heading_path": list(chunk.heading_path),
        "url": chunk.url,
        "text": chunk.text,
        "relevance": round(relevance or 0.0, 4),
    }
    return row | ({"question": chunk.question} if chunk.question else {})
