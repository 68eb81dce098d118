from django.apps import AppConfig


class ActionsConfig(AppConfig):
    name = "apps.actions"
    label = "actions"

    def ready(self) -> None:
        from apps.actions import demo, hands, proposing  # rows can be imported now, and not before
        from apps.conversations.live.happening import happened
        from apps.conversations.replying.acting import lend
        from apps.conversations.shell.demo import loaded

        lend(hands.hand_for, rehearse=hands.rehearsal_for)
        happened.connect(proposing.note, dispatch_uid="actions")
        loaded.connect(demo.load_actions, dispatch_uid="actions")
