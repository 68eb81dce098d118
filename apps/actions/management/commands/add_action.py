"""Enters a site's actions into its registry, from a file; the same names again replace what is known of them."""

import json
import tomllib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from apps.actions import registry
from apps.actions.errors import ActionError
from apps.actions.models import Action
from apps.conversations.shell.commanding import SiteCommand

FIELDS = {"name", "title", "risk", "intent", "words", "schema", "address", "told", "is_on"}


class Command(SiteCommand):
    help = "Enters the actions of a TOML or JSON file (docs/actions.md), and prints the secret that signs each one's requests."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE")

    def run(self, *, file: Path, **_: Any) -> None:
        kept = [self.keep(row) for row in read(file)]
        facts = [
            {"name": one.name, "risk": one.risk, "secret": one.secret, "is_on": one.is_on} for one in kept
        ]
        plainly = "\n".join(f"{one.name} ({one.risk}): {one.secret}" for one in kept)
        self.tell({"actions": facts}, plainly=plainly)

    def keep(self, row: dict[str, Any]) -> Action:
        known = Action.objects.filter(site=self.site, name=row.get("name", "")).first()
        try:
            return registry.keep_action(self.site, known=known, **row)
        except ActionError as error:
            raise CommandError(f"{row.get('name', '?')}: {error.sentence}") from error
        except TypeError:
            raise CommandError("An action needs at least: name, title, address, schema.") from None


def read(file: Path) -> list[dict[str, Any]]:
    """A table `actions`; `address` before it stands for all that have none of their own."""
    text = file.read_text(encoding="utf-8")
    try:
        told = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
        rows = [dict(row) for row in told["actions"]]
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{file.name} is no list of actions: {error}") from error
    if unknown := {name for row in rows for name in row} - FIELDS:
        raise CommandError(f"{file.name} says what no action has: {', '.join(sorted(unknown))}")
    return [{"address": told.get("address", "")} | row for row in rows]
