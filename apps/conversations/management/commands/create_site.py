"""Founds a site: a brand that customers write to."""

from argparse import ArgumentParser
from typing import Any

from apps.conversations import services
from apps.conversations.models import Locale
from apps.conversations.shell.commanding import PlainCommand


class Command(PlainCommand):
    help = "Founds a site and prints the key for its script tag."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name")
        parser.add_argument("--locale", choices=Locale.values, default=Locale.ENGLISH)
        parser.add_argument(
            "--origin",
            action="append",
            default=[],
            metavar="URL",
            help="where its widget may be embedded; can be given more than once; none: nowhere",
        )

    def run(self, *, name: str, locale: str, origin: list[str], **_: Any) -> None:
        site = services.create_site(name=name, locale=locale, origins=origin)
        facts = {
            "site_key": site.key,
            "site_id": str(site.pk),
            "name": site.name,
            "locale": site.locale,
            "origins": site.origins,
            "identity_secret": site.identity_secret,
        }
        self.tell(facts, plainly=f"{site.name}: {site.key}")
