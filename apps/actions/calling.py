"""One signed request to a site's own service, and what its answer means. Always outside of transactions.

`result`: done. `error` with a status of 404, 409, 410 or 422: the service refused, in words for the customer. Everything
else (no answer, a slow one, one that is no JSON) is a failure of which nobody knows whether it was done.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from apps.actions.arguments import Arguments
from apps.actions.models import Action, ActionCall
from apps.conversations.texts import storable
from apps.integrations.payloads import signature_by
from apps.integrations.posting import Posted, post
from apps.knowledge.websites.fetching import Address, FetchRefused, is_public

SECONDS = 6.0  # of patience for one request: two of them end well inside fifteen
TRIES = 2  # the same idempotency key: whoever hears it twice does it once
LARGEST = 16 * 1024
MOST_VALUES = 20
LONGEST_VALUE = 300
REFUSALS = (404, 409, 410, 422)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """State is done, refused or failed; `told` the service's own words, for a refusal."""

    state: str
    reason: str = ""
    status_code: int | None = None
    result: dict[str, str] = field(default_factory=dict)
    told: str = ""


def call(row: ActionCall) -> Outcome:
    """Tries a second time where nothing usable came: the first may have been done all the same."""
    outcome = _call_once(row)
    for _again in range(TRIES - 1):
        if outcome.state != ActionCall.State.FAILED or outcome.reason in ("private_address", "bad_address"):
            break
        outcome = _call_once(row)
    return outcome


def _call_once(row: ActionCall) -> Outcome:
    body = body_of(row)
    try:
        posted = post(
            row.action.address,
            body,
            headers=headers_of(row, body=body, now=timezone.now()),
            permits=permitted,
            seconds=SECONDS,
            kept=LARGEST + 1,
        )
    except FetchRefused as error:
        return Outcome(state=ActionCall.State.FAILED, reason=error.code)
    return outcome_of(posted)


def permitted(address: Address) -> bool:
    """Private networks only where the deployment says so."""
    return settings.ACTIONS_MAY_BE_PRIVATE or is_public(address)


def body_of(row: ActionCall) -> bytes:
    """Who it is for comes from the session that was proved, and from nowhere else."""
    told = {
        "id": str(row.pk),
        "action": row.action.name,
        "site": row.action.site.key,
        "customer": {"id": row.contact.external_id},
        "conversation": str(row.conversation_id),
        "locale": row.locale,
        "arguments": row.arguments,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(row: ActionCall, *, body: bytes, now: datetime) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Idempotency-Key": str(row.pk),
        "SeekDesk-Action": row.action.name,
        "SeekDesk-Signature": signature_by([row.action.secret], body=body, now=now),
    }


def outcome_of(posted: Posted) -> Outcome:
    answer = _read(posted.beginning)
    if 200 <= posted.status < 300:
        return _done(answer, status=posted.status)
    error = answer.get("error") if answer else None
    if posted.status in REFUSALS and isinstance(error, dict):
        return Outcome(
            state=ActionCall.State.REFUSED,
            reason=_value(error.get("code", ""))[:40],
            status_code=posted.status,
            told=_value(error.get("message", "")),
        )
    return Outcome(state=ActionCall.State.FAILED, reason="bad_status", status_code=posted.status)


def _done(answer: dict[str, Any] | None, *, status: int) -> Outcome:
    result = answer.get("result") if answer else None
    if not isinstance(result, dict) or len(result) > MOST_VALUES:
        return Outcome(state=ActionCall.State.FAILED, reason="bad_answer", status_code=status)
    values = {
        str(name)[:40]: _value(value)
        for name, value in result.items()
        if isinstance(value, str | int | float | bool)
    }
    return Outcome(state=ActionCall.State.DONE, status_code=status, result=values)


def _read(text: str) -> dict[str, Any] | None:
    try:
        answer = json.loads(text) if len(text) <= LARGEST else None
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _value(value: Any) -> str:
    """One line of plain text, whatever the service sent."""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    line = " ".join(str(storable(str(value))).split())
    return line[:LONGEST_VALUE]


def seal_of(*, action: Action, contact_id: Any, arguments: Arguments, nonce: str) -> str:
    """Over what the customer was shown, with our own key: a row that was changed since is not run."""
    sealed = json.dumps(
        [str(action.pk), str(contact_id), nonce, dict(arguments)], ensure_ascii=False, sort_keys=True
    )
    return hmac.new(settings.SECRET_KEY.encode(), sealed.encode(), hashlib.sha256).hexdigest()
