"""The addresses of access tokens and webhooks."""

from django.urls import URLPattern, URLResolver, path

from apps.dashboard.integrations import tokens, webhooks

in_integrations: list[URLPattern | URLResolver] = [
    path("integrations/", tokens.integrations, name="integrations"),
    path("integrations/tokens/make/", tokens.make_token, name="make_token"),
    path("integrations/tokens/<uuid:token_id>/revoke/", tokens.revoke_token, name="revoke_token"),
    path("integrations/webhooks/add/", webhooks.add_webhook, name="add_webhook"),
    path("integrations/webhooks/<uuid:webhook_id>/", webhooks.webhook, name="webhook"),
    path("integrations/webhooks/<uuid:webhook_id>/log/", webhooks.webhook_log, name="webhook_log"),
    path("integrations/webhooks/<uuid:webhook_id>/change/", webhooks.change_webhook, name="change_webhook"),
    path("integrations/webhooks/<uuid:webhook_id>/rotate/", webhooks.rotate_webhook, name="rotate_webhook"),
    path("integrations/webhooks/<uuid:webhook_id>/pause/", webhooks.pause_webhook, name="pause_webhook"),
    path("integrations/webhooks/<uuid:webhook_id>/resume/", webhooks.resume_webhook, name="resume_webhook"),
    path("integrations/webhooks/<uuid:webhook_id>/remove/", webhooks.remove_webhook, name="remove_webhook"),
    path("integrations/webhooks/<uuid:webhook_id>/test/", webhooks.test_webhook, name="test_webhook"),
    path("integrations/deliveries/<uuid:delivery_id>/send/", webhooks.send_delivery, name="send_delivery"),
]
