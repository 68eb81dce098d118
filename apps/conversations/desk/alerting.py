"""Mails about promises that are broken, or nearly: to who is to answer, and later to the admins.

Who is to answer is the assignee, and while nobody is, whoever is at their desk. Each member is told once of each promise; what
comes together is one mail. Minutes are working minutes, as in the promise itself; a site that is closed sends nothing.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from apps.conversations import queries
from apps.conversations.desk import hours
from apps.conversations.desk.expecting import people_here
from apps.conversations.live import bells
from apps.conversations.models import Alert, Conversation, Member, Site
from apps.conversations.wording import say

LEASE = timedelta(minutes=2)  # a worker that died is followed by another after that
LINES = 20  # in one mail
Status = Conversation.Status


@dataclass(frozen=True, slots=True)
class Promise:
    """Made to one customer: from this moment on, so many working minutes."""

    conversation: Conversation
    name: str
    since: datetime
    minutes: int

    def passed_at(self, *, more: int = 0) -> datetime | None:
        """When its minutes, and so many more or less, are over."""
        return hours.due(self.conversation.site, start=self.since, minutes=max(0, self.minutes + more))


def raise_alerts(site: Site, *, now: datetime | None = None) -> None:
    """What came meanwhile is written down, and whoever has not had a mail of it yet is sent one."""
    now = now or timezone.now()
    if not site.alerts or not hours.is_open(site, at=now):
        return
    _write_down(list(_alerts_by(now, site=site)))
    for member_id in _unmailed(now=now).filter(member__site=site).values_list("member", flat=True).distinct():
        bells.ring(bells.MAIL_ALERTS, member_id)


def _alerts_by(now: datetime, *, site: Site) -> Iterator[Alert]:
    """All that should have been told by now."""
    here = set(people_here(site, now=now).values_list("pk", flat=True))
    members = list(site.members.filter(user__is_active=True).exclude(user__email=""))
    for promise in promises(site):
        due_at = promise.passed_at()
        if due_at is None:
            continue
        for member in _told_by(now, promise=promise, members=members, here=here):
            yield Alert(
                conversation=promise.conversation,
                member=member,
                promise=promise.name,
                since=promise.since,
                due_at=due_at,
            )


def _told_by(
    now: datetime, *, promise: Promise, members: Sequence[Member], here: Collection[int]
) -> list[Member]:
    alerts, assignee = promise.conversation.site.alerts, promise.conversation.assignee_id
    told: list[Member] = []
    if _is_past(promise.passed_at(more=-alerts["before"]), now=now):
        told += [one for one in members if (one.user_id == assignee if assignee else one.pk in here)]
    if _is_past(promise.passed_at(more=alerts["admins_after"]), now=now):
        told += [one for one in members if one.role == Member.Role.ADMIN and one not in told]
    return told


def _is_past(moment: datetime | None, *, now: datetime) -> bool:
    return moment is not None and moment <= now


def _write_down(alerts: Sequence[Alert]) -> None:
    """Most were before: a sweep that finds nothing new writes nothing."""
    columns = ("conversation_id", "promise", "since", "member_id")
    known = set(
        Alert.objects.filter(conversation__in={alert.conversation_id for alert in alerts}).values_list(
            *columns
        )
    )
    fresh = [alert for alert in alerts if tuple(getattr(alert, name) for name in columns) not in known]
    if fresh:
        Alert.objects.bulk_create(fresh, ignore_conflicts=True)


def promises(site: Site) -> Iterator[Promise]:
    for conversation in queries.in_hand(site).select_related("site"):
        for name, since in _counted_from(conversation).items():
            if since is not None and name in site.targets:
                yield Promise(conversation, name, since, site.targets[name])


def _counted_from(conversation: Any) -> dict[str, datetime | None]:
    return {
        "first_reply": conversation.waiting_since if conversation.status == Status.WAITING else None,
        "next_reply": conversation.unanswered_since if conversation.status == Status.AGENT else None,
        "resolution": conversation.handed_at,
    }


# --- Mailing ------------------------------------------------------------------------------------------------


def mail_alerts(member_id: int) -> bool:
    """One mail with all that this member was not told of yet. Whether there was anything to say."""
    alerts = _claim(member_id)
    try:
        still = [alert for alert in alerts if _is_open(alert)]
        _forget(alerts, but=still)
        if not still:
            return False
        _compose(still).send()
    except BaseException:
        _held(alerts).update(busy_until=None)
        raise
    _held(still).update(mailed_at=timezone.now(), busy_until=None)
    return True


def _unmailed(*, now: datetime) -> QuerySet[Alert]:
    free = Q(busy_until=None) | Q(busy_until__lt=now)
    return Alert.objects.filter(free, mailed_at=None)


def _claim(member_id: int) -> list[Alert]:
    """Of two workers, one gets them."""
    now = timezone.now()
    ids = list(_unmailed(now=now).filter(member=member_id).values_list("pk", flat=True))
    until = now + LEASE
    _unmailed(now=now).filter(pk__in=ids).update(busy_until=until)
    mine = Alert.objects.filter(pk__in=ids, busy_until=until, mailed_at=None)
    return list(mine.select_related("conversation__site", "member__user", "member__site").order_by("due_at"))


def _held(alerts: Sequence[Alert]) -> QuerySet[Alert]:
    return Alert.objects.filter(pk__in=[alert.pk for alert in alerts], mailed_at=None)


def _is_open(alert: Alert) -> bool:
    """Whether the promise still waits to be kept."""
    site = alert.conversation.site
    row = queries.in_hand(site).filter(pk=alert.conversation_id).first()
    return row is not None and _counted_from(row).get(alert.promise) == alert.since


def _forget(alerts: Sequence[Alert], *, but: Sequence[Alert]) -> None:
    kept = {alert.pk for alert in but}
    _held([alert for alert in alerts if alert.pk not in kept]).delete()


def _compose(alerts: Sequence[Alert]) -> EmailMessage:
    member = alerts[0].member
    locale, site = member.user.locale or member.site.locale, member.site
    subject = say("alert_subject", locale=locale).format(site=site.name, n=len(alerts))
    lines = [say("alert_begins", locale=locale).format(site=site.name), ""]
    lines += [_line(alert, locale=locale) for alert in alerts[:LINES]]
    if len(alerts) > LINES:
        lines.append(say("alert_more", locale=locale).format(n=len(alerts) - LINES))
    return EmailMessage(" ".join(subject.split()), "\n".join(lines), to=[member.user.email])


def _line(alert: Alert, *, locale: str) -> str:
    """Without the customer's name: a mail travels further than a page."""
    site, conversation = alert.conversation.site, alert.conversation
    page = reverse("conversation", args=[site.pk, conversation.pk])
    return say("alert_line", locale=locale).format(
        reference=conversation.reference,
        promise=say(alert.promise, locale=locale),
        due=f"{alert.due_at.astimezone(ZoneInfo(site.zone)):%Y-%m-%d %H:%M}",
        zone=site.zone,
        link=f"{settings.PUBLIC_URL}{page}",
    )
