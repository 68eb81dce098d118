"""What the people of a site set up for their desk: phrases that they use again, and whether they are there."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.conversations import services
from apps.conversations.desk import noting
from apps.conversations.errors import ConversationError
from apps.conversations.models import Member
from apps.dashboard.access import for_members
from apps.dashboard.editing import mark_of
from apps.dashboard.pages import show


@require_safe
@for_members()
def phrases(request: HttpRequest, member: Member) -> HttpResponseBase:
    return show_phrases(request, member)


def show_phrases(
    request: HttpRequest, member: Member, *, sentence: str = "", status: int = 200, replaces: str = ""
) -> HttpResponseBase:
    """`replaces`: a mark of the text that is lost if the same is sent once more."""
    phrases = noting.phrases_of(member)
    content = {"phrases": phrases, "sentence": sentence, "room": "phrases", "replaces": replaces}
    content |= (
        {"name": request.POST.get("name", ""), "text": request.POST.get("text", "")} if sentence else {}
    )
    return show(request, member, template="dashboard/conversations/phrases.html", status=status, **content)


@require_POST
@for_members()
def keep_phrase(request: HttpRequest, member: Member) -> HttpResponseBase:
    """A colleague's text under the same name is shown before it is replaced."""
    name, text = request.POST.get("name", ""), request.POST.get("text", "")
    known = {one.name: one.text for one in noting.phrases_of(member)}.get(noting.name_of(name))
    if known is not None and known != text and request.POST.get("replaces") != mark_of(known):
        sentence = _(
            "There is a phrase /%(name)s already; it stands below. Keep yours once more to replace it."
        )
        sentence %= {"name": noting.name_of(name)}
        return show_phrases(request, member, sentence=sentence, status=409, replaces=mark_of(known))
    try:
        noting.keep_phrase(member, name=name, text=text)
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
