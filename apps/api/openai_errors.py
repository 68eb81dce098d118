"""Errors in OpenAI's form: what its clients make exceptions of. A form that is wrong is 400 there, and not 422."""

from typing import Any

from django.http import JsonResponse

from apps.api.edge import Told

TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
CODES = {"token_missing": "invalid_api_key", "token_invalid": "invalid_api_key"}


def error_as_json(told: Told) -> dict[str, Any]:
    kind = "server_error" if told.status >= 500 else TYPES.get(told.status, "invalid_request_error")
    code = CODES.get(told.code, told.code)
    return {"error": {"message": told.sentence, "type": kind, "param": told.place or None, "code": code}}


def as_openai(told: Told) -> JsonResponse:
    return JsonResponse(error_as_json(told), status=400 if told.status == 422 else told.status)
