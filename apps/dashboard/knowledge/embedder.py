"""Which embedder the search understands meaning by: changing it, how far the change is, and the way back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.conversations import embedder as site_embedder
from apps.conversations.models import Member
from apps.dashboard.access import for_members
from apps.dashboard.pages import show
from apps.knowledge.embedding.embedders import HOME, offered
from apps.knowledge.embedding.switching import CannotSwitch, kept_collections, model_of
from apps.knowledge.models import EmbedderSwitch
from apps.knowledge.sentences import sentence_of

SHOWN = 10  # changes of the past


@require_safe
@for_members(Member.Role.OPERATOR)
def embedder(request: HttpRequest, member: Member) -> HttpResponseBase:
    template = "dashboard/quality/embedder.html"
    return show(request, member, template=template, room="embedder", **state_of(member))


@require_safe
@for_members(Member.Role.OPERATOR)
def embedder_state(request: HttpRequest, member: Member) -> HttpResponseBase:
    """The part of the page that moves while a change is under way."""
    content = {"site": member.site, **state_of(member)}
    return render(request, "dashboard/quality/embedder_state.html", content)


def state_of(member: Member) -> dict[str, Any]:
    base = member.site.knowledge_base
    switches = list(EmbedderSwitch.objects.filter(knowledge_base=base).select_related("asked_by")[:SHOWN])
    under_way = switches[0] if switches and switches[0].is_open else None
    return {
        "answering": model_of(base),
        "others": [model for model in offered() if model != model_of(base)],
        "kept": kept_collections(base).first(),
        "under_way": under_way,
        "why_waiting": sentence_of(under_way) if under_way else "",
        "past": [(switch, sentence_of(switch)) for switch in switches if not switch.is_open],
    }


@require_POST
@for_members(Member.Role.OPERATOR)
def switch_embedder(request: HttpRequest, member: Member) -> HttpResponseBase:
    given = request.POST.get("model", "")
    model = HOME if given == site_embedder.HOME else given
    return done(request, member, lambda: site_embedder.change(member.site, model=model, by=member.user))


@require_POST
@for_members(Member.Role.OPERATOR)
def take_embedder_back(request: HttpRequest, member: Member) -> HttpResponseBase:
    return done(request, member, lambda: site_embedder.take_back(member.site, by=member.user))


@require_POST
@for_members(Member.Role.OPERATOR)
def cancel_embedder(request: HttpRequest, member: Member) -> HttpResponseBase:
    return done(request, member, lambda: site_embedder.cancel(member.site, by=member.user))


def done(request: HttpRequest, member: Member, call: Callable[[], object]) -> HttpResponseBase:
    """Does it, and shows the page as it is now; what cannot be done is said on it."""
    try:
        call()
    except CannotSwitch as error:
        messages.error(request, str(error))
    return redirect("embedder", site_id=member.site_id)
