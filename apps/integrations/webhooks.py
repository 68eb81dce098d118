"""What a site's admins ask for: an address that is told, its secret, a test, a pause, the same once more."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.conversations.models import Site
from apps.integrations.errors import BadInput, NotPossibleNow
from apps.integrations.models import Delivery, Kind, Webhook, new_signing_secret
from apps.integrations.outbox import ring
from apps.knowledge.websites.fetching import FetchRefused, checked

MOST = 20  # of a site
OLD_SECRET_SIGNS = timedelta(days=1)
SOON = timedelta(minutes=1)
CHOICES = [Kind.MESSAGE, Kind.HANDOFF, Kind.RESOLVED]


def webhooks_of(site: Site) -> QuerySet[Webhook]:
    return Webhook.objects.filter(site=site)


@transaction.atomic
def add_webhook(site: Site, *, address: str, kinds: Sequence[str]) -> Webhook:
    address, kinds = _checked_address(address), _checked_kinds(kinds)
    if webhooks_of(site).count() >= MOST:
        raise NotPossibleNow("too_many_webhooks")
    return Webhook.objects.create(site=site, address=address, kinds=kinds)


@transaction.atomic
def change_webhook(webhook: Webhook, *, address: str, kinds: Sequence[str]) -> None:
    """Another address has not failed yet."""
    address, kinds = _checked_address(address), _checked_kinds(kinds)
    fresh = {} if address == webhook.address else {"failures": 0, "failing_since": None, "not_before": None}
    Webhook.objects.filter(pk=webhook.pk).update(address=address, kinds=kinds, **fresh)
    ring(webhook)


def _checked_address(address: str) -> str:
    try:
        return checked(address.replace("\x00", ""))
    except FetchRefused as error:
        raise BadInput("bad_address") from error


def _checked_kinds(kinds: Sequence[str]) -> list[str]:
    chosen = [kind.value for kind in CHOICES if kind.value in kinds]
    if not chosen or set(kinds) - set(chosen):
        raise BadInput("bad_kinds")
    return chosen


def remove_webhook(webhook: Webhook) -> None:
    """What waits for it is never sent; its log goes with it."""
    Webhook.objects.filter(pk=webhook.pk).delete()


def deliveries_of(webhook: Webhook) -> QuerySet[Delivery]:
    """The latest first."""
    return webhook.deliveries.order_by("-created_at", "-pk")


def is_sending(webhook: Webhook) -> bool:
    """Whether something is sent now, or at the next look: a log that is watched changes soon."""
    soon = timezone.now() + SOON
    waiting = webhook.deliveries.filter(state=Delivery.State.PENDING, next_at__lte=soon)
    running = webhook.deliveries.filter(state=Delivery.State.RUNNING)
    held = webhook.paused_at or (webhook.not_before and webhook.not_before > soon)
    return running.exists() or (not held and waiting.exists())


def rotate_secret(webhook: Webhook) -> str:
    """The new secret. For a day both sign, so that the receiver can be changed in peace."""
    secret = new_signing_secret()
    Webhook.objects.filter(pk=webhook.pk).update(
        secret=secret, old_secret=webhook.secret, old_secret_until=timezone.now() + OLD_SECRET_SIGNS
    )
    return secret


def pause(webhook: Webhook) -> None:
    """What happens from now on is not told; what waits is kept."""
    Webhook.objects.filter(pk=webhook.pk, paused_at=None).update(
        paused_at=timezone.now(), is_paused_for_failing=False
    )


@transaction.atomic
def resume(webhook: Webhook) -> None:
    Webhook.objects.filter(pk=webhook.pk).update(
        paused_at=None, is_paused_for_failing=False, failures=0, failing_since=None, not_before=None
    )
    webhook.deliveries.filter(state=Delivery.State.PENDING).update(next_at=timezone.now())
    ring(webhook)


@transaction.atomic
def send_test(webhook: Webhook) -> Delivery:
    _check_runs(webhook)
    Webhook.objects.filter(pk=webhook.pk).update(not_before=None)
    delivery = webhook.deliveries.create(kind=Kind.TEST)
    ring(webhook)
    return delivery


@transaction.atomic
def send_again(delivery: Delivery) -> None:
    """Whatever came of it: the same event, with all its tries before it."""
    _check_runs(delivery.webhook)
    Webhook.objects.filter(pk=delivery.webhook_id).update(not_before=None)
    idle = Delivery.objects.filter(pk=delivery.pk).exclude(state=Delivery.State.RUNNING)
    idle.update(state=Delivery.State.PENDING, tries=0, next_at=timezone.now(), finished_at=None)
    ring(delivery.webhook)


def _check_runs(webhook: Webhook) -> None:
    if webhook.paused_at is not None:
        raise NotPossibleNow("webhook_paused")
