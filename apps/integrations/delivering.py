"""Sends what waits for one webhook, oldest first, until it fails or the turn is over.

    pending ──claim──► running ──2xx──► done
       ▲                  │ anything else
       └── later ◄────────┘ after ten tries: failed

Who sends a delivery holds it by its attempt, and for a minute only: a worker that died loses nothing, and what it may
have sent already is sent again. While an address fails, one delivery is tried at a time, and the others wait behind it.
"""

import logging
import time
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.integrations.models import Delivery, Webhook
from apps.integrations.payloads import body_of, headers_of
from apps.integrations.posting import Posted, post
from apps.knowledge.websites.fetching import Address, FetchRefused, is_public

logger = logging.getLogger(__name__)

State = Delivery.State
LEASE = timedelta(minutes=1)
TURN_SECONDS = 30.0  # then others have the worker; the bell is rung again
# After the first, second, … failure. Together a little over a day.
WAITS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800)
)
PAUSED_AFTER = timedelta(days=2)  # of nothing but failures
KEPT = timedelta(days=30)


def deliver(webhook_id: UUID) -> bool:
    """Whether anything is left that could be sent at once."""
    until = time.monotonic() + TURN_SECONDS
    while time.monotonic() < until:
        delivery = claim_next(webhook_id)
        if delivery is None:
            return False
        if not send(delivery):
            return False
    return open_for(webhook_id).exists()


def open_for(webhook_id: UUID) -> QuerySet[Delivery]:
    """Due now: waiting, or left by a worker that died."""
    now = timezone.now()
    waiting = Q(state=State.PENDING, next_at__lte=now)
    left = Q(state=State.RUNNING, lease_until__lt=now)
    rows = Delivery.objects.filter(waiting | left, webhook=webhook_id, webhook__paused_at=None)
    return rows.exclude(webhook__not_before__gt=now).order_by("created_at", "pk")


def claim_next(webhook_id: UUID) -> Delivery | None:
    """The oldest that is due, unless somebody is sending to this address already: they go on with what waits."""
    now = timezone.now()
    running = Delivery.objects.filter(webhook=webhook_id, state=State.RUNNING, lease_until__gte=now)
    if running.exists():
        return None
    delivery = open_for(webhook_id).first()
    if delivery is None:
        return None
    mine = Delivery.objects.filter(pk=delivery.pk, attempt=delivery.attempt).exclude(
        state__in=(State.DONE, State.FAILED)
    )
    taken = mine.update(
        state=State.RUNNING, attempt=F("attempt") + 1, tries=F("tries") + 1, lease_until=now + LEASE
    )
    if not taken:
        return None
    return Delivery.objects.select_related("webhook__site", "conversation", "handoff").get(pk=delivery.pk)


def send(delivery: Delivery) -> bool:
    """Between two transactions, as all that is slow."""
    body = body_of(delivery)
    headers = headers_of(delivery, body=body, now=timezone.now())
    try:
        posted = post(delivery.webhook.address, body, headers=headers, permits=permitted)
    except FetchRefused as error:
        settle(delivery, posted=None, reason=error.code)
        return False
    reason = "" if 200 <= posted.status < 300 else "redirect" if 300 <= posted.status < 400 else "bad_status"
    settle(delivery, posted=posted, reason=reason)
    return not reason


def permitted(address: Address) -> bool:
    """Private networks only where the deployment says so."""
    return settings.WEBHOOKS_MAY_BE_PRIVATE or is_public(address)


@transaction.atomic
def settle(delivery: Delivery, *, posted: Posted | None, reason: str) -> None:
    """What came of one attempt. Nothing, where another worker has taken it up meanwhile."""
    mine = Delivery.objects.filter(pk=delivery.pk, attempt=delivery.attempt, state=State.RUNNING)
    over = not reason or delivery.tries > len(WAITS)
    now = timezone.now()
    written = mine.update(
        state=(State.FAILED if reason else State.DONE) if over else State.PENDING,
        next_at=now if over else now + WAITS[delivery.tries - 1],
        lease_until=None,
        status_code=posted.status if posted else None,
        response=posted.beginning if posted else "",
        reason=reason,
        finished_at=now if over else None,
    )
    if written:
        _note_failure(delivery) if reason else _note_success(delivery)


def _note_success(delivery: Delivery) -> None:
    failing = Webhook.objects.filter(pk=delivery.webhook_id, failures__gt=0)
    failing.update(failures=0, failing_since=None, not_before=None)


def _note_failure(delivery: Delivery) -> None:
    webhook = Webhook.objects.select_for_update().get(pk=delivery.webhook_id)
    now = timezone.now()
    webhook.failures += 1
    webhook.failing_since = webhook.failing_since or now
    webhook.not_before = now + WAITS[min(webhook.failures, len(WAITS)) - 1]
    if webhook.paused_at is None and now - webhook.failing_since > PAUSED_AFTER:
        logger.warning("Webhook %s has only failed for two days: it is paused.", webhook.pk)
        webhook.paused_at, webhook.is_paused_for_failing = now, True
    webhook.save(
        update_fields=["failures", "failing_since", "not_before", "paused_at", "is_paused_for_failing"]
    )


# --- Sweeping -----------------------------------------------------------------------------------------------


def webhooks_due() -> list[UUID]:
    """Webhooks for which a bell should ring: one was lost, or a wait is over."""
    now = timezone.now()
    waiting = Q(deliveries__state=State.PENDING, deliveries__next_at__lte=now)
    left = Q(deliveries__state=State.RUNNING, deliveries__lease_until__lt=now)
    rows = Webhook.objects.filter(waiting | left, paused_at=None).exclude(not_before__gt=now)
    return list(rows.order_by("pk").values_list("pk", flat=True).distinct())


def forget_old() -> None:
    """A log of thirty days is enough to see what went wrong."""
    old = Delivery.objects.filter(created_at__lt=timezone.now() - KEPT)
    old.filter(state__in=(State.DONE, State.FAILED)).delete()
