"""The work on a change of the embedder: a collection is filled beside the one that answers, checked, and flipped to.

People search and documents change all the while. What changed is followed by revision, and the flip happens only at the
very revision that was followed to; so what answers after it is what answered before it. Killed anywhere, another worker
embeds only what is missing. No model and no server is asked anything inside a transaction.
"""

import logging
import uuid
from collections.abc import Sequence
from datetime import timedelta

from apps.knowledge import searching
from apps.knowledge.embedding import embedders, switching
from apps.knowledge.jobs import leasing
from apps.knowledge.jobs.leasing import Heartbeat, LeaseLost
from apps.knowledge.jobs.replacing import in_batches
from apps.knowledge.models import Collection, EmbedderSwitch
from retrieval import Chunk, EmbedderRefuses, IndexUnavailable, KnowledgeIndex

logger = logging.getLogger(__name__)

Stage = EmbedderSwitch.Stage
STEP = 16  # chunks embedded between two looks at whether to stop


class NotAlike(Exception):
    """The new collection does not hold what it should."""


def switch_embedder(switch_id: uuid.UUID) -> None:
    """Does the change if it is due and nobody else has it, and writes down how it ended."""
    switch = leasing.claim_switch(switch_id)
    if switch is None:
        logger.info("Switch %s is not due, or somebody else's.", switch_id)
        return
    try:
        with Heartbeat(switch) as heartbeat:
            _Build(switch, heartbeat=heartbeat).run()
    except LeaseLost:
        logger.info("Switch %s was cancelled, or taken over by another worker.", switch.pk)
    except NotAlike as error:
        logger.error("Switch %s was not checked out: %s", switch.pk, error)
        switching.fail(switch, reason_code="not_alike")
    except EmbedderRefuses as error:
        logger.warning("Switch %s: %s", switch.pk, error)
        switching.fail(switch, reason_code="embedder_refuses")
    except IndexUnavailable as error:
        logger.warning("Switch %s waits: %s", switch.pk, error)
        leasing.wait_for_store(switch)
    except Exception:  # the edge of this worker's process: whatever it was, its owner gets a sentence
        logger.exception("Switch %s failed.", switch.pk)
        _try_again_or_fail(switch)


class _Build:
    def __init__(self, switch: EmbedderSwitch, *, heartbeat: "Heartbeat[EmbedderSwitch]") -> None:
        self.switch, self.heartbeat = switch, heartbeat
        self.index = _index_of(switch)
        self.done = self.total = 0

    def run(self) -> None:
        revision = self.fill()
        is_checked = False
        while not (is_checked and switching.flip(self.switch, revision=revision, total=self.total)):
            revision = self.follow(revision)
            is_checked = is_checked or self.check(revision)

    def fill(self) -> int:
        """Brings in what is live and missing, takes out what is not live; returns the revision that was aimed at."""
        revision = self.index.store.revision()
        live, here = set(self.index.store.live_ids()), set(self.index.vectors.ids())
        self.index.discard(sorted(here - live))
        self.total, self.done = len(live), len(live & here)
        for ids in in_batches(sorted(live - here), size=STEP):
            self.add(list(self.index.store.get(ids).values()))
        return revision

    def follow(self, revision: int) -> int:
        """What changed since; returns the revision reached."""
        changes = self.index.store.changes_since(revision)
        for gone in in_batches(changes.gone):
            self.index.discard(gone)
        for chunks in in_batches(changes.live, size=STEP):
            self.total += len(chunks)
            self.add(chunks)
        return changes.revision

    def add(self, chunks: Sequence[Chunk]) -> None:
        self.tell(Stage.EMBEDDING)
        self.index.add(chunks)
        self.done = min(self.done + len(chunks), self.total)

    def check(self, revision: int) -> bool:
        """Ids, counts, and the vectors of a sample. What differs because something changed meanwhile is no fault."""
        self.tell(Stage.CHECKING)
        report = self.index.verify()
        if not report.ok and self.index.store.revision() == revision:
            raise NotAlike(report.problems[0])
        return report.ok

    def tell(self, stage: Stage) -> None:
        self.heartbeat.move(stage=stage, done=self.done, total=self.total)


def _index_of(switch: EmbedderSwitch) -> KnowledgeIndex:
    """The index that is being built. How long the model's vectors are is asked once, and then held against it."""
    collection = switch.collection
    if collection is None:
        raise RuntimeError(f"Switch {switch.pk} has lost its collection.")
    if not collection.dimensions:
        collection.dimensions = embedders.ask_dimensions(collection.model)
        Collection.objects.filter(pk=collection.pk).update(dimensions=collection.dimensions)
    return searching.make_index(switch.knowledge_base_id, collection=collection)


def _try_again_or_fail(switch: EmbedderSwitch) -> None:
    if switch.tries >= EmbedderSwitch.MAX_TRIES:
        switching.fail(switch, reason_code="unexpected")
    else:
        leasing.give_back(switch, after=timedelta(seconds=10), reason_code="")
