from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "apps.integrations"
    label = "integrations"

    def ready(self) -> None:
        from apps.conversations.live.happening import happened
        from apps.integrations import outbox  # rows can be imported now, and not before

        happened.connect(outbox.note, dispatch_uid="webhooks")
