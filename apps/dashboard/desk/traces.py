"""Why an answer is as it is: its stored trace, made readable, and its prompt, rebuilt. For members of the site only.

Traces are stored as they were made, by earlier versions too: what one does not hold is not shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from apps.conversations import queries
from apps.conversations.models import Member, Message
from apps.dashboard.access import for_members
from apps.dashboard.desk import explaining
from apps.dashboard.pages import show
from apps.knowledge.chunk_store import SqlChunkStore
from apps.training.queries import versions_of
from dialogue import CannotReplay, rebuild_prompt
from retrieval import Chunk


@dataclass(frozen=True)
class FoundPassage:
    """A passage as it was found. `chunk` is today's; None when it is no longer there."""

    number: int
    title: str
    relevance: float | None
    dense: float | None
    words: float | None
    score: float | None
    chunk: Chunk | None
    sources: list[dict[str, Any]]  # its sentences that went into the prompt
    is_cited: bool


@dataclass(frozen=True)
class Span:
    """A part of the time that the answer took. `start` and `share` are percent of the whole."""

    name: str
    seconds: float
    start: float
    share: float


@require_safe
@for_members()
def trace(request: HttpRequest, member: Member, message_id: UUID) -> HttpResponseBase:
    message = message_or_404(member, message_id)
    return show(
        request,
        member,
        template="dashboard/trace.html",
        room="conversations",
        message=message,
        conversation=message.conversation,
        model_version=versions_of(member.site).filter(name=message.trace.get("model", "")).first(),
        **explained(message, store=SqlChunkStore(member.site.knowledge_base_id)),
    )


def message_or_404(member: Member, message_id: UUID) -> Message:
    """An answer of the assistant in one of the member's conversations."""
    rows = Message.objects.filter(conversation__in=queries.conversations_of(member).order_by())
    answers = rows.filter(sender=Message.Sender.ASSISTANT).exclude(trace={})
    message = answers.select_related("conversation__contact", "in_reply_to").filter(pk=message_id).first()
    if message is None:
        raise Http404
    return message


def explained(message: Message, *, store: SqlChunkStore) -> dict[str, Any]:
    stored = message.trace
    chunks = store.get(sorted(named_chunks(stored)))
    return {
        "stored": stored,
        "reason": explaining.reason(stored),
        "passages": passages_of(message, chunks=chunks),
        "spans": spans_of(stored.get("timings", {})),
        "timings": stored.get("timings", {}),
        "usage": stored.get("usage", {}),
        "withheld": stored.get("withheld", []),
        "prompt": rebuilt(stored, chunks=chunks),
    }


def named_chunks(stored: Mapping[str, Any]) -> set[str]:
    return {row["chunk_id"] for part in ("passages", "sources") for row in stored.get(part, [])}


def passages_of(message: Message, *, chunks: Mapping[str, Chunk]) -> list[FoundPassage]:
    cited = {citation.chunk_id for citation in message.citations.all()}
    sources = message.trace.get("sources", [])
    return [
        FoundPassage(
            number=number,
            title=found.get("title", ""),
            relevance=found.get("relevance"),
            dense=found.get("dense"),
            words=found.get("words"),
            score=found.get("score"),
            chunk=chunks.get(found["chunk_id"]),
            sources=[source for source in sources if source["chunk_id"] == found["chunk_id"]],
            is_cited=found["chunk_id"] in cited,
        )
        for number, found in enumerate(message.trace.get("passages", []), start=1)
    ]


def spans_of(timings: Mapping[str, float]) -> list[Span]:
    """The whole, cut into what happened one after the other; what is left is understanding, deciding and checking.

    What a model wrote while it was still read what it wrote from (`ahead`) counts as reading: nobody waited for it.
    """
    total = timings.get("total") or 0.0
    ahead = timings.get("ahead", 0.0)
    writing = max(0.0, timings.get("writing", 0.0) - ahead)
    first_token = (
        min(max(0.0, timings["first_token"] - ahead), writing) if "first_token" in timings else writing
    )
    parts = {
        "search": timings.get("search", 0.0),
        "reading": timings.get("reading", 0.0),
        "across": timings.get("across", 0.0),
        "first_token": first_token,
        "writing": writing - first_token,
    }
    parts["other"] = max(0.0, total - sum(parts.values()))
    spans, start = [], 0.0
    for name, seconds in parts.items():
        share = 100 * seconds / total if total else 0.0
        if seconds:
            spans.append(Span(name, seconds, start=round(start, 2), share=round(share, 2)))
        start += share
    return spans


def rebuilt(stored: Mapping[str, Any], *, chunks: Mapping[str, Chunk]) -> dict[str, Any]:
    """The messages that the model got, and where they differ from what was sent or would be sent now."""
    try:
        messages = rebuild_prompt(stored, chunks=chunks)
    except CannotReplay:
        return {"why_not": explaining.cannot_replay(stored)}
    return {
        "messages": [{"role": message.type, "text": str(message.content)} for message in messages],
        "differences": [explaining.difference(sentence) for sentence in messages.differences],
    }
