"""A version to the customers, from a shell, in this very process: it needs no worker."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from apps.training import deploying, services
from apps.training.commanding import ModelCommand
from apps.training.models import Deployment, Job


class Command(ModelCommand):
    help = "Deploys a version that passed its gate: check, load, test questions, flip."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("version_name", metavar="VERSION")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="who answers for it: an operator")
        parser.add_argument(
            "--share", type=int, default=100, help="percent of conversations; under 100: a trial"
        )
        parser.add_argument("--override", default="", metavar="REASON", help="an admin's, against the gate")

    def run(self, *, version_name: str, by: str, share: int, override: str, **_: Any) -> None:
        version = self.version_named(version_name)
        member = self.member_called(by)
        deployment = services.deploy(version, by=member, share=share, override_reason=override)
        deploying.work_on(deployment.pk)
        deployment = Deployment.objects.get(pk=deployment.pk)
        facts = {"id": str(deployment.pk), "state": deployment.state, "stage": deployment.stage}
        if deployment.state == Job.State.FAILED:
            raise CommandError(deployment.reason)
        self.tell(
            {**facts, "version": version.name, "smoke": deployment.smoke},
            plainly=f"{version.name}: {deployment.get_stage_display() or deployment.get_state_display()}",
        )
