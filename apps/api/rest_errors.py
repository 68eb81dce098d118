"""Errors in the REST API's own form: `{"error": {"code", "message"}}`."""

from django.http import JsonResponse

from apps.api.edge import Told
from apps.api.schemas import ErrorOut


def as_rest(told: Told) -> JsonResponse:
    return JsonResponse({"error": {"code": told.code, "message": told.sentence}}, status=told.status)


def refusing(*statuses: int) -> dict[int, type[ErrorOut]]:
    """Every call may also be refused with these."""
    return dict.fromkeys((*statuses, 401, 403, 429, 500, 503), ErrorOut)
