"""What the commands of the model loop share: a site, one of its runs or versions, and who asks."""

from typing import Any

from django.core.management.base import CommandError

from apps.conversations.models import Member
from apps.conversations.shell.commanding import SiteCommand
from apps.training import queries
from apps.training.errors import TrainingRefused
from apps.training.models import ModelVersion, TrainingRun
from model_training import TrainingError


class ModelCommand(SiteCommand):
    """A refusal is told in one sentence, with the reasons behind it."""

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            super().handle(*args, **options)
        except (TrainingRefused, TrainingError) as error:
            reasons = " ".join(getattr(error, "reasons", []))
            raise CommandError(f"{error} {reasons}".strip()) from error

    def version_named(self, name: str) -> ModelVersion:
        version = queries.versions_of(self.site).filter(name=name).first()
        if version is None:
            raise CommandError(f"This site has no version {name}.")
        return version

    def run_numbered(self, number: int) -> TrainingRun:
        run = queries.runs_of(self.site).filter(number=number).first()
        if run is None:
            raise CommandError(f"This site has no run {number}.")
        return run

    def member_called(self, username: str) -> Member:
        member = self.site.members.select_related("user", "site").filter(user__username=username).first()
        if member is None or not member.may(Member.Role.OPERATOR):
            raise CommandError(f"{username} is no operator of this site.")
        return member
