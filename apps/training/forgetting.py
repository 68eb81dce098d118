"""A customer who was erased is in no dataset: not in one that is taken from now on, and not in those that lie there.

Rows are cut out of the files of finished runs; what a model has learnt stays learnt. A run that is not finished collects
its conversations anew when it goes on. Nothing of it happens in a request: the rows of `Erasure` are the work.
"""

import os
import shutil
from collections.abc import Collection, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.utils import timezone

from apps.conversations.changes import later
from apps.conversations.live import bells
from apps.conversations.models import Site
from apps.training.models import Erasure, Job, TrainingRun
from apps.training.running import PROCESS
from apps.training.sentences import in_english

CUT_OUT = "apps.training.tasks.cut_out"
GRACE = timedelta(seconds=5)  # between a commit and the bell that follows it
MADE_OF_DATA = ("dataset", "checkpoints", "adapter", "evaluation")  # folders of a run


def remember(site: Site, *, contact_id: UUID, conversations: Collection[UUID]) -> Erasure:
    names = [str(one) for one in conversations]
    erasure = Erasure.objects.create(site=site, contact_id=contact_id, conversations=names)
    later(bells.ring, CUT_OUT, erasure.pk)
    return erasure


def due() -> list[UUID]:
    """Those whose bell was lost, or that wait for a process to end."""
    waiting = Erasure.objects.filter(done_at=None, created_at__lt=timezone.now() - GRACE)
    return list(waiting.order_by("created_at").values_list("pk", flat=True)[:50])


def runs_with(site: Site, *, names: Sequence[str]) -> list[int]:
    """Numbers of the runs in whose files one of the names stands."""
    runs = TrainingRun.objects.filter(site=site).order_by("number")
    return [run.number for run in runs if _files_with(names, folder=run.folder)]


def cut_out(erasure_id: UUID) -> None:
    erasure = Erasure.objects.select_related("site").get(pk=erasure_id)
    names = [str(erasure.contact_id), *erasure.conversations]
    cut = [_cut_from(run, names=names) for run in TrainingRun.objects.filter(site=erasure.site)]
    if all(cut):
        Erasure.objects.filter(pk=erasure.pk).update(done_at=timezone.now(), conversations=[])


def _cut_from(run: TrainingRun, *, names: Sequence[str]) -> bool:
    """Whether nothing can come back: the process of a cancelled run takes some seconds to end."""
    found = _files_with(names, folder=run.folder)
    if run.state == Job.State.DONE:
        for path in found:
            _rewrite(path, without=names)
        return True
    if found:
        _begin_anew(run)
    stopped = bool(found) or run.reason_code == "contact_erased"
    return not (stopped and (run.folder / PROCESS).exists())


def _begin_anew(run: TrainingRun) -> None:
    TrainingRun.objects.filter(pk=run.pk, state__in=Job.OPEN_STATES).update(
        state=Job.State.CANCELLED,
        reason_code="contact_erased",
        reason=in_english("contact_erased"),
        finished_at=timezone.now(),
        lease_until=None,
    )
    TrainingRun.objects.filter(pk=run.pk).update(steps={}, dataset=None)
    for name in MADE_OF_DATA:
        shutil.rmtree(run.folder / name, ignore_errors=True)


def _files_with(names: Sequence[str], *, folder: Path) -> list[Path]:
    wanted = [name.encode() for name in names]
    return [path for path in sorted(folder.rglob("*.jsonl")) if _stands_in(path, wanted)]


def _stands_in(path: Path, wanted: Sequence[bytes]) -> bool:
    with path.open("rb") as file:
        return any(name in line for line in file for name in wanted)


def _rewrite(path: Path, *, without: Sequence[str]) -> None:
    wanted = [name.encode() for name in without]
    draft = path.with_name(f"{path.name}.without")
    with path.open("rb") as file, draft.open("wb") as kept:
        kept.writelines(line for line in file if not any(name in line for name in wanted))
    os.replace(draft, path)
