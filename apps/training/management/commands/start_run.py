"""From conversations to a judged version, from a shell; a trainer does the work, or, with --here, this process."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from apps.training import running, services
from apps.training.commanding import ModelCommand
from apps.training.management.commands.export_conversations import add_source
from apps.training.models import Job, TrainingRun
from apps.training.snapshotting import Source


class Command(ModelCommand):
    help = "Starts a run: collect, clean, hold out, train, evaluate, judge."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        add_source(parser)
        parser.add_argument("--profile", default=settings.TRAINING_PROFILE)
        parser.add_argument(
            "--recipe", type=Path, metavar="FILE.toml", help="what differs from the profile's recipe"
        )
        parser.add_argument(
            "--here", action="store_true", help="work in this very process, and wait for the end"
        )

    def run(
        self,
        *,
        profile: str,
        recipe: Path | None,
        here: bool,
        since: date | None,
        consent: str,
        cap: int,
        **_: Any,
    ) -> None:
        overrides = recipe.read_text(encoding="utf-8") if recipe else ""
        source = Source(since=since, consent=consent, cap=cap)
        run = services.start_run(self.site, profile=profile, source=source, by=None, overrides=overrides)
        if here:
            running.work_on(run.pk)
            run = TrainingRun.objects.get(pk=run.pk)
        facts = {
            "run": run.number,
            "id": str(run.pk),
            "state": run.state,
            "reason": run.reason,
            "folder": str(run.folder),
            "predicted": run.predicted,
        }
        self.tell(facts, plainly=f"Run {run.number} is {run.get_state_display().lower()}: {run.folder}")
        if run.state == Job.State.FAILED:
            raise CommandError(run.reason)
