"""The life of an assistant's reply as a row: claimed, kept alive, settled, or given up.

    generating ──claim──► (attempt 1, heartbeat) ──settle──► done │ stopped
         ▲                        │ the heartbeat stops
         └──────── claim ◄────────┘ attempt 2, then given up: failed, and a person is asked for

Whoever writes an answer owns it by its attempt: every write checks that the attempt is still the row's. The
conversation row is locked first in each transaction, so replies, messages and people change it one at a time.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.conversations.changes import lock, lock_of, open_handoff, tell
from apps.conversations.desk import finding
from apps.conversations.live import events
from apps.conversations.models import Citation, Conversation, Handoff, Message, Site
from apps.conversations.replying.recalling import recalled
from apps.conversations.texts import storable
from apps.conversations.wording import say
from apps.knowledge.chunk_store import Reader
from dialogue import Answer, Pending, Turn, Utterance
from dialogue import Citation as Cited

HEARTBEAT_SECONDS = 2.0
LOST_AFTER = timedelta(seconds=12)  # without a heartbeat: six were missed, however busy the machine
UNCLAIMED_AFTER = timedelta(seconds=4)  # the web process that took the message starts at once, or never
MAX_ATTEMPTS = 2
HISTORY_MESSAGES = 12
HISTORY_CHARACTERS = 6_000

CLAIMS_TRANSFER = re.compile(
    r"\b(?:I|we)(?:'ve| have|'m| am|'re| are|'ll| will)? (?:now |just )?"
    r"(?:transferr?(?:ed|ing)?|connect(?:ed|ing)?|pass(?:ed|ing)?|hand(?:ed|ing)?) you "
    r"(?:on |over |now |through )*(?:to|with)\b"
    r"|(?:已经?|正在|马上|这就|现在)(?:为|帮|给)?您?(?:转接|转给|转到|转至?人工|接通|呼叫)",
    re.IGNORECASE,
)

ROLES: dict[str, str] = {
    Message.Sender.CONTACT: "user",
    Message.Sender.ASSISTANT: "assistant",
    Message.Sender.AGENT: "agent",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write one reply, and what is needed to do so."""

    reply_id: UUID
    attempt: int
    seq: int
    conversation_id: UUID
    site: Site
    turn: Turn
    reader: Reader = Reader.CUSTOMER  # who will read the answer

    @property
    def speaker(self) -> events.Speaker:
        return events.Speaker(self.reply_id, self.attempt)


@dataclass(frozen=True, slots=True)
class Shown:
    """What of an answer has been shown so far."""

    text: str = ""
    citations: Sequence[Cited] = ()


# --- Finding ------------------------------------------------------------------------------------------------


def generating() -> QuerySet[Message]:
    """Replies under way that are first in their conversation: they are written one after the other."""
    earlier = Message.objects.filter(
        conversation=OuterRef("conversation"), state=Message.State.GENERATING, seq__lt=OuterRef("seq")
    )
    return Message.objects.filter(~Exists(earlier), state=Message.State.GENERATING).order_by("created_at")


def lost(*, now: datetime | None = None) -> QuerySet[Message]:
    """Replies that nobody is writing any more."""
    now = now or timezone.now()
    silent = Q(heartbeat_at__lt=now - LOST_AFTER)
    let_go = Q(heartbeat_at=None) & (Q(attempt__gt=0) | Q(created_at__lt=now - UNCLAIMED_AFTER))
    return generating().filter(silent | let_go)


def lost_in(conversation_id: UUID) -> list[UUID]:
    return list(lost().filter(conversation=conversation_id).values_list("pk", flat=True))


def next_in(conversation_id: UUID) -> UUID | None:
    """The reply that is to be written next, if nobody is writing one."""
    open_replies = Message.objects.filter(conversation=conversation_id, state=Message.State.GENERATING)
    first = open_replies.order_by("seq").values_list("pk", "heartbeat_at").first()
    return first[0] if first and first[1] is None else None


# --- Writing ------------------------------------------------------------------------------------------------


@transaction.atomic
def claim(reply_id: UUID) -> Claim | None:
    """The right to write this reply; None when it is someone else's, not its turn, settled, or given up here."""
    conversation = lock_of(reply_id)
    if conversation is None:
        return None
    free = Q(heartbeat_at=None) | Q(heartbeat_at__lt=timezone.now() - LOST_AFTER)
    reply = generating().filter(free, pk=reply_id).select_related("in_reply_to").order_by().first()
    if reply is None:
        return None
    if reply.attempt >= MAX_ATTEMPTS:
        _give_up(conversation, reply)
        return None
    return _take(conversation, reply)


def _take(conversation: Conversation, reply: Message) -> Claim:
    reply.attempt += 1
    reply.heartbeat_at = timezone.now()
    reply.text = ""
    reply.save(update_fields=["attempt", "heartbeat_at", "text"])
    speaker = events.Speaker(reply.pk, reply.attempt)
    if not reply.private:
        transaction.on_commit(partial(events.name_speaker, conversation.pk, speaker))
    if reply.attempt > 1:
        tell(conversation, reply, "message")  # starts over: the sentences of the lost attempt are void
    return Claim(
        reply.pk,
        reply.attempt,
        reply.seq,
        conversation.pk,
        conversation.site,
        _turn(conversation, reply),
        reader=Reader.VERIFIED if conversation.contact.verified else Reader.CUSTOMER,
    )


def _turn(conversation: Conversation, reply: Message) -> Turn:
    question = reply.in_reply_to
    assert question is not None, "every assistant's reply answers a message"  # noqa: S101
    return turn_for(conversation, question)


def turn_for(conversation: Conversation, question: Message) -> Turn:
    earlier = _earlier(question)
    return Turn(
        question=question.text,
        history=_history(earlier),
        earlier=recalled(question, locale=conversation.locale),
        site_name=conversation.site.name,
        locale=conversation.locale,
        asked_back=bool(earlier) and earlier[0].decision == "clarify",
        pending=_pending(earlier[0]) if earlier else None,
    )


def _pending(last: Message) -> Pending | None:
    """The action for which the assistant has just asked something back."""
    wanted = last.trace.get("action", {}) if last.reason == "slot_missing" else {}
    if not wanted.get("missing"):
        return None
    return Pending(action=wanted["name"], arguments=wanted["arguments"], missing=wanted["missing"])


def _earlier(question: Message) -> list[Message]:
    """What was said before the question in its episode, the latest first."""
    rows = Message.objects.filter(
        conversation=question.conversation_id, episode=question.episode, seq__lt=question.seq, private=False
    )
    said = rows.filter(sender__in=ROLES).exclude(text="").exclude(state=Message.State.FAILED)
    return list(said.order_by("-seq")[:HISTORY_MESSAGES])


def _history(latest_first: list[Message]) -> tuple[Utterance, ...]:
    said = [Utterance(ROLES[one.sender], one.spoken_text) for one in latest_first]  # type: ignore[arg-type] # ROLES holds only roles
    return remembered(said)


def remembered(latest_first: Sequence[Utterance]) -> tuple[Utterance, ...]:
    """As much of what was said as is looked at, oldest first."""
    history: list[Utterance] = []
    room = HISTORY_CHARACTERS
    for said in latest_first[:HISTORY_MESSAGES]:
        room -= len(said.text)
        if room < 0:
            break
        history.append(said)
    return tuple(reversed(history))


def beat(claim: Claim, *, shown: str) -> "Orders":
    """Says that the answer is still being written and keeps what was shown; learns what has changed meanwhile."""
    mine = Message.objects.filter(pk=claim.reply_id, attempt=claim.attempt, state=Message.State.GENERATING)
    if mine.filter(stop_requested=False).update(heartbeat_at=timezone.now(), text=storable(shown)):
        return Orders()
    return Orders(stop=True) if mine.exists() else Orders(lost=True)


@dataclass(frozen=True, slots=True)
class Orders:
    stop: bool = False
    lost: bool = False  # somebody else owns the reply now


def let_go(claim: Claim) -> None:
    """Not finished here: whoever looks next may take it at once."""
    Message.objects.filter(pk=claim.reply_id, attempt=claim.attempt, state=Message.State.GENERATING).update(
        heartbeat_at=None
    )


# --- Settling -----------------------------------------------------------------------------------------------


@events.together()
@transaction.atomic
def settle(claim: Claim, answer: Answer) -> bool:
    """The answer becomes a message; a draft when a person has taken over; nothing when the attempt is not ours."""
    conversation = lock(claim.conversation_id)
    reply = _mine(claim)
    if reply is None:
        return False
    reply.state = Message.State.DONE
    reply.text = storable(answer.text).strip() or _instead_of_nothing(conversation, answer)
    reply.decision, reply.reason = answer.decision, answer.reason[:40]
    reply.offer_person, reply.notice = answer.offers_person, answer.notice
    reply.trace = storable({**answer.trace, "usage": answer.usage, "timings": answer.timings})
    keep_citations(reply, answer.citations)
    _close(conversation, reply)
    _keep_word(conversation, reply)
    return True


def _keep_word(conversation: Conversation, reply: Message) -> None:
    """Whoever is told that a person comes gets one: whatever words, of a page even, told it."""
    if reply.private:
        return
    if reply.reason == "asked_for_person":
        open_handoff(conversation, reason=Handoff.Reason.CONTACT_ASKED)
    elif CLAIMS_TRANSFER.search(reply.text):
        open_handoff(conversation, reason=Handoff.Reason.POLICY)


@events.together()
@transaction.atomic
def settle_stopped(claim: Claim, shown: Shown) -> bool:
    """What was shown stays."""
    conversation = lock(claim.conversation_id)
    reply = _mine(claim)
    if reply is None:
        return False
    reply.text = storable(shown.text)
    keep_citations(reply, shown.citations)
    stop(conversation, reply)
    return True


def stop(conversation: Conversation, reply: Message) -> None:
    """Inside a transaction that has locked the conversation."""
    reply.state, reply.decision, reply.reason = Message.State.STOPPED, "answer", "stopped"
    _close(conversation, reply)


def is_written(reply: Message) -> bool:
    """Whether somebody is writing it at this moment."""
    return reply.heartbeat_at is not None and reply.heartbeat_at > timezone.now() - LOST_AFTER


def _mine(claim: Claim) -> Message | None:
    return Message.objects.filter(
        pk=claim.reply_id, attempt=claim.attempt, state=Message.State.GENERATING
    ).first()


def _instead_of_nothing(conversation: Conversation, answer: Answer) -> str:
    code = "handing_over" if answer.reason == "asked_for_person" else "no_answer"
    return say(code, locale=conversation.locale)


def keep_citations(reply: Message, citations: Sequence[Cited]) -> None:
    """Once: an answer is settled once."""
    Citation.objects.bulk_create(
        Citation(
            message=reply,
            number=cited.number,
            chunk_id=cited.chunk_id[:64],
            document_id=UUID(cited.document_id),
            title=storable(cited.title)[:300],
            url=cited.url if len(cited.url) <= 1000 else "",
            heading_path=storable(list(cited.heading_path)),
            text=storable(cited.text),
        )
        for cited in citations
    )


def _close(conversation: Conversation, reply: Message) -> None:
    """Ownership is decided here, in the transaction that posts."""
    reply.private = reply.private or conversation.status == Conversation.Status.AGENT
    reply.settled_at, reply.heartbeat_at = timezone.now(), None
    reply.save()
    finding.index(reply, site_id=conversation.site_id)
    tell(conversation, reply, "done")


def _give_up(conversation: Conversation, reply: Message) -> None:
    reply.state, reply.reason = Message.State.FAILED, "reply_lost"
    reply.decision, reply.offer_person = "handoff", True
    reply.text = say("reply_lost", locale=conversation.locale)
    reply.settled_at, reply.heartbeat_at = timezone.now(), None
    reply.save()
    _tell_lost(conversation, reply)


def _tell_lost(conversation: Conversation, reply: Message) -> None:
    tell(conversation, reply, "failed", code="reply_lost")
    if not reply.private:
        open_handoff(conversation, reason=Handoff.Reason.REPLY_LOST)


def withdraw(conversation: Conversation, *, code: str) -> None:
    """A person decides now: what is still being written becomes a draft, and the customer sees none of it."""
    replies = Message.objects.filter(conversation=conversation, state=Message.State.GENERATING, private=False)
    for reply in replies:
        reply.private = True
        reply.save(update_fields=["private"])
        transaction.on_commit(partial(events.silence, conversation.pk, reply.pk))
        tell(conversation, reply, "failed", code=code, withdrawn=True)


def bring_back(conversation: Conversation, *, since: datetime) -> None:
    """With no agent again: what was still being written then, and so was withdrawn, answers the customer after all.

    One that was lost meanwhile is told as lost, and a person is asked for, as if it had never been withdrawn.
    """
    withdrawn = conversation.messages.filter(
        Q(settled_at=None) | Q(settled_at__gte=since),
        episode=conversation.episode,
        in_reply_to__isnull=False,
        private=True,
        state__in=(Message.State.GENERATING, Message.State.DONE, Message.State.FAILED),
    )
    for reply in withdrawn.order_by("seq"):
        reply.private = False
        reply.save(update_fields=["private"])
        if reply.state == Message.State.FAILED:
            _tell_lost(conversation, reply)
            continue
        is_done = reply.state == Message.State.DONE
        if not is_done:
            speaker = events.Speaker(reply.pk, reply.attempt)
            transaction.on_commit(partial(events.name_speaker, conversation.pk, speaker))
        tell(conversation, reply, "done" if is_done else "message")
        _keep_word(conversation, reply)
