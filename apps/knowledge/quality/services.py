"""What people ask for about retrieval's quality: measure, fit, stop, apply, go back. Check, write, enqueue."""

from functools import partial

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.knowledge import tasks
from apps.knowledge.jobs.replacing import lock
from apps.knowledge.models import FittedFile, KnowledgeBase, LabelledQuestion, QualityRun
from apps.knowledge.quality import running
from apps.knowledge.services import KnowledgeError


class CannotMeasure(KnowledgeError):
    """There is nothing to measure by, or another run is under way."""


def start_run(base: KnowledgeBase, *, kind: QualityRun.Kind) -> QualityRun:
    with transaction.atomic():
        lock(base.pk)
        if not LabelledQuestion.objects.filter(knowledge_base=base).exists():
            raise CannotMeasure(
                "no_labels", _("There are no labelled questions yet. Add or import some first.")
            )
        if QualityRun.objects.filter(knowledge_base=base, state__in=QualityRun.OPEN_STATES).exists():
            raise CannotMeasure("run_open", _("Another run is under way. Wait for it, or stop it."))
        run = QualityRun.objects.create(knowledge_base=base, kind=kind)
        transaction.on_commit(partial(tasks.ring_run, run.pk))
    return run


def stop_run(run: QualityRun) -> None:
    if not running.cancel(run):
        raise CannotMeasure("already_over", _("This run was over already."))


def apply_fit(fitted: FittedFile) -> None:
    """From the next search on, in every process."""
    KnowledgeBase.objects.filter(pk=fitted.knowledge_base_id).update(fit=fitted)


def use_shipped_fit(base: KnowledgeBase) -> None:
    KnowledgeBase.objects.filter(pk=base.pk).update(fit=None)
