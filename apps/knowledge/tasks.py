"""Doorbells: an id in, one call out. Rows are the truth; a bell that is lost is rung again by the sweeper.

The worker that answers them, sweeper included (one process per host is enough):

    celery -A apps.config worker -B --concurrency 2

It must be started again when it ends (supervisor's `autorestart=true`): kombu's Redis transport gives up when the broker
goes while a message is not acknowledged yet. So these tasks acknowledge when they begin; who dies is found by his lease.
Any pool will do, prefork as well: the parent never embeds, so each child loads the embedder for itself.
Uploads stand last in line on the broker, so that neither the sweepers nor a reply wait behind a thousand files.
"""

import logging
import uuid

from celery import current_app, shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from apps.knowledge import indexing, running, settling, sweeping
from apps.knowledge.models import IndexJob
from retrieval import IndexUnavailable

logger = logging.getLogger(__name__)

LAST_IN_LINE = 9  # Redis serves 0 first


@shared_task(acks_late=False)
def index_upload(job_id: str) -> None:
    indexing.index_upload(uuid.UUID(job_id))


@shared_task(acks_late=False)
def discard_vectors(knowledge_base_id: str) -> None:
    try:
        settling.settle(uuid.UUID(knowledge_base_id))
    except IndexUnavailable as error:
        logger.info("Vectors of %s are settled later: %s", knowledge_base_id, error)


@shared_task(acks_late=False)
def sweep_jobs() -> None:
    sweeping.release_lost()
    for job_id in sweeping.due_jobs():
        ring(job_id)
    for base in settling.bases_to_settle():
        settle_soon(base.pk)
    running.give_up_lost()
    for run_id in running.due_runs():
        ring_run(run_id)
    sweeping.forget_old_uploads()


@shared_task(acks_late=False)
def sweep_files() -> None:
    sweeping.forget_orphans()


def ring(job_id: uuid.UUID) -> None:
    """Tells a worker of the job. Without a broker the row waits for the sweeper."""
    try:
        index_upload.apply_async([str(job_id)], priority=LAST_IN_LINE)
    except OperationalError as error:
        logger.warning("Job %s could not be delivered and waits for the sweeper: %s", job_id, error)
    else:
        IndexJob.objects.filter(pk=job_id).update(delivered_at=timezone.now())


def ring_run(run_id: uuid.UUID) -> None:
    """By name: the task's module is for workers only. A bell that is lost is rung again by the sweeper."""
    try:
        current_app.send_task(
            "apps.knowledge.quality_tasks.do_run", [str(run_id)], priority=LAST_IN_LINE, expires=60
        )
    except OperationalError as error:
        logger.warning("Run %s waits for the sweeper: %s", run_id, error)


def settle_soon(knowledge_base_id: uuid.UUID) -> None:
    """Has left-over vectors discarded. Without a broker the sweeper sees to it."""
    try:
        discard_vectors.delay(str(knowledge_base_id))
    except OperationalError as error:
        logger.info("Vectors of %s wait for the sweeper: %s", knowledge_base_id, error)
