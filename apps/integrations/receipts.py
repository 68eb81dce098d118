"""Requests that are sent twice are done once: an Idempotency-Key is remembered for a day, with its answer."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.integrations.errors import BadInput, NotPossibleNow
from apps.integrations.models import AccessToken, Receipt

KEPT = timedelta(days=1)
LOST_AFTER = timedelta(minutes=2)  # who began it then died: the next one does it


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    body: str


def fingerprint(*, method: str, path: str, body: bytes) -> str:
    return hashlib.sha256(b"\n".join([method.encode(), path.encode(), body])).hexdigest()


def begin(token: AccessToken, *, key: str, request: str) -> Answered | None:
    """What was answered before; None: this is the first, go on and `finish` it."""
    if not 1 <= len(key) <= 64 or not key.isprintable():
        raise BadInput("bad_idempotency_key")
    now = timezone.now()
    Receipt.objects.filter(token=token, created_at__lt=now - KEPT).delete()
    Receipt.objects.filter(token=token, key=key, status=None, created_at__lt=now - LOST_AFTER).delete()
    try:
        with transaction.atomic():
            Receipt.objects.create(token=token, key=key, request=request)
        return None
    except IntegrityError:
        return _known(Receipt.objects.filter(token=token, key=key).first(), request=request)


def _known(receipt: Receipt | None, *, request: str) -> Answered:
    if receipt is None or (receipt.status is None and receipt.request == request):
        raise NotPossibleNow("in_progress")
    if receipt.request != request or receipt.status is None:
        raise NotPossibleNow("idempotency_key_reused")
    return Answered(receipt.status, receipt.body)


def finish(token: AccessToken, *, key: str, answered: Answered | None) -> None:
    """None, or a failure of ours: the next request with this key is done anew."""
    receipt = Receipt.objects.filter(token=token, key=key)
    if answered is None or answered.status >= 500 or answered.status == 429:
        receipt.delete()
    else:
        receipt.update(status=answered.status, body=answered.body)


def forget_old() -> None:
    """Also of programs that never call again: what was answered holds customers' words."""
    Receipt.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
