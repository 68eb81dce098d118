"""Another embedder for a site's knowledge, beside the one that answers until it is ready; and the way back."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from apps.conversations import embedder
from apps.conversations.shell.commanding import SiteCommand
from apps.knowledge.embedding import building
from apps.knowledge.embedding.embedders import offered
from apps.knowledge.models import EmbedderSwitch
from apps.knowledge.sentences import sentence_of

PAUSE = 1.0  # seconds between two looks


class Command(SiteCommand):
    help = "Has a worker build vectors by another embedder while people search, check them, and flip to them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "model", nargs="?", default=offered()[-1], help="as EMBEDDING_MODEL names it (default), or home"
        )
        parser.add_argument("--back", action="store_true", help="go back to the embedder before")
        parser.add_argument("--cancel", action="store_true", help="stop the change that is under way")
        parser.add_argument("--wait", action="store_true", help="until it is over, and say how far it is")
        parser.add_argument("--here", action="store_true", help="do the work in this very process")

    def run(self, *, model: str, back: bool, cancel: bool, wait: bool, here: bool, **_: Any) -> None:
        switch = self._ask(model, back=back, cancel=cancel)
        if here and not cancel:
            building.switch_embedder(switch.pk)
        switch.refresh_from_db()
        while wait and switch.is_open:
            self.progress(f"{switch.done} of {switch.total} chunks {sentence_of(switch)}".strip())
            time.sleep(PAUSE)
            switch.refresh_from_db()
        self.tell(_facts(switch), plainly=_plainly(switch))
        if switch.state == EmbedderSwitch.State.FAILED:
            raise CommandError(sentence_of(switch))

    def _ask(self, model: str, *, back: bool, cancel: bool) -> EmbedderSwitch:
        if cancel:
            return embedder.cancel(self.site, by=None)
        if back:
            return embedder.take_back(self.site, by=None)
        return embedder.change(self.site, model="" if model == embedder.HOME else model, by=None)


def _facts(switch: EmbedderSwitch) -> dict[str, Any]:
    return {
        "id": str(switch.pk),
        "model": switch.model or embedder.HOME,
        "state": switch.state,
        "done": switch.done,
        "total": switch.total,
        "reason": switch.reason,
    }


def _plainly(switch: EmbedderSwitch) -> str:
    return f"{switch.model or embedder.HOME}: {switch.state}, {switch.done} of {switch.total} chunks"
