"""Loads the demo: sites, people and documents. Running it again brings everything up to date."""

from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from apps.conversations.shell import filling
from apps.conversations.shell.commanding import PlainCommand
from apps.conversations.shell.demo import DEMO_FOLDER, demo_folders, load_people, load_site, read_site
from apps.conversations.shell.recorded import load_recorded


class Command(PlainCommand):
    help = "Loads the demo's sites, people and documents, and prints keys, addresses and log-ins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--folder", type=Path, default=DEMO_FOLDER)

    def run(self, *, folder: Path, **_: Any) -> None:
        folders = demo_folders(folder)
        if not folders:
            raise CommandError(f"{folder} holds no demo site.")
        loaded = [self.load(one) for one in folders]
        self.tell({"sites": loaded}, plainly="\n".join(plainly(one) for one in loaded))
        if failed := [name for one in loaded for name in one["failed"]]:
            raise CommandError(f"{len(failed)} files were not indexed: {', '.join(failed[:5])}")

    def load(self, folder: Path) -> dict[str, Any]:
        site = load_site(folder)
        logins = load_people(folder, site=site)
        self.progress(f"{site.name}: {len(logins)} people")
        documents = folder / read_site(folder)["documents"]
        filled = filling.add_files(site.knowledge_base, [documents], progress=self.progress)
        filling.wait_for(filled.jobs, progress=self.progress)
        told: dict[str, Any] = filling.report(filled)
        recorded = folder / "conversations.jsonl"
        if recorded.exists() and (new := load_recorded(site, recorded)):
            self.progress(f"{site.name}: {new} recorded conversations")
        failed = [job["name"] for job in told["jobs"] if job["state"] != "done"]
        return {
            "site_key": site.key,
            "site_id": str(site.pk),
            "name": site.name,
            "page": f"{settings.PUBLIC_URL}/demo/{folder.name}/",
            "documents": len(told["documents"]),
            "logins": [asdict(login) for login in logins],
            "failed": failed + [one["name"] for one in told["refused"]],
        }


def plainly(loaded: dict[str, Any]) -> str:
    people = [f"  {one['role']:<10}{one['username']:<10}{one['password']}" for one in loaded["logins"]]
    head = f"{loaded['name']}: key {loaded['site_key']}, {loaded['documents']} documents, {loaded['page']}"
    return "\n".join([head, *people])
