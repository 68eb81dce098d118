"""An attachment as an HTTP answer, the same for customers and for members. Who may have it is the caller's to check.

What somebody else put together is never a page of ours: the type is the one that was found in it, browsers may not
guess another, nothing in it may run or load, and a PDF is only ever a download.
"""

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

from apps.conversations.models import Attachment

TYPES: dict[str, str] = {
    Attachment.Kind.PNG: "image/png",
    Attachment.Kind.JPEG: "image/jpeg",
    Attachment.Kind.GIF: "image/gif",
    Attachment.Kind.WEBP: "image/webp",
    Attachment.Kind.PDF: "application/pdf",
}
ENDINGS: dict[str, tuple[str, ...]] = {
    Attachment.Kind.JPEG: (".jpg", ".jpeg"),
    **{kind: (f".{kind}",) for kind in ("png", "gif", "webp", "pdf")},
}


def hand_out(attachment: Attachment) -> HttpResponse:
    try:
        with attachment.file.open("rb") as file:
            content = file.read()
    except FileNotFoundError:
        raise Http404 from None
    response = HttpResponse(content, content_type=TYPES[attachment.kind])
    disposition = content_disposition_header(not attachment.is_picture, file_name(attachment))
    response["Content-Disposition"] = disposition or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Referrer-Policy"] = "no-referrer"
    return response


def file_name(attachment: Attachment) -> str:
    """With the ending of what it is, whatever its sender called it."""
    endings = ENDINGS[attachment.kind]
    return attachment.name if attachment.name.lower().endswith(endings) else attachment.name + endings[0]
