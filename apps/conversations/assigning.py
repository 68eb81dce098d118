"""Gives whoever waits to whoever is free: in turn, by language, and to nobody more than they can carry."""

from django.db.models import Count, F
from django.utils import timezone

from apps.conversations import queries, services
from apps.conversations.errors import NotPossibleNow
from apps.conversations.expecting import people_here
from apps.conversations.models import Conversation, Member, Site

TURN = (F("assigned_at").asc(nulls_first=True), "pk")


def assign_waiting(site: Site) -> int:
    """How many of those who wait were given to somebody. A colleague who was quicker keeps what they took."""
    if not site.assigns:
        return 0
    given = 0
    for conversation in queries.waiting_line(site)[:100]:
        member = next_for(conversation)
        if member is None:
            continue
        try:
            services.take_over(conversation, by=member, from_line=True)
        except NotPossibleNow:
            continue
        Member.objects.filter(pk=member.pk).update(assigned_at=timezone.now())
        given += 1
    return given


def next_for(conversation: Conversation) -> Member | None:
    """Whose turn it is, of those who are there, speak the language and have room."""
    loads = loads_of(conversation.site)
    for member in people_here(conversation.site).select_related("user", "site").order_by(*TURN):
        speaks = not member.languages or conversation.locale in member.languages
        if speaks and loads.get(member.user_id, 0) < member.capacity:
            return member
    return None


def loads_of(site: Site) -> dict[int, int]:
    """Conversations that each has, by user."""
    theirs = Conversation.objects.filter(site=site, status=Conversation.Status.AGENT).order_by()
    return dict(theirs.values_list("assignee").annotate(number=Count("pk")))
