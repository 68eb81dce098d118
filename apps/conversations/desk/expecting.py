"""What a customer who waits may expect, and what a site promised: only what its own numbers bear out."""

import math
import statistics
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.conversations import queries
from apps.conversations.desk import hours
from apps.conversations.models import Conversation, Handoff, Member, Site

HERE = timedelta(seconds=150)  # a page that is open shows itself at least every minute
LOOKED_AT = timedelta(days=7)
LINE_LOOKED_AT = 100  # of those who wait, for promises that are broken
FEWEST = 3  # waits from which a usual one can be told


@dataclass(frozen=True, slots=True)
class Expectation:
    position: int | None  # None: not waiting
    minutes: int | None  # how long people usually waited of late; None: too few to say
    people: int  # at their desks now
    is_open: bool
    opens_at: datetime | None

    @property
    def is_served(self) -> bool:
        """Whether anybody is there to come soon. If not, an e-mail address is asked for."""
        return self.is_open and self.people > 0


def expectation(conversation: Conversation, *, now: datetime | None = None) -> Expectation:
    now = now or timezone.now()
    site = conversation.site
    return Expectation(
        position=queries.position(conversation) or None,
        minutes=usual_wait(site, now=now),
        people=people_here(site, now=now).count(),
        is_open=hours.is_open(site, at=now),
        opens_at=hours.opens_at(site, at=now),
    )


def people_here(site: Site, *, now: datetime | None = None) -> QuerySet[Member]:
    now = now or timezone.now()
    return site.members.filter(is_available=True, user__is_active=True, seen_at__gte=now - HERE)


def usual_wait(site: Site, *, now: datetime) -> int | None:
    """Minutes: the median of the last twenty waits of a week, rounded up."""
    rows = Handoff.objects.filter(conversation__site=site, taken_at__gte=now - LOOKED_AT)
    taken = rows.exclude(reason=Handoff.Reason.AGENT_TOOK_OVER).order_by("-taken_at")[:20]
    waits = [(row.taken_at - row.created_at).total_seconds() / 60 for row in taken if row.taken_at]
    return max(1, math.ceil(statistics.median(waits))) if len(waits) >= FEWEST else None


def show_up(member: Member, *, now: datetime | None = None) -> None:
    """The member has a page open. Written down twice a minute at most."""
    now = now or timezone.now()
    stale = Q(seen_at=None) | Q(seen_at__lt=now - timedelta(seconds=30))
    Member.objects.filter(stale, pk=member.pk).update(seen_at=now)


def late_in_line(site: Site, *, now: datetime | None = None) -> int:
    """How many wait for longer than the site has promised. One query: every page of the dashboard asks."""
    minutes = site.targets.get("first_reply")
    if not minutes:
        return 0
    now = now or timezone.now()
    line = queries.waiting_line(site).values_list("waiting_since", flat=True)
    dues = (hours.due(site, start=since, minutes=minutes) for since in line[:LINE_LOOKED_AT] if since)
    # Whoever stands further back came later: behind the first who can still be answered in time, nobody is late.
    return sum(1 for _ in takewhile(lambda due: due is not None and due < now, dues))


def reply_due(conversation: Conversation, *, unanswered_since: datetime | None) -> datetime | None:
    """When the site means to have answered: a first time, or again. None: nothing promised, or nothing to answer."""
    site = conversation.site
    if conversation.status == Conversation.Status.WAITING:
        start, minutes = conversation.waiting_since, site.targets.get("first_reply")
    elif conversation.status == Conversation.Status.AGENT:
        start, minutes = unanswered_since, site.targets.get("next_reply")
    else:
        return None
    return hours.due(site, start=start, minutes=minutes) if start and minutes else None
