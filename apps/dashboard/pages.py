"""What every page of a site shows around its own content."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from apps.conversations import queries
from apps.conversations.desk import expecting, mentioning
from apps.conversations.models import Member
from apps.dashboard.account.entrance import remember_site


def show(
    request: HttpRequest, member: Member, *, template: str, status: int = 200, **content: Any
) -> HttpResponse:
    """A whole page of the member's site."""
    remember_site(request, member.site_id)
    frame = {
        "member": member,
        "site": member.site,
        "sites": list(queries.sites_of(member.user)),
        "may_operate": member.may(Member.Role.OPERATOR),
        "may_administer": member.may(Member.Role.ADMIN),
        "waiting": queries.waiting_line(member.site).count(),
        "late": expecting.late_in_line(member.site),
        "mentions": mentioning.unseen_mentions(member),
    }
    return render(request, template, {**frame, **content}, status=status)


def go_to(request: HttpRequest, name: str, *ids: object) -> HttpResponse:
    """The whole page goes there, also when only a part of it asked."""
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(reverse(name, args=ids))
    return redirect(name, *ids)
