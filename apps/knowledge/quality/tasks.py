"""The doorbell of measurements and fits. For workers only (`CELERY_IMPORTS`): fitting brings scikit-learn along.

Web processes ring by the task's name: see `tasks.ring_run`.
"""

import asyncio
import logging
import uuid
from dataclasses import asdict

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from apps.knowledge.models import FittedFile, LabelledQuestion, QualityRun
from apps.knowledge.quality import running
from apps.knowledge.quality.fitting import example_of, fit_examples
from apps.knowledge.quality.measuring import measure, report_of
from apps.knowledge.quality.running import CannotRun, RunLost, Ticker
from apps.knowledge.searching import fit_of

logger = logging.getLogger(__name__)


@shared_task(acks_late=False)
def do_run(run_id: str) -> None:
    run = running.claim(uuid.UUID(run_id))
    if run is None:
        return
    try:
        _do(run)
    except RunLost:
        logger.info("Run %s was stopped, or taken over.", run.pk)
    except CannotRun as error:
        running.fail(run, reason=str(error))
    except Exception:  # the edge of this worker's process: its owner gets a sentence
        logger.exception("Run %s failed.", run.pk)
        running.fail(run, reason="unexpected")


def _do(run: QualityRun) -> None:
    questions = list(LabelledQuestion.objects.filter(knowledge_base=run.knowledge_base_id).order_by("pk"))
    if run.kind == QualityRun.Kind.MEASURE:
        _measure(run, questions)
    else:
        _fit(run, questions)


def _measure(run: QualityRun, questions: list[LabelledQuestion]) -> None:
    version = fit_of(run.knowledge_base_id).version
    measured = []
    tick = Ticker(run)
    for number, question in enumerate(questions, start=1):
        measured.append(asyncio.run(measure(run.knowledge_base_id, question)))
        tick(number, len(questions))
    running.finish(run, report=report_of(measured), fit_version=version)


def _fit(run: QualityRun, questions: list[LabelledQuestion]) -> None:
    start = fit_of(run.knowledge_base_id)
    examples = []
    tick = Ticker(run)
    for number, question in enumerate(questions, start=1):
        examples.append(asyncio.run(example_of(run.knowledge_base_id, question)))
        tick(number, len(questions) + 1)
    version = f"{timezone.now():%Y%m%d-%H%M%S}-{run.pk.hex[:6]}"
    fit, report = fit_examples(examples, version=version, start=start)
    with transaction.atomic():
        if running.finish(run, report={**report, "questions": len(questions)}, fit_version=start.version):
            FittedFile.objects.create(
                knowledge_base_id=run.knowledge_base_id, run=run, version=version, content=asdict(fit)
            )
