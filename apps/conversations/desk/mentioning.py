"""Mentions: `@name` in a note calls a colleague into a conversation, who is told until they have looked."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.conversations import queries
from apps.conversations.desk import mention_mails
from apps.conversations.models import Conversation, Member, Mention, Message


@dataclass(frozen=True, slots=True)
class Colleague:
    """Whom a note can mention, and how."""

    name: str  # behind the @
    display_name: str


def colleagues_of(member: Member) -> list[Colleague]:
    """By the name that people know; where two have the same, by the user name."""
    others = list(_others(member))
    names = [_in_one_word(one) for one in others]
    return [
        Colleague(name if names.count(name) == 1 else one.user.username, one.user.display_name)
        for one, name in zip(others, names, strict=True)
    ]


def mention(note: Message, *, by: Member) -> None:
    """Inside the transaction that keeps the note, or its new wording: nobody is told twice of the same."""
    called, now = mentioned_in(note.text, members=_others(by)), timezone.now()
    rows = [Mention(message=note, user=one.user, mail_at=now) for one in called]
    Mention.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        mention_mails.ring(note)


def mentioned_in(text: str, *, members: Iterable[Member]) -> list[Member]:
    """Those whom `@name` names: the whole name in one word, the user name, or of an address what stands before its @."""
    by_name: dict[str, list[Member]] = {}
    for member in members:
        for name in _names_of(member):
            by_name.setdefault(name, []).append(member)
    if not by_name or "@" not in text:
        return []
    longest_first = sorted(by_name, key=len, reverse=True)
    named = re.compile(rf"(?<![a-z0-9._%+-])@({'|'.join(map(_exactly, longest_first))})")
    found = {member.pk: member for match in named.finditer(text.lower()) for member in by_name[match[1]]}
    return list(found.values())


def _names_of(member: Member) -> set[str]:
    username = member.user.username.lower()
    return {username, username.partition("@")[0], _in_one_word(member).lower()} - {""}


def _in_one_word(member: Member) -> str:
    return "".join(member.user.display_name.split())


def _exactly(name: str) -> str:
    """Not the beginning of a longer name. Chinese goes on without a blank: 请@子涵看一下, 请@Ben看一下."""
    end = r"(?![^\W\u3400-\u9fff]|[@-]|\.\w)" if name[-1].isascii() else ""
    return re.escape(name) + end


def _others(member: Member) -> QuerySet[Member]:
    rows = Member.objects.filter(site_id=member.site_id).exclude(user=member.user_id)
    return rows.select_related("user").order_by("user__first_name", "user__username")


# --- Where one was mentioned ---------------------------------------------------------------------------------


def mentions_of(member: Member) -> QuerySet[Mention]:
    return Mention.objects.filter(user=member.user_id, message__conversation__site=member.site_id)


def unseen_mentions(member: Member) -> int:
    """Conversations in which one was mentioned and has not looked since."""
    unseen = mentions_of(member).filter(seen_at=None)
    return unseen.values("message__conversation").distinct().count()


def conversations_mentioning(member: Member) -> QuerySet[Conversation]:
    """Where one was mentioned: while they are open, and in any case until one has looked."""
    here = mentions_of(member).filter(message__conversation=OuterRef("pk"))
    resolved = Q(status=Conversation.Status.RESOLVED)
    called = mentions_of(member).values("message__conversation")
    rows = queries.conversations_of(member).filter(pk__in=called)
    return rows.filter(~resolved | Exists(here.filter(seen_at=None)))


def see_mentions(conversation: Conversation, *, by: Member) -> None:
    unseen = mentions_of(by).filter(message__conversation=conversation, seen_at=None)
    unseen.update(seen_at=timezone.now(), mail_at=None)
