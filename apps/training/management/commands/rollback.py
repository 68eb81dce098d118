"""What was live before is live again when this returns."""

from argparse import ArgumentParser
from typing import Any

from apps.training import services
from apps.training.commanding import ModelCommand


class Command(ModelCommand):
    help = "Brings back what answered customers before."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--by", required=True, metavar="USERNAME", help="who answers for it: an operator")

    def run(self, *, by: str, **_: Any) -> None:
        deployment = services.rollback(self.site, by=self.member_called(by).user)
        name = deployment.version.name if deployment.version else ""
        self.tell({"live": name}, plainly=f"Live now: {name or 'the base model'}")
