"""What a site's customers asked in vain → rows, once for each turn. Running it twice changes nothing.

Three things count, each only after its reply has ended: the knowledge base did not say, a thumb went down, or a person
was asked for. What a wish for a person was about is the question before it. Personal data stays out
(`model_training.cleaning.personal_data`), and so does a question of which nothing is left then.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from apps.conversations.models import Feedback, Handoff, Message, Site
from apps.conversations.replying.replies import turn_for
from apps.gaps.models import GapQuestion
from dialogue import understand
from model_training.cleaning.personal_data import scrub_text

LONGEST = 500  # characters: as long as an FAQ's question may be
AT_ONCE = 200
LOOKED_BACK = 20  # messages before a wish for a person
PLACEHOLDER = re.compile(r"\[[A-Z_]+\]")
SAYS_SOMETHING = re.compile(r"[^\W\d_]{2}")
ABOUT_KNOWLEDGE = (Handoff.Reason.CONTACT_ASKED, Handoff.Reason.NO_EVIDENCE, Handoff.Reason.LOW_CONFIDENCE)
NO_QUESTION = ("small_talk", "asked_for_person", "files_unread")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A message of a customer that was answered in vain, and in which way."""

    message: Message
    flag: str  # no_evidence, thumb_down or to_person
    thumb_reason: str = ""


def collect(site: Site, *, since: datetime | None) -> int:
    """Of conversations that moved since then; of all of them without. Returns how many questions are new."""
    forget_withdrawn(site)
    new, found = 0, _found(site, since=since)
    while some := list(islice(found, AT_ONCE)):
        new += _keep(site, some)
    return new


def forget_withdrawn(site: Site) -> None:
    """A thumb that was taken back, or turned up, counts no more."""
    rows = GapQuestion.objects.filter(site=site, thumb_down=True, message__reply__isnull=False)
    rows.exclude(message__reply__feedback__rating=Feedback.Rating.DOWN).update(
        thumb_down=False, thumb_reason=""
    )
    GapQuestion.objects.filter(site=site, no_evidence=False, thumb_down=False, to_person=False).delete()


# --- Where they are found ----------------------------------------------------------------------------------------


def _found(site: Site, *, since: datetime | None) -> Iterator[Found]:
    yield from _without_evidence(site, since=since)
    yield from _thumbed_down(site, since=since)
    yield from _sent_to_a_person(site, since=since)


def _without_evidence(site: Site, *, since: datetime | None) -> Iterator[Found]:
    replies = Message.objects.filter(
        conversation__site=site,
        sender=Message.Sender.ASSISTANT,
        private=False,
        state=Message.State.DONE,
        decision="handoff",
        reason="no_evidence",
    ).exclude(in_reply_to__gap_question__no_evidence=True)
    if since is not None:
        replies = replies.filter(conversation__updated_at__gte=since)
    for reply in replies.select_related("in_reply_to__conversation__site"):
        if question := _question_of(reply):
            yield Found(message=question, flag="no_evidence")


def _thumbed_down(site: Site, *, since: datetime | None) -> Iterator[Found]:
    thumbs = Feedback.objects.filter(
        message__conversation__site=site,
        message__private=False,
        message__sender=Message.Sender.ASSISTANT,
        rating=Feedback.Rating.DOWN,
    ).exclude(message__reason__in=NO_QUESTION)
    if since is not None:
        thumbs = thumbs.filter(updated_at__gte=since)
    for thumb in thumbs.select_related("message__in_reply_to__conversation__site"):
        if question := _question_of(thumb.message):
            yield Found(message=question, flag="thumb_down", thumb_reason=thumb.reason)


def _sent_to_a_person(site: Site, *, since: datetime | None) -> Iterator[Found]:
    handoffs = Handoff.objects.filter(conversation__site=site, reason__in=ABOUT_KNOWLEDGE)
    if since is not None:
        handoffs = handoffs.filter(created_at__gte=since)
    for handoff in handoffs:
        if question := _question_before(handoff):
            yield Found(message=question, flag="to_person")


def _question_of(reply: Message) -> Message | None:
    """Recorded conversations do not say what a reply answers: there it is what was said before it."""
    return reply.in_reply_to or _asked(reply.conversation_id).filter(seq__lt=reply.seq).first()


def _question_before(handoff: Handoff) -> Message | None:
    """The last thing said that was a question of substance, before a person was asked for."""
    asked = _asked(handoff.conversation_id).filter(created_at__lte=handoff.created_at)
    return next((message for message in asked[:LOOKED_BACK] if _is_a_question(message)), None)


def _asked(conversation_id: Any) -> QuerySet[Message]:
    rows = Message.objects.filter(
        conversation=conversation_id, sender=Message.Sender.CONTACT, private=False
    ).exclude(text="")
    return rows.select_related("conversation__site").order_by("-seq")


def _is_a_question(message: Message) -> bool:
    understood = understand(turn_for(message.conversation, message))
    return understood.readable and not understood.wants_person and not understood.small_talk


# --- How they are kept -------------------------------------------------------------------------------------------


def _keep(site: Site, found: Iterable[Found]) -> int:
    together: dict[Any, dict[str, Any]] = {}
    messages: dict[Any, Message] = {}
    for one in found:
        flags = together.setdefault(one.message.pk, {})
        flags[one.flag] = True
        if one.thumb_reason:
            flags["thumb_reason"] = one.thumb_reason
        messages[one.message.pk] = one.message
    known = {row.message_id: row for row in GapQuestion.objects.filter(message__in=messages)}
    for pk, row in known.items():
        if any(getattr(row, name) != value for name, value in together[pk].items()):
            GapQuestion.objects.filter(pk=row.pk).update(**together[pk])
    new = [
        GapQuestion(site=site, message=message, asked_at=message.created_at, **said, **together[pk])
        for pk, message in messages.items()
        if pk not in known and (said := _said(message))
    ]
    GapQuestion.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _said(message: Message) -> dict[str, str] | None:
    """The question standing alone and without personal data; None when that leaves nothing to answer."""
    understood = understand(turn_for(message.conversation, message))
    text = without_personal_data(" ".join(understood.question.split()))[:LONGEST]
    if not SAYS_SOMETHING.search(PLACEHOLDER.sub(" ", text)):
        return None
    return {"text": text, "language": understood.language}


def without_personal_data(text: str) -> str:
    return scrub_text(text).text
