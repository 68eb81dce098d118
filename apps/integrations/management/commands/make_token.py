"""An access token for another program."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from apps.conversations.shell.commanding import SiteCommand
from apps.integrations import tokens
from apps.integrations.errors import IntegrationError
from apps.integrations.models import Scope


class Command(SiteCommand):
    help = "Makes an access token and prints it, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", help="what it is for; what it writes stands under this name")
        parser.add_argument(
            "--scope", action="append", required=True, choices=Scope.values, help="may be given several times"
        )

    def run(self, *, name: str, scope: list[str], **_: Any) -> None:
        try:
            row, text = tokens.make_token(self.site, name=name, scopes=scope)
        except IntegrationError as error:
            raise CommandError(str(error)) from error
        self.tell({"id": str(row.pk), "name": row.name, "scopes": row.scopes, "token": text}, plainly=text)
