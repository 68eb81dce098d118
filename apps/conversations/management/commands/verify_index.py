"""Compares a site's rows, vectors and word index."""

from typing import Any

from django.core.management.base import CommandError

from apps.conversations.shell.commanding import SiteCommand
from apps.knowledge import services


class Command(SiteCommand):
    help = "Compares what SQL, Chroma and the word index hold; exit code 1 when they differ."

    def run(self, **_: Any) -> None:
        report = services.verify(self.site.knowledge_base)
        counts = f"{report.store} chunks, {report.vectors} vectors, {report.words} in the word index"
        self.tell(report.as_dict(), plainly="\n".join([counts, *report.problems]))
        if not report.ok:
            raise CommandError(
                f"{report.problems[0]} `manage.py rebuild_index --site {self.site.key}` puts it right."
            )
