"""What an address is told of an event, and the signature by which it knows that we told it."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime

from apps.conversations.models import Conversation, Message
from apps.integrations.faces import Face, conversation_as_json, handoff_as_json, message_as_json
from apps.integrations.models import Delivery, Kind, Webhook


def body_of(delivery: Delivery) -> bytes:
    """Written from the rows when it is sent. The same event has the same `id`, however often it comes."""
    event = {
        "id": str(delivery.event_id),
        "kind": delivery.kind,
        "created_at": delivery.created_at.isoformat(),
        "site": {"id": str(delivery.webhook.site_id), "name": delivery.webhook.site.name},
        "data": _data(delivery),
    }
    return json.dumps(event, ensure_ascii=False).encode()


def _data(delivery: Delivery) -> Face:
    if delivery.conversation_id is None:
        return {}
    rows = Conversation.objects.select_related("assignee")
    then = {name: value for name, value in delivery.facts.items() if name != "resolved_by"}
    data: Face = {"conversation": conversation_as_json(rows.get(pk=delivery.conversation_id), then=then)}
    if delivery.message_id is not None:
        said = Message.objects.select_related("author").prefetch_related("citations", "attachments")
        data["message"] = message_as_json(said.get(pk=delivery.message_id))
    if delivery.handoff is not None:
        data["handoff"] = handoff_as_json(delivery.handoff)
    if delivery.kind == Kind.RESOLVED:
        data["resolved_by"] = delivery.facts.get("resolved_by")
    return data


def headers_of(delivery: Delivery, *, body: bytes, now: datetime) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "SeekDesk-Event": delivery.kind,
        "SeekDesk-Event-Id": str(delivery.event_id),
        "SeekDesk-Signature": signature(delivery.webhook, body=body, now=now),
    }


def signature(webhook: Webhook, *, body: bytes, now: datetime) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 over `SECONDS.BODY`. While a secret is rotated, a `v1` by each of both."""
    secrets = [webhook.secret]
    if webhook.old_secret and webhook.old_secret_until and webhook.old_secret_until > now:
        secrets.append(webhook.old_secret)
    return signature_by(secrets, body=body, now=now)


def signature_by(secrets: Sequence[str], *, body: bytes, now: datetime) -> str:
    seconds = int(now.timestamp())
    signed = str(seconds).encode() + b"." + body
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={seconds}", *(f"v1={mark}" for mark in marks)])
