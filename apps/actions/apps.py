from django.apps import AppConfig


class ActionsConfig(AppConfig):
    name = "apps.actions"
    label = "actions"

    def ready(self) -> None:
        from apps.actions import demo, hands, proposing  # rows can be imported now, and not before
        from apps.conversations.acting import lend
        from apps.conversations.demo import loaded
        from apps.conversations.happening import happened

        lend(hands.hand_for, rehearse=hands.rehearsal_for)
        happened.connect(proposing.note, dispatch_uid="actions")
        loaded.connect(demo.load_actions, dispatch_uid="actions")
