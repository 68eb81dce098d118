"""Notes between colleagues in a conversation, which its customer never sees, and the phrases that a site keeps."""

import re
from collections.abc import Mapping

from django.db import IntegrityError, transaction

from apps.conversations.changes import append, lock, notify
from apps.conversations.desk.mentioning import mention
from apps.conversations.errors import BadInput, NotPossibleNow
from apps.conversations.models import Conversation, Member, Message, Phrase
from apps.conversations.texts import check_client_msg_id, check_text

PLACE = re.compile(r"\{(\w+)\}")
MOST_PHRASES = 500


@transaction.atomic
def add_note(conversation: Conversation, *, by: Member, text: str, client_msg_id: str) -> Message:
    """Whoever works at the site may write one, whoever has the conversation. `@name` mentions a colleague."""
    check_client_msg_id(client_msg_id)
    check_text(text)
    if conversation.site_id != by.site_id:
        raise Conversation.DoesNotExist
    conversation = lock(conversation.pk)
    known: Message | None = conversation.messages.filter(client_msg_id=client_msg_id).first()
    if known is not None:
        if not known.private or known.text != text:
            raise NotPossibleNow("client_msg_id_reused")
        return known
    note = append(
        conversation,
        sender=Message.Sender.AGENT,
        author=by.user,
        text=text,
        client_msg_id=client_msg_id,
        private=True,
    )
    mention(note, by=by)
    notify(conversation, seq=note.seq)
    return note


def keep_phrase(member: Member, *, name: str, text: str) -> Phrase:
    """The same name again replaces its text."""
    name = name_of(name)
    if not re.fullmatch(r"[\w-]{1,40}", name):
        raise BadInput("bad_phrase")
    check_text(text)
    known = Phrase.objects.filter(site_id=member.site_id)
    if known.count() >= MOST_PHRASES and not known.filter(name=name).exists():
        raise BadInput("too_many_phrases")
    try:
        return Phrase.objects.update_or_create(site_id=member.site_id, name=name, defaults={"text": text})[0]
    except IntegrityError as error:  # somebody kept the same at the same moment
        raise NotPossibleNow("try_again") from error


def name_of(typed: str) -> str:
    return typed.strip().lstrip("/")


def forget_phrase(member: Member, *, name: str) -> None:
    Phrase.objects.filter(site_id=member.site_id, name=name).delete()


def values_for(conversation: Conversation, *, by: Member) -> Mapping[str, str]:
    """What stands for a phrase's places. Filled in as text, never run."""
    return {
        "contact": conversation.contact.name,
        "agent": by.user.display_name,
        "site": conversation.site.name,
        "reference": conversation.reference,
    }


def filled_in(text: str, *, values: Mapping[str, str]) -> str:
    """A place that nobody knows stays as it is, so that it is seen before it is sent."""
    return PLACE.sub(lambda found: values.get(found[1]) or found[0], text)


def phrases_of(member: Member) -> list[Phrase]:
    return list(Phrase.objects.filter(site_id=member.site_id))
