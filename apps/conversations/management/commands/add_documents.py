"""Indexes files and folders for a site's assistant."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from apps.conversations.shell import filling
from apps.conversations.shell.commanding import SiteCommand


class Command(SiteCommand):
    help = "Adds files and folders to a site's knowledge base. The same name again is a new version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--wait", action="store_true", help="until all of it can be found")

    def run(self, *, paths: list[Path], wait: bool, **_: Any) -> None:
        filled = filling.add_files(self.site.knowledge_base, paths, progress=self.progress)
        if wait:
            filling.wait_for(filled.jobs, progress=self.progress)
        facts: dict[str, Any] = filling.report(filled)
        self.tell(facts, plainly=plainly(facts))
        failed = [job["name"] for job in facts["jobs"] if job["state"] == "failed"]
        failed += [one["name"] for one in facts["refused"]]
        if failed:
            raise CommandError(f"{len(failed)} files were not indexed: {', '.join(failed[:5])}")


def plainly(facts: dict[str, Any]) -> str:
    lines = [f"{job['state']:<10}{job['name']}  {job['reason']}".rstrip() for job in facts["jobs"]]
    lines += [f"refused   {one['name']}  {one['message']}" for one in facts["refused"]]
    return "\n".join(lines)
