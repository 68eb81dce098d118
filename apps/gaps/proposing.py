"""What people answered, in the same conversations, to questions that were asked in vain: proposed for an FAQ.

An agent greets, asks back and answers; what answers is the message that is closest in meaning to the question. Personal
data stays out of it as well. A question whose conversation goes on is looked at again.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import F, OuterRef, QuerySet, Subquery
from langchain_core.embeddings import Embeddings

from apps.conversations.models import Message, Site
from apps.gaps.collecting import without_personal_data
from apps.gaps.grouping import loaded, unit
from apps.gaps.models import GapQuestion
from retrieval import fingerprint

CLOSE_ENOUGH = 0.25  # cosine to the question: greetings and "one moment, please" are below
LONGEST = 1_500  # characters: as long as an FAQ's answer may be
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Heard:
    """A question and what agents said after it."""

    question: GapQuestion
    messages: list[Message]


def propose(site: Site, *, since: datetime | None, embedder: Embeddings) -> int:
    """Returns of how many questions people's words were looked at."""
    rows = _unheard(site).filter(embedded_by=fingerprint(embedder))
    if since is not None:
        rows = rows.filter(message__conversation__updated_at__gte=since)
    looked = 0
    while some := list(rows.select_related("message")[:AT_ONCE]):
        _look_at([Heard(row, _said_after(row)) for row in some], embedder=embedder)
        looked += len(some)
    return looked


def _unheard(site: Site) -> QuerySet[GapQuestion]:
    """Those after which an agent said something that was not looked at yet."""
    said = _agents_words().filter(
        conversation=OuterRef("message__conversation"),
        episode=OuterRef("message__episode"),
        seq__gt=OuterRef("message__seq"),
    )
    latest = Subquery(said.order_by("-seq").values("seq")[:1])
    return (
        GapQuestion.objects.filter(site=site).annotate(latest=latest).filter(latest__gt=F("looked_until"))
    ).order_by("pk")


def _agents_words() -> QuerySet[Message]:
    return Message.objects.filter(sender=Message.Sender.AGENT, private=False).exclude(text="")


def _said_after(question: GapQuestion) -> list[Message]:
    """Up to the next question that was asked in vain, if something was said before it."""
    asked = question.message
    rows = _agents_words().filter(
        conversation=asked.conversation_id, episode=asked.episode, seq__gt=asked.seq
    )
    later = GapQuestion.objects.filter(
        message__conversation=asked.conversation_id, message__seq__gt=asked.seq
    )
    next_seq = later.order_by("message__seq").values_list("message__seq", flat=True).first()
    said = list(rows.order_by("seq"))
    return [message for message in said if next_seq is None or message.seq < next_seq] or said


def _look_at(heard: list[Heard], *, embedder: Embeddings) -> None:
    texts = [without_personal_data(message.text)[:LONGEST] for one in heard for message in one.messages]
    vectors = iter(
        zip(texts, np.asarray(embedder.embed_documents(texts), dtype=np.float32), strict=True)
        if texts
        else ()
    )
    for one in heard:
        question = one.question
        best, said, where = CLOSE_ENOUGH, "", None
        for message in one.messages:
            text, vector = next(vectors)
            closeness = float(unit(vector) @ loaded(question.vector))
            if closeness > best:
                best, said, where = closeness, text, message
        question.answer, question.answered_in = said, where
        question.answer_closeness = best if said else 0.0
        question.looked_until = question.latest  # type: ignore[attr-defined] # annotated by `_unheard`
    GapQuestion.objects.bulk_update(
        [one.question for one in heard], ["answer", "answered_in", "answer_closeness", "looked_until"]
    )
