"""The routes of access tokens and webhooks, for the walk through all routes."""

from typing import Any

from apps.conversations.models import Site
from apps.integrations import tokens, webhooks
from apps.integrations.models import Delivery, Kind, Scope

SHOWN = ("integrations", "webhook", "webhook_log")
CHANGED = (
    "make_token",
    "revoke_token",
    "add_webhook",
    "change_webhook",
    "rotate_webhook",
    "pause_webhook",
    "resume_webhook",
    "remove_webhook",
    "test_webhook",
    "send_delivery",
)
NOTHING_GIVEN = {"make_token": 422, "add_webhook": 422, "change_webhook": 422}


def integrations_ids(site: Site) -> dict[str, Any]:
    token, _ = tokens.make_token(site, name="Shop's server", scopes=[Scope.CONVERSATIONS_READ])
    hook = webhooks.add_webhook(site, address="https://shop.example/hook", kinds=[Kind.MESSAGE])
    delivery = hook.deliveries.create(kind=Kind.TEST, state=Delivery.State.FAILED, reason="bad_status")
    return {"token_id": token.pk, "webhook_id": hook.pk, "delivery_id": delivery.pk}
