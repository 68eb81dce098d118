"""The members of a site: who they are, who is invited, what each may do. For admins."""

import re
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.conversations.desk import skills
from apps.conversations.errors import BadInput
from apps.conversations.models import Member
from apps.dashboard.access import for_members
from apps.dashboard.pages import go_to, show
from apps.people import inviting, tasks
from apps.people import members as services
from apps.people.errors import PeopleError
from apps.people.models import Invitation

ADMIN = Member.Role.ADMIN
INVITE, RULE = "invite", "rule"  # parts of the page, beside each member's


@require_safe
@for_members(ADMIN)
def members(request: HttpRequest, member: Member) -> HttpResponseBase:
    return show_members(request, member)


def show_members(
    request: HttpRequest,
    member: Member,
    *,
    part: str = "",
    fault: str = "",
    status: int = 200,
    made: Invitation | None = None,
) -> HttpResponse:
    """`made`: an invitation whose link is shown, this once. `fault` is told at that part of the page, else at its head."""
    given = request.POST if part == INVITE else {}
    content = {
        "room": "members",
        "people": [(one, place_of(one)) for one in people_of(member)],
        "skills": list(skills.skills_of(member.site)),
        "invitations": list(inviting.open_invitations(member.site)),
        "roles": Member.Role.choices,
        "required": services.requires_second_factor(member.site),
        "part": part,
        "fault": fault,
        "sentence": "" if part else fault,
        "email": given.get("email", ""),
        "role": given.get("role", ""),
        "made": made,
        "link": inviting.link_of(made) if made else "",
        "mails_go_out": bool(settings.EMAIL_HOST),
    }
    return show(request, member, template="dashboard/people/members.html", status=status, **content)


def people_of(member: Member) -> QuerySet[Member]:
    people = services.members_of(member.site).select_related("user__second_factor")
    return people.prefetch_related("skills")


def place_of(person: Member) -> str:
    """Where on the page it is told what became of a wish."""
    return f"member-{person.pk}"


@require_POST
@for_members(ADMIN)
def invite(request: HttpRequest, member: Member) -> HttpResponseBase:
    email, role = request.POST.get("email", ""), request.POST.get("role", "")
    return invited(request, member, email=email, role=role)


@require_POST
@for_members(ADMIN)
def resend(request: HttpRequest, member: Member, invitation_id: UUID) -> HttpResponseBase:
    """A new link; the one before is void."""
    before = invitation_or_404(member, invitation_id)
    return invited(request, member, email=before.email, role=before.role)


def invited(request: HttpRequest, member: Member, *, email: str, role: str) -> HttpResponseBase:
    try:
        made = inviting.invite(member.site, email=email, role=role, by=member)
    except PeopleError as error:
        return show_members(request, member, part=INVITE, fault=error.sentence, status=error.status)
    tasks.ring_invitation(made.pk)
    return show_members(request, member, made=made)


@require_POST
@for_members(ADMIN)
def revoke(request: HttpRequest, member: Member, invitation_id: UUID) -> HttpResponseBase:
    found = invitation_or_404(member, invitation_id)
    return done(
        request, member, lambda: inviting.revoke(found, by=member), told=_("The invitation is revoked.")
    )


def invitation_or_404(member: Member, invitation_id: UUID) -> Invitation:
    found = inviting.open_invitations(member.site).filter(pk=invitation_id).first()
    if found is None:
        raise Http404
    return found


@require_POST
@for_members(ADMIN)
def set_role(request: HttpRequest, member: Member, member_id: int) -> HttpResponseBase:
    person, role = member_or_404(member, member_id), request.POST.get("role", "")
    return done(
        request,
        member,
        lambda: services.change_role(person, role=role, by=member),
        part=place_of(person),
        told=_("Saved."),
    )


@require_POST
@for_members(ADMIN)
def remove(request: HttpRequest, member: Member, member_id: int) -> HttpResponseBase:
    person = member_or_404(member, member_id)
    told = _("%(name)s is no member any more.") % {"name": person.user.display_name}
    return done(request, member, lambda: services.remove(person, by=member), told=told)


@require_POST
@for_members(ADMIN)
def end_sessions(request: HttpRequest, member: Member, member_id: int) -> HttpResponseBase:
    person = member_or_404(member, member_id)
    number = services.end_sessions(person, by=member)
    if person.user_id == member.user_id:
        return go_to(request, "members", member.site_id)  # and so to the log-in page
    told = ngettext("%(n)d session is ended.", "%(n)d sessions are ended.", number) % {"n": number}
    return shown(request, member, part=place_of(person), told=told)


@require_POST
@for_members(ADMIN)
def set_skills(request: HttpRequest, member: Member, member_id: int) -> HttpResponseBase:
    """Names with commas between them."""
    person, given = member_or_404(member, member_id), request.POST.get("skills", "")
    names = [name for name in re.split(r"[,，、;；\n]", given) if name.strip()]
    return done(
        request,
        member,
        lambda: skills.set_skills(person, names, by=member.user),
        part=place_of(person),
        told=_("Saved."),
    )


def member_or_404(member: Member, member_id: int) -> Member:
    found = services.members_of(member.site).filter(pk=member_id).first()
    if found is None:
        raise Http404
    return found


@require_POST
@for_members(ADMIN)
def set_rule(request: HttpRequest, member: Member) -> HttpResponseBase:
    required = request.POST.get("second_factor") == "required"
    services.require_second_factor(member.site, required=required, by=member)
    return shown(request, member, part=RULE, told=_("Saved."))


def done(
    request: HttpRequest, member: Member, call: Callable[[], object], *, part: str = "", told: str
) -> HttpResponseBase:
    """Does it, and shows the page as it is now; what cannot be done is said on it."""
    try:
        call()
    except (PeopleError, BadInput) as error:
        return show_members(request, member, part=part, fault=error.sentence, status=error.status)
    return shown(request, member, part=part, told=told)


def shown(request: HttpRequest, member: Member, *, part: str, told: str) -> HttpResponseBase:
    """The page as it is now, told at that part of it; another page for one who is no admin any more."""
    if not Member.objects.filter(pk=member.pk, role=ADMIN).exists():
        messages.success(request, told)
        return go_to(request, "dashboard")
    messages.success(request, told, extra_tags=part)
    return redirect("members", member.site_id)
