"""Gives whoever waits to whoever is free: in turn, by language and skills, and to nobody more than they can carry.

Who found nobody fitting within the site's minutes goes over to others: to whoever is free, or to those with one skill.
Why somebody was chosen stands in the conversation, for colleagues.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from apps.conversations import queries, services
from apps.conversations.changes import append, notify
from apps.conversations.desk import hours, skills
from apps.conversations.desk.expecting import people_here
from apps.conversations.errors import NotPossibleNow
from apps.conversations.models import Conversation, Member, Message, Site, Skill
from apps.conversations.wording import say

TURN = (F("assigned_at").asc(nulls_first=True), "pk")
AT_ONCE = 100
LANGUAGES = {"en": ("English", "英语"), "zh-hans": ("Chinese", "中文")}


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is given a conversation, and what it asked for."""

    member: Member
    skills: Sequence[Skill]
    is_overflow: bool = False


def assign_waiting(site: Site, *, now: datetime | None = None) -> int:
    """How many of those who wait were given to somebody. A colleague who was quicker keeps what they took."""
    if not site.assigns:
        return 0
    given, free = 0, free_people(site)
    for conversation in queries.waiting_line(site).select_related("site")[:AT_ONCE]:
        choice = choose(conversation, free=free, now=now or timezone.now())
        if choice is not None and _give(conversation, choice):
            given += 1
            free = free_people(site)
    return given


def free_people(site: Site) -> list[Member]:
    """Who is there and has room; whose turn it is comes first."""
    loads = loads_of(site)
    people = people_here(site).select_related("user", "site").prefetch_related("skills").order_by(*TURN)
    return [member for member in people if loads.get(member.user_id, 0) < member.capacity]


def loads_of(site: Site) -> dict[int, int]:
    """Conversations that each has, by user."""
    theirs = Conversation.objects.filter(site=site, status=Conversation.Status.AGENT).order_by()
    return dict(theirs.values_list("assignee").annotate(number=Count("pk")))


# --- Whom ---------------------------------------------------------------------------------------------------


def choose(conversation: Conversation, *, free: Sequence[Member], now: datetime) -> Choice | None:
    if not free:
        return None
    needed = skills.needed_for(conversation)
    fitting = [one for one in free if _speaks(one, conversation) and _knows(one, needed)]
    if fitting:
        return Choice(fitting[0], needed)
    others = _others(conversation, free=free) if _is_overdue(conversation, now=now) else []
    return Choice(others[0], needed, is_overflow=True) if others else None


def _speaks(member: Member, conversation: Conversation) -> bool:
    return not member.languages or conversation.locale in member.languages


def _knows(member: Member, needed: Sequence[Skill]) -> bool:
    return set(needed) <= set(member.skills.all())


def _is_overdue(conversation: Conversation, *, now: datetime) -> bool:
    site, since = conversation.site, conversation.waiting_since
    if site.overflow_minutes is None or since is None:
        return False
    due = hours.due(site, start=since, minutes=site.overflow_minutes)
    return due is not None and due <= now


def _others(conversation: Conversation, *, free: Sequence[Member]) -> list[Member]:
    """Those who speak the language first."""
    to = conversation.site.overflow_to_id
    others = [one for one in free if to is None or to in {skill.pk for skill in one.skills.all()}]
    return sorted(others, key=lambda one: not _speaks(one, conversation))


# --- Giving -------------------------------------------------------------------------------------------------


def _give(conversation: Conversation, choice: Choice) -> bool:
    try:
        with transaction.atomic():
            _tell(services.take_over(conversation, by=choice.member, from_line=True), choice)
    except NotPossibleNow:
        return False
    Member.objects.filter(pk=choice.member.pk).update(assigned_at=timezone.now())
    return True


def _tell(conversation: Conversation, choice: Choice) -> None:
    """A line between the messages that no customer sees."""
    facts = {
        "name": choice.member.user.display_name,
        "language": conversation.locale,
        "skills": [skill.name for skill in choice.skills],
        "minutes": conversation.site.overflow_minutes if choice.is_overflow else None,
    }
    line = append(
        conversation,
        sender=Message.Sender.SYSTEM,
        private=True,
        reason="assigned",
        text=told(facts, locale=conversation.site.locale),
        trace={"assigned": facts},
    )
    notify(conversation, seq=line.seq)


def told(facts: Mapping[str, Any], *, locale: str) -> str:
    """Why it was given to whom, in the reader's language."""
    is_chinese = locale.lower().startswith("zh")
    code = "assigned" if facts["minutes"] is None else "overflowed"
    names = ("、" if is_chinese else ", ").join(facts["skills"])
    language = LANGUAGES[facts["language"]][is_chinese]
    sentence = say(f"{code}_by_skill" if names else code, locale=locale)
    return sentence.format(name=facts["name"], skills=names, language=language, minutes=facts["minutes"])
