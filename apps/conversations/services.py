"""What people ask for: each call checks, writes in one transaction, and tells after the commit.

The conversation row is locked first, so that posting, taking over and settling happen one after the other.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from apps.conversations import queries
from apps.conversations.attributes import Attributes
from apps.conversations.changes import (
    append,
    close_handoffs,
    later,
    lock,
    move_up,
    note_return,
    notify,
    open_handoff,
    reopen,
    tell,
    tell_position,
    tell_status,
    touch,
)
from apps.conversations.desk import letters
from apps.conversations.errors import BadInput, NotPossibleNow
from apps.conversations.files import attaching
from apps.conversations.live import bells, events
from apps.conversations.models import (
    Contact,
    Conversation,
    Feedback,
    Handoff,
    Locale,
    Member,
    Message,
    Resolution,
    Site,
)
from apps.conversations.replying import replies
from apps.conversations.texts import check_client_msg_id, is_storable
from apps.knowledge.services import create_knowledge_base

if TYPE_CHECKING:
    from apps.accounts.models import User

Status = Conversation.Status
ORIGIN = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:\d{1,5})?")
MAX_COMMENT = 2_000
MOST_QUIET_HOURS = 24 * 14
# Reasons of an answer that offered a person: what the wish for one then comes from.
LEFT_WITHOUT: dict[str, str] = {
    "no_evidence": Handoff.Reason.NO_EVIDENCE,
    "unclear": Handoff.Reason.LOW_CONFIDENCE,
    "ambiguous": Handoff.Reason.LOW_CONFIDENCE,
    "quoted_model_down": Handoff.Reason.MODEL_DOWN,
    "search_down": Handoff.Reason.MODEL_DOWN,
    "failed": Handoff.Reason.MODEL_DOWN,
    "action_failed": Handoff.Reason.FAILED_ACTION,
    "slot_unclear": Handoff.Reason.LOW_CONFIDENCE,
    "not_verified": Handoff.Reason.POLICY,
}
COMPLAINT = re.compile(
    r"\bcomplain|\bunacceptable\b|\boutrageous\b|\blawyer\b|\bscam\b|\bfraud\b|\brip-?off\b|\bfurious\b|\bterrible service\b"
    r"|投诉|举报|差评|骗子|欺诈|太过分|气死|消协|12315|律师",
    re.IGNORECASE,
)


# --- Sites and their people ---------------------------------------------------------------------------------


@transaction.atomic
def create_site(
    *,
    name: str,
    locale: str = Locale.ENGLISH,
    origins: Sequence[str] = (),
    greeting: Mapping[str, str] | None = None,
    suggestions: Mapping[str, Sequence[str]] | None = None,
    colour: str = "",
    key: str = "",
) -> Site:
    """Without origins its widget can be embedded nowhere. Its key is made up unless one is given."""
    site = Site(
        name=checked_site_name(name),
        locale=checked_locale(locale),
        origins=[checked_origin(origin) for origin in origins],
        greeting=dict(greeting or {}),
        suggestions={language: list(asked) for language, asked in (suggestions or {}).items()},
        knowledge_base=create_knowledge_base(),
    )
    site.key, site.colour = key or site.key, colour or site.colour
    site.save()
    return site


def checked_site_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 100 or not is_storable(name):
        raise BadInput("bad_name")
    return name


def checked_locale(locale: str) -> str:
    if locale not in Locale.values:
        raise BadInput("bad_locale")
    return locale


def checked_origin(origin: str) -> str:
    """As a browser writes it in the Origin header."""
    origin = origin.strip().lower().rstrip("/")
    if not ORIGIN.fullmatch(origin):
        raise BadInput("bad_origin")
    scheme, _, rest = origin.partition("://")
    return origin.removesuffix({"http": ":80", "https": ":443"}[scheme]) if ":" in rest else origin


def put_live(site: Site, *, model: str) -> None:
    """From the next message on this model answers; empty: LLM_MODEL. A trial that is under way ends."""
    Site.objects.filter(pk=site.pk).update(live_model=model, trial_model="", trial_share=0)


def put_on_trial(site: Site, *, model: str, share: int) -> None:
    """This share of the conversations, in percent, is answered by this model; none when it is 0."""
    Site.objects.filter(pk=site.pk).update(trial_model=model if share else "", trial_share=share)


def add_member(site: Site, *, user: "User", role: str = Member.Role.AGENT) -> Member:
    return Member.objects.update_or_create(site=site, user=user, defaults={"role": role})[0]


def set_quiet_hours(site: Site, *, hours: int) -> None:
    """How long a customer is silent after an answer until it counts as resolved; 0: only people resolve."""
    if not 0 <= hours <= MOST_QUIET_HOURS:
        raise BadInput("bad_quiet_hours")
    Site.objects.filter(pk=site.pk).update(quiet_hours=hours)


def set_availability(member: Member, *, is_available: bool) -> None:
    Member.objects.filter(pk=member.pk).update(is_available=is_available)
    if is_available and member.site.assigns:
        later(bells.ring, bells.ASSIGN_WAITING, member.site_id)


# --- Customers ----------------------------------------------------------------------------------------------


def welcome_stranger(site: Site, *, locale: str, name: str = "", email: str = "") -> Contact:
    return Contact.objects.create(site=site, locale=locale, name=name, email=email)


@transaction.atomic
def recognize(
    site: Site,
    *,
    user_id: str,
    name: str = "",
    email: str = "",
    attributes: Attributes | None = None,
    locale: str,
    before: Contact | None = None,
) -> Contact:
    """The contact behind an identity that was proved, the same on every device. Without `attributes` they stay.

    What `before`, a stranger until now, has said moves along, and so does their last word on learning from it: it is
    the same person.
    """
    contact, _ = Contact.objects.get_or_create(
        site=site, external_id=user_id, defaults={"locale": locale, "name": name, "email": email}
    )
    contact.name, contact.email = name or contact.name, email or contact.email
    contact.attributes = contact.attributes if attributes is None else dict(attributes)
    contact.locale = locale
    is_same = before is not None and before.site_id == site.pk and not before.verified
    if is_same and before is not None and before.may_train is not None:
        contact.may_train = before.may_train
    contact.save()
    if is_same:
        Conversation.objects.filter(contact=before).update(contact=contact)
    return contact


def speak(contact: Contact, *, locale: str) -> Contact:
    """The contact goes on in this language."""
    if contact.locale != locale:
        contact.locale = locale
        contact.save(update_fields=["locale"])
        Conversation.objects.filter(contact=contact).update(locale=locale)
    return contact


def note_consent(contact: Contact, *, may_train: bool) -> None:
    """Whether what the contact writes may be learnt from. The last word counts, also for what was said before."""
    Contact.objects.filter(pk=contact.pk).update(may_train=may_train)


def start_conversation(contact: Contact, *, locale: str = "") -> Conversation:
    return Conversation.objects.create(site=contact.site, contact=contact, locale=locale or contact.locale)


def mark_read(conversation: Conversation, *, up_to: int) -> None:
    unread = Conversation.objects.filter(pk=conversation.pk, contact_read_seq__lt=up_to)
    unread.update(contact_read_seq=up_to)


# --- Messages -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Posted:
    message: Message
    reply: Message | None  # None while a person has the conversation, or will have
    created: bool


@events.together()
@transaction.atomic
def post_message(
    conversation: Conversation, *, client_msg_id: str, text: str, attachments: Sequence[str] = ()
) -> Posted:
    """Stores a customer's message and the row of its reply. The same again changes nothing."""
    check_client_msg_id(client_msg_id)
    attaching.check_said(text, attachments=attachments)
    conversation = lock(conversation.pk)
    known = conversation.messages.filter(client_msg_id=client_msg_id).first()
    if known is not None:
        return _posted_before(known, text=text, attachments=attachments)
    files = (
        attaching.unsent(conversation, ids=attachments, sender=Message.Sender.CONTACT) if attachments else []
    )
    if conversation.status == Status.RESOLVED:
        note_return(conversation)
        reopen(conversation)
    conversation.snoozed_until = None  # news: back into the lists
    message = append(conversation, sender=Message.Sender.CONTACT, text=text, client_msg_id=client_msg_id)
    attaching.send_with(message, files)
    tell(conversation, message, "message")
    return Posted(message, _reply_to(conversation, message), created=True)


def _posted_before(message: Message, *, text: str, attachments: Sequence[str]) -> Posted:
    is_same = message.text == text and attaching.are_of(message, ids=attachments)
    if message.sender != Message.Sender.CONTACT or not is_same:
        raise NotPossibleNow("client_msg_id_reused")
    reply = Message.objects.filter(in_reply_to=message, private=False).first()
    return Posted(message, reply, created=False)


def _reply_to(conversation: Conversation, message: Message) -> Message | None:
    if conversation.status != Status.ASSISTANT:
        return None
    if not message.text:
        return attaching.say_unread(conversation, message)
    reply = append(
        conversation,
        sender=Message.Sender.ASSISTANT,
        state=Message.State.GENERATING,
        in_reply_to=message,
    )
    tell(conversation, reply, "message")
    return reply


@transaction.atomic
def stop_reply(message: Message) -> Message:
    """What was shown stays. Whoever is writing settles it within seconds; when nobody is, it is settled here."""
    conversation = lock(message.conversation_id)
    reply = Message.objects.get(pk=message.pk)
    if reply.sender != Message.Sender.ASSISTANT:
        raise NotPossibleNow("nothing_to_stop")
    if reply.state != Message.State.GENERATING:
        return reply  # too late, or stopped already: there is nothing left to do
    reply.stop_requested = True
    if replies.is_written(reply):
        reply.save(update_fields=["stop_requested"])
    else:
        replies.stop(conversation, reply)
    return reply


@transaction.atomic
def give_feedback(message: Message, *, rating: str, reason: str = "", comment: str = "") -> Feedback:
    """The last one counts."""
    if rating not in Feedback.Rating.values:
        raise BadInput("bad_rating")
    if not is_storable(reason + comment):
        raise BadInput("bad_text")
    if len(reason) > 40 or len(comment) > MAX_COMMENT:
        raise BadInput("too_long")
    if (
        message.sender != Message.Sender.ASSISTANT
        or message.private
        or message.state == Message.State.GENERATING
    ):
        raise NotPossibleNow("not_an_answer")
    values = {"rating": rating, "reason": reason, "comment": comment}
    touch(message.conversation_id)
    return Feedback.objects.update_or_create(message=message, defaults=values)[0]


def take_feedback_back(message: Message) -> None:
    Feedback.objects.filter(message=message).delete()
    touch(message.conversation_id)


# --- People -------------------------------------------------------------------------------------------------


@transaction.atomic
def request_handoff(
    conversation: Conversation, *, reason: str = Handoff.Reason.CONTACT_ASKED, comment: str = ""
) -> Handoff:
    """Needs neither model nor broker."""
    if len(comment) > MAX_COMMENT:
        raise BadInput("too_long")
    if not is_storable(comment):
        raise BadInput("bad_text")
    conversation = lock(conversation.pk)
    if conversation.status == Status.RESOLVED:
        note_return(conversation)
        reopen(conversation)
    return open_handoff(conversation, reason=_typed(conversation, reason, comment=comment), comment=comment)


def _typed(conversation: Conversation, reason: str, *, comment: str) -> str:
    """Why the customer asks: because they complain, or because the last answer left them without one."""
    if reason != Handoff.Reason.CONTACT_ASKED:
        return reason
    said = conversation.messages.filter(episode=conversation.episode, private=False).order_by("-seq")
    latest = list(said[:4])
    theirs = [row.text for row in latest if row.sender == Message.Sender.CONTACT]
    if COMPLAINT.search("\n".join([comment, *theirs])):
        return Handoff.Reason.COMPLAINT
    ours = (Message.Sender.ASSISTANT, Message.Sender.SYSTEM)  # the system's: what came of an action
    answer = next((row for row in latest if row.sender in ours), None)
    return LEFT_WITHOUT.get(answer.reason, reason) if answer and answer.offer_person else reason


@transaction.atomic
def take_over(conversation: Conversation, *, by: Member, from_line: bool = False) -> Conversation:
    """From here on only `by` answers; what the assistant is still writing becomes a draft.

    `from_line`: only if it still waits.
    """
    conversation = _locked_for(conversation, by=by)
    if from_line and conversation.status != Status.WAITING:
        raise NotPossibleNow("with_another_agent")
    if conversation.status == Status.AGENT and conversation.assignee_id == by.user_id:
        return conversation
    if conversation.status == Status.AGENT and not by.may(Member.Role.OPERATOR):
        raise NotPossibleNow("with_another_agent")
    if conversation.status == Status.RESOLVED:
        reopen(conversation)
    conversation.status, conversation.assignee, conversation.waiting_since = Status.AGENT, by.user, None
    conversation.snoozed_until = None
    conversation.save(update_fields=["status", "assignee", "waiting_since", "snoozed_until"])
    _take_handoff(conversation, by=by)
    replies.withdraw(conversation, code="agent_took_over")
    tell_status(conversation, "agent_joined", name=by.user.display_name)
    move_up(conversation)
    return conversation


def _take_handoff(conversation: Conversation, *, by: Member) -> None:
    taken = {"taken_by": by.user, "taken_at": timezone.now()}
    if not conversation.handoffs.filter(closed_at=None).update(**taken):
        conversation.handoffs.create(reason=Handoff.Reason.AGENT_TOOK_OVER, **taken)


@transaction.atomic
def reply_as_agent(
    conversation: Conversation,
    *,
    by: Member,
    text: str,
    client_msg_id: str,
    draft: Message | None = None,
    attachments: Sequence[str] = (),
) -> Message:
    check_client_msg_id(client_msg_id)
    attaching.check_said(text, attachments=attachments)
    conversation = _locked_for(conversation, by=by)
    known: Message | None = conversation.messages.filter(client_msg_id=client_msg_id).first()
    if known is not None:
        is_same = known.text == text and attaching.are_of(known, ids=attachments)
        if known.sender != Message.Sender.AGENT or not is_same:
            raise NotPossibleNow("client_msg_id_reused")
        return known
    if conversation.status != Status.AGENT or conversation.assignee_id != by.user_id:
        raise NotPossibleNow("not_with_you")
    files = attaching.unsent(conversation, ids=attachments, sender=Message.Sender.AGENT, by=by)
    message = append(
        conversation,
        sender=Message.Sender.AGENT,
        author=by.user,
        text=text,
        client_msg_id=client_msg_id,
        from_draft=draft,
    )
    attaching.send_with(message, files)
    tell(conversation, message, "message")
    if conversation.handoffs.filter(closed_at=None).exclude(email="").exists():
        letters.make_due(message)
    return message


def send_draft(message: Message, *, by: Member, text: str, attachments: Sequence[str] = ()) -> Message:
    """An assistant's late answer goes out as the agent's own message, as it is or edited; once."""
    _check_draft(message)
    return reply_as_agent(
        message.conversation,
        by=by,
        text=text,
        client_msg_id=f"draft-{message.pk}",
        draft=message,
        attachments=attachments,
    )


@transaction.atomic
def discard_draft(message: Message, *, by: Member) -> None:
    """Nobody sends it any more. It stays in the thread, for members only as before."""
    conversation = _locked_for(message.conversation, by=by)
    if conversation.status != Status.AGENT or conversation.assignee_id != by.user_id:
        raise NotPossibleNow("not_with_you")
    draft = Message.objects.get(pk=message.pk)
    _check_draft(draft)
    draft.state = Message.State.STOPPED
    draft.save(update_fields=["state"])
    notify(conversation, seq=draft.seq)


def _check_draft(message: Message) -> None:
    is_draft = message.private and message.sender == Message.Sender.ASSISTANT
    if not is_draft or message.state != Message.State.DONE:
        raise NotPossibleNow("not_a_draft")


@transaction.atomic
def give_back(conversation: Conversation, *, by: Member) -> Conversation:
    """The assistant answers again, from the next message on."""
    conversation = _locked_for(conversation, by=by)
    _check_mine(conversation, by=by)
    if conversation.status == Status.RESOLVED:
        raise NotPossibleNow("already_resolved")
    _leave(conversation, status=Status.ASSISTANT)
    tell_position(conversation)
    return conversation


@transaction.atomic
def resolve(conversation: Conversation, *, by: Member, episode: int | None = None) -> Conversation:
    """Ends the episode; with `episode` only that one. What the customer writes next begins a new one."""
    conversation = _locked_for(conversation, by=by)
    if episode not in (None, conversation.episode):
        return conversation  # it has ended already
    _check_mine(conversation, by=by)
    if conversation.status == Status.RESOLVED:
        return conversation
    end_episode(conversation, by=by)
    return conversation


def end_episode(conversation: Conversation, *, by: Member | None) -> None:
    """Inside a transaction that has locked the conversation. Without `by`: silence resolved it."""
    now = timezone.now()  # one moment for both, by which second thoughts find the handoff that ended with it
    replies.withdraw(conversation, code="withdrawn")
    _leave(conversation, status=Status.RESOLVED, at=now)
    _note_resolution(conversation, by=by, at=now)
    tell_status(conversation, "resolved")


def _note_resolution(conversation: Conversation, *, by: Member | None, at: datetime) -> None:
    said = conversation.messages.filter(episode=conversation.episode, private=False)
    spoke = set(queries.saying_something(said).values_list("sender", flat=True)) & {
        Message.Sender.ASSISTANT,
        Message.Sender.AGENT,
    }
    part = Resolution.Part.BOTH if len(spoke) == 2 else next(iter(spoke), Message.Sender.AGENT)
    values = {
        "by": by.user if by else None,
        "part": part,
        "was_quiet": by is None,
        "resolved_at": at,
    }
    conversation.resolutions.update_or_create(episode=conversation.episode, defaults=values)


def _locked_for(conversation: Conversation, *, by: Member) -> Conversation:
    """A member of another site finds nothing here."""
    if conversation.site_id != by.site_id:
        raise Conversation.DoesNotExist
    return lock(conversation.pk)


def _check_mine(conversation: Conversation, *, by: Member) -> None:
    theirs = conversation.status == Status.AGENT and conversation.assignee_id != by.user_id
    if theirs and not by.may(Member.Role.OPERATOR):
        raise NotPossibleNow("with_another_agent")


def _leave(conversation: Conversation, *, status: str, at: datetime | None = None) -> None:
    was_waiting = conversation.status == Status.WAITING
    conversation.status, conversation.assignee, conversation.waiting_since = status, None, None
    conversation.save(update_fields=["status", "assignee", "waiting_since"])
    close_handoffs(conversation, at=at)
    if conversation.site.assigns:
        later(bells.ring, bells.ASSIGN_WAITING, conversation.site_id)
    if was_waiting:
        move_up(conversation)


def announce_typing(conversation: Conversation, *, by: Member) -> None:
    """An agent is writing: told and forgotten, never stored."""
    if conversation.status == Status.AGENT and conversation.assignee_id == by.user_id:
        events.publish(conversation.pk, "typing", {"sender": "agent"}, seq=conversation.last_seq)
    data = {"conversation_id": str(conversation.pk), "name": by.user.display_name, "user": by.user_id}
    events.publish_site(conversation.site_id, "typing", data)


def announce_contact_typing(conversation: Conversation) -> None:
    """The customer is writing: told to the people of the site, and forgotten."""
    data = {"conversation_id": str(conversation.pk), "name": "", "user": None}
    events.publish_site(conversation.site_id, "typing", data)
