"""Files in a conversation, for the people of its site: shown, handed out, and taken in for a reply."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.conversations.errors import BadInput, ConversationError
from apps.conversations.files import attaching
from apps.conversations.files.handing_out import hand_out
from apps.conversations.models import Attachment, Conversation, Member
from apps.dashboard.access import for_members
from apps.dashboard.desk.conversations import conversation_or_404


@require_safe
@for_members()
def attachment(
    request: HttpRequest, member: Member, conversation_id: UUID, attachment_id: UUID
) -> HttpResponseBase:
    found = conversation_or_404(member, conversation_id)
    row = attaching.attachments_for_member(member, found).filter(pk=attachment_id).first()
    if row is None:
        raise Http404
    return hand_out(row)


@require_POST
@for_members()
def attach(request: HttpRequest, member: Member, conversation_id: UUID) -> HttpResponseBase:
    """Takes a file in for a reply that is being written. Answers a script, so always as JSON."""
    found = conversation_or_404(member, conversation_id)
    try:
        taken = take(request, member, found)
    except ConversationError as error:
        return JsonResponse({"error": {"code": error.code, "message": error.sentence}}, status=error.status)
    return JsonResponse(as_json(taken, member=member), status=201)


def take(request: HttpRequest, member: Member, found: Conversation) -> Attachment:
    file = request.FILES.get("file")
    if file is None:
        raise BadInput("file_missing")
    content = file.read(attaching.LARGEST + 1)
    return attaching.take_in(found, content=content, name=file.name or "", by=member)


def as_json(attachment: Attachment, *, member: Member) -> dict[str, str | bool]:
    ids = [member.site_id, attachment.conversation_id, attachment.pk]
    return {
        "id": str(attachment.pk),
        "name": attachment.name,
        "is_picture": attachment.is_picture,
        "url": reverse("attachment", args=ids),
    }
