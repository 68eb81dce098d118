"""Files from and to customers: how a browser brings one, and the address at which it gets one.

A picture's element cannot show a visitor's token, so each file's address is signed: given out only with the rows of
its own conversation, and good for an hour or a little more. The same address is given out for half an hour, so that a
page that asks again does not load its pictures again.
"""

import re
import time
from typing import Any
from urllib.parse import unquote, urlencode
from uuid import UUID

from django.core import signing
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from apps.conversations.errors import BadInput, TooLargeFile
from apps.conversations.files import attaching
from apps.conversations.files.handing_out import hand_out
from apps.conversations.models import Attachment, Conversation
from apps.widget.refusals import Refused

GOOD_FOR = 3_600  # seconds at least
SAME_FOR = 1_800
TAKING = re.compile(r"/conversations/[^/]+/attachments")
NAME_HEADER = "X-File-Name"

_signer = signing.Signer(salt="apps.widget.attachment")

# How the request is described: the framework is not given the body, because it is read here, with a limit.
_FILE = {"type": "string", "format": "binary"}
BODY: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": NAME_HEADER,
            "required": False,
            "schema": {"type": "string"},
            "description": "The file's name, percent-encoded, where the body is the file itself",
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": _FILE}, "required": ["file"]}
            },
            "application/octet-stream": {"schema": _FILE},
        },
    },
}


# --- Bringing one -------------------------------------------------------------------------------------------


def is_upload(request: HttpRequest) -> bool:
    """Its body is a file: larger than other calls', and no JSON."""
    return request.method == "POST" and TAKING.search(request.path) is not None


def take(request: HttpRequest, conversation: Conversation) -> dict[str, Any]:
    content, name = read_file(request)
    return attachment_as_json(attaching.take_in(conversation, content=content, name=name))


def read_file(request: HttpRequest) -> tuple[bytes, str]:
    """The file and what it is called; of one that is too large, no more than shows it."""
    if request.content_type == "multipart/form-data":
        return _of_form(request)
    content = request.read(attaching.LARGEST + 1)
    return content, unquote(request.headers.get(NAME_HEADER, ""), errors="replace")


def _of_form(request: HttpRequest) -> tuple[bytes, str]:
    try:
        file = request.FILES.get("file")
    except RequestDataTooBig as error:
        raise TooLargeFile("file_too_large") from error
    except (MultiPartParserError, SuspiciousOperation) as error:
        raise Refused("bad_form") from error
    if file is None:
        raise BadInput("file_missing")
    return file.read(attaching.LARGEST + 1), file.name or ""


# --- Getting one --------------------------------------------------------------------------------------------


def attachment_as_json(attachment: Attachment) -> dict[str, Any]:
    return {
        "id": str(attachment.pk),
        "name": attachment.name,
        "kind": attachment.kind,
        "size": attachment.size,
        "width": attachment.width,
        "height": attachment.height,
        "url": address_of(attachment),
    }


def address_of(attachment: Attachment) -> str:
    until = (int(time.time()) // SAME_FOR + 1) * SAME_FOR + GOOD_FOR
    query = {"until": until, "signature": _signer.signature(f"{attachment.pk}|{until}")}
    return f"{reverse('widget_attachment', args=[attachment.pk])}?{urlencode(query)}"


@require_safe
def attachment_file(request: HttpRequest, attachment_id: UUID) -> HttpResponse:
    """The same answer where the address is not signed, too old, or leads to nothing."""
    if not _is_good(request.GET, attachment_id):
        raise Http404
    attachment = attaching.attachments_for_contacts().filter(pk=attachment_id).first()
    if attachment is None:
        raise Http404
    response = hand_out(attachment)
    response["Cache-Control"] = f"private, max-age={GOOD_FOR}"
    return response


def _is_good(query: Any, attachment_id: UUID) -> bool:
    until, signature = query.get("until", ""), query.get("signature", "")
    try:
        _signer.unsign(f"{attachment_id}|{until}{_signer.sep}{signature}")
    except signing.BadSignature:
        return False
    return int(until) > time.time()  # signed by us: it is a number


urlpatterns = [
    path("widget/attachments/<uuid:attachment_id>/", attachment_file, name="widget_attachment"),
]
