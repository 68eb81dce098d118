"""Makes a site's vectors and word index anew from its rows."""

from typing import Any

from django.core.management.base import CommandError

from apps.conversations.shell.commanding import SiteCommand
from apps.knowledge import services


class Command(SiteCommand):
    help = "Makes vectors and word index anew from SQL, while people go on searching."

    def run(self, **_: Any) -> None:
        report = services.rebuild(
            self.site.knowledge_base, progress=lambda done, total: self.progress(f"{done} of {total} chunks")
        )
        self.tell(report.as_dict(), plainly=f"{report.store} chunks indexed anew")
        if not report.ok:
            raise CommandError(report.problems[0])
