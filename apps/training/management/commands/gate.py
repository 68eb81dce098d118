"""What the gate says of a run's challenger. Exit code 1 when it refused."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from apps.training import queries
from apps.training.commanding import ModelCommand
from apps.training.models import Evaluation


class Command(ModelCommand):
    help = "Says whether a run's challenger may be deployed, and if not, why not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run_number", type=int, metavar="RUN")

    def run(self, *, run_number: int, **_: Any) -> None:
        run = self.run_numbered(run_number)
        evaluation = Evaluation.objects.filter(run=run).first()
        if evaluation is None:
            raise CommandError(
                f"Run {run_number} has not been judged; it is {run.get_state_display().lower()}."
            )
        reasons = queries.reasons_of(evaluation)
        facts = {
            "passed": evaluation.passed,
            "reasons": reasons,
            "champion": evaluation.champion,
            "challenger": evaluation.challenger,
            "questions": evaluation.questions,
            "metrics": evaluation.metrics,
        }
        self.tell(facts, plainly=f"{evaluation.challenger}: {'passed' if evaluation.passed else 'refused'}")
        if not evaluation.passed:
            raise CommandError(" ".join(reasons))
