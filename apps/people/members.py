"""The members of a site: roles, leaving, sessions, and what the site asks of them. At least one admin always stays."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts import devices
from apps.accounts.models import User
from apps.accounts.second_factor import has_second_factor
from apps.audit.kinds import Kind
from apps.audit.recording import record
from apps.conversations.changes import later, lock, open_handoff, tell_position
from apps.conversations.live import bells
from apps.conversations.models import Conversation, Handoff, Member, Site
from apps.people.errors import BadRequest, NotPossible
from apps.people.models import SiteRule


def members_of(site: Site) -> QuerySet[Member]:
    """People only: the bots of access tokens come and go with these."""
    return (
        Member.objects.filter(site=site)
        .exclude(access_tokens__is_bot=True)
        .select_related("user", "site")
        .order_by("user__first_name", "user__username")
    )


def record_everywhere(kind: str, *, user: User, detail: str = "", address: str = "") -> None:
    """What a person does about their own log-in stands in the log of each site that they work at."""
    sites: list[UUID | None] = list(Member.objects.filter(user=user).values_list("site_id", flat=True))
    for site_id in sites or [None]:
        record(kind, site_id=site_id, by=user, detail=detail, address=address)


@transaction.atomic
def change_role(member: Member, *, role: str, by: Member) -> None:
    if role not in Member.Role.values:
        raise BadRequest("bad_role", _("Choose one of the roles."))
    member = _locked(member)
    if member.role == role:
        return
    if role != Member.Role.ADMIN:
        _check_another_admin(member)
    was, member.role = member.role, role
    member.save(update_fields=["role"])
    record(
        Kind.ROLE_CHANGED,
        site_id=member.site_id,
        by=by.user,
        subject=member.user.display_name,
        detail=f"{was} → {role}",
    )


@transaction.atomic
def remove(member: Member, *, by: Member) -> int:
    """Returns how many of their conversations wait for somebody else now."""
    member = _locked(member)
    _check_another_admin(member)
    given_up = give_up_conversations(member)
    record(
        Kind.MEMBER_REMOVED,
        site_id=member.site_id,
        by=by.user,
        subject=member.user.display_name,
        detail=f"{member.role}; {given_up}",
    )
    member.delete()
    return given_up


def _locked(member: Member) -> Member:
    """As it is now; the site's other changes of members wait."""
    Site.objects.select_for_update().get(pk=member.site_id)
    found = members_of(member.site).filter(pk=member.pk).first()
    if found is None:
        raise NotPossible("gone", _("This person is no member any more."))
    return found


def _check_another_admin(member: Member) -> None:
    others = Member.objects.filter(site_id=member.site_id, role=Member.Role.ADMIN, user__is_active=True)
    if member.role == Member.Role.ADMIN and not others.exclude(pk=member.pk).exists():
        raise NotPossible("last_admin", _("A site needs an admin. Make somebody else one first."))


def give_up_conversations(member: Member) -> int:
    """What was with this person waits again, nobody's, from where it stood."""
    theirs = Conversation.objects.filter(
        site_id=member.site_id, status=Conversation.Status.AGENT, assignee=member.user
    )
    ids = list(theirs.values_list("pk", flat=True))
    for conversation_id in ids:
        _give_up(lock(conversation_id))
    if ids and member.site.assigns:
        later(bells.ring, bells.ASSIGN_WAITING, member.site_id)
    return len(ids)


def _give_up(conversation: Conversation) -> None:
    open_handoff(conversation, reason=Handoff.Reason.AGENT_TOOK_OVER)
    conversation.handoffs.filter(closed_at=None).update(taken_by=None, taken_at=None)
    conversation.status, conversation.assignee = Conversation.Status.WAITING, None
    conversation.waiting_since = timezone.now()
    conversation.save(update_fields=["status", "assignee", "waiting_since"])
    tell_position(conversation)


@transaction.atomic
def end_sessions(member: Member, *, by: Member) -> int:
    """Wherever this person is logged in, they are out at the next request."""
    ended = devices.end_others(member.user, but=None)
    record(
        Kind.SESSIONS_ENDED,
        site_id=member.site_id,
        by=by.user,
        subject=member.user.display_name,
        detail=str(ended),
    )
    return ended


# --- What the site asks of its members ---------------------------------------------------------------------------------


def requires_second_factor(site: Site) -> bool:
    return SiteRule.objects.filter(site=site, requires_second_factor=True).exists()


def lacks_second_factor(member: Member) -> bool:
    """Whether the site asks for one that the person has not set up."""
    return requires_second_factor(member.site) and not has_second_factor(member.user)


@transaction.atomic
def require_second_factor(site: Site, *, required: bool, by: Member) -> None:
    if requires_second_factor(site) == required:
        return
    SiteRule.objects.update_or_create(site=site, defaults={"requires_second_factor": required})
    told = f"second factor required: {'yes' if required else 'no'}"
    record(Kind.SETTINGS_CHANGED, site_id=site.pk, by=by.user, subject=site.name, detail=told)
