"""What the people of a site set up for their desk: phrases that they use again, and whether they are there."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from apps.conversations import services
from apps.conversations.desk import noting
from apps.conversations.errors import ConversationError
from apps.conversations.models import Member
from apps.dashboard.access import for_members
from apps.dashboard.pages import show


@require_safe
@for_members()
def phrases(request: HttpRequest, member: Member) -> HttpResponseBase:
    return show_phrases(request, member)


def show_phrases(
    request: HttpRequest, member: Member, *, sentence: str = "", status: int = 200
) -> HttpResponseBase:
    content = {"phrases": noting.phrases_of(member), "sentence": sentence, "room": "phrases"}
    content |= (
        {"name": request.POST.get("name", ""), "text": request.POST.get("text", "")} if sentence else {}
    )
    return show(request, member, template="dashboard/conversations/phrases.html", status=status, **content)


@require_POST
@for_members()
def keep_phrase(request: HttpRequest, member: Member) -> HttpResponseBase:
    try:
        noting.keep_phrase(member, name=request.POST.get("name", ""), text=request.POST.get("text", ""))
    except ConversationError as error:
        return show_phrases(request, member, sentence=error.sentence, status=error.status)
    return redirect("phrases", site_id=member.site_id)


@require_POST
@for_members()
def forget_phrase(request: HttpRequest, member: Member) -> HttpResponseBase:
    noting.forget_phrase(member, name=request.POST.get("name", ""))
    return redirect("phrases", site_id=member.site_id)


@require_POST
@for_members()
def set_availability(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Whether new conversations may come to this person."""
    services.set_availability(member, is_available=request.POST.get("available") == "yes")
    return redirect("conversations", site_id=member.site_id)
