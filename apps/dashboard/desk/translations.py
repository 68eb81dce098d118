"""Translations at an agent's wish, as JSON: the page puts them beside a message, or into the reply that is being written."""

from uuid import UUID

from asgiref.sync import async_to_sync
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.conversations.desk.translating import translate_message, translate_text
from apps.conversations.errors import ConversationError
from apps.conversations.models import Conversation, Member, Message
from apps.dashboard.access import for_members
from apps.dashboard.desk.conversations import conversation_or_404
from apps.dashboard.throttling import Limit
from dialogue import Translation

WISHES = Limit("translations", attempts=60, seconds=300)  # each costs the model a whole message


@require_POST
@for_members()
def translate(request: HttpRequest, member: Member, conversation_id: UUID) -> HttpResponseBase:
    """`to` is en or zh; of a `message` by its id, or of a `text`."""
    found = conversation_or_404(member, conversation_id)
    if wait := WISHES.take(f"{member.pk}"):
        sentence = _("Too many attempts. Please wait some minutes.")
        return JsonResponse({"sentence": sentence}, status=429, headers={"Retry-After": str(wait)})
    try:
        made = wished(request, found)
    except ConversationError as error:
        return JsonResponse({"sentence": error.sentence}, status=error.status)
    return JsonResponse({"text": made.text, "sentence": warning_of(made)})


def wished(request: HttpRequest, found: Conversation) -> Translation:
    to, message = request.POST.get("to", ""), request.POST.get("message", "")
    if not message:
        return async_to_sync(translate_text)(request.POST.get("text", ""), to=to)
    try:
        return async_to_sync(translate_message)(found, UUID(message), to=to)
    except (ValueError, Message.DoesNotExist):
        raise Http404 from None


def warning_of(made: Translation) -> str:
    if not made.lost:
        return ""
    return _("Look at it: %(lost)s is missing in the translation.") % {"lost": ", ".join(made.lost)}
