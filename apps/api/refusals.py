"""What the API itself refuses. The refusals of the rooms below pass through with their own codes and sentences."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REFUSALS: dict[str, tuple[int, Promise]] = {
    "bad_json": (400, _("The body is not JSON that we can read.")),
    "bad_form": (400, _("The form cannot be read. Send the file as multipart/form-data.")),
    "bad_cursor": (400, _("This cursor is none of ours. Begin without one.")),
    "unsupported": (400, _("This is not supported here.")),
    "token_missing": (401, _("Send an access token: Authorization: Bearer sdt_…")),
    "token_invalid": (401, _("This access token is unknown or was revoked.")),
    "scope_missing": (403, _("This access token lacks the scope that this call needs.")),
    "not_found": (404, _("There is nothing here.")),
    "model_not_found": (404, _("There is no such model. GET /v1/models lists what there is.")),
    "method_not_allowed": (405, _("This method is not for this address.")),
    "not_a_file": (409, _("This document has no file of its own. Change it where it comes from.")),
    "too_large": (413, _("The request is too large.")),
    "json_only": (415, _("Send JSON, with Content-Type: application/json.")),
    "invalid": (422, _("The request does not have the described form.")),
    "rate_limited": (429, _("Too many requests. Please wait a moment and try again.")),
    "server_error": (500, _("Something went wrong on our side. It has been written down.")),
    "database_unavailable": (503, _("We cannot reach our records right now. Please try again.")),
    "search_unavailable": (503, _("The knowledge base cannot be searched right now. Please try again.")),
}


class Refused(Exception):
    """`retry_after` in seconds; `detail` says which part of the request is meant."""

    def __init__(self, code: str, *, detail: str = "", retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code, self.detail, self.retry_after = code, detail, retry_after

    @property
    def status(self) -> int:
        return REFUSALS[self.code][0]

    @property
    def sentence(self) -> str:
        sentence = str(REFUSALS[self.code][1])
        return f"{sentence} ({self.detail})" if self.detail else sentence
