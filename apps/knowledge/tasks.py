"""Doorbells: an id in, one call out. Rows are the truth; a bell that is lost is rung again by the sweeper.

The workers that answer them (one process of each per host is enough), and beat, of which there is one:

    celery -A apps.config worker --concurrency 2
    celery -A apps.config worker --queues upkeep --pool threads --concurrency 4
    celery -A apps.config beat

A worker must be started again when it ends (supervisor's `autorestart=true`): kombu's Redis transport gives up when the broker
goes while a message is not acknowledged yet. So these tasks acknowledge when they begin; who dies is found by his lease.
Any pool will do, prefork as well: the parent never embeds, so each child loads the embedder for itself.
Sweeps have a queue and a process of their own, so that none waits behind a job; they look and ring, and do no work.
Uploads stand last in line on the broker, so that a reply does not wait behind a thousand files.
"""

import logging
import uuid

from celery import current_app, shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from apps.knowledge.embedding import building, switching
from apps.knowledge.jobs import indexing, settling, sweeping
from apps.knowledge.models import EmbedderSwitch, IndexJob
from apps.knowledge.quality import running
from retrieval import IndexUnavailable

logger = logging.getLogger(__name__)

LAST_IN_LINE = 9  # Redis serves 0 first


@shared_task(acks_late=False)
def index_upload(job_id: str) -> None:
    indexing.index_upload(uuid.UUID(job_id))


@shared_task(acks_late=False)
def switch_embedder(switch_id: str) -> None:
    building.switch_embedder(uuid.UUID(switch_id))


@shared_task(acks_late=False)
def drop_retired() -> None:
    try:
        switching.drop_retired()
    except IndexUnavailable as error:
        logger.info("Collections that nobody goes back to are dropped later: %s", error)


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
    switching.release_lost()
    for switch_id in switching.due_switches():
        ring_switch(switch_id)
    running.give_up_lost()
    for run_id in running.due_runs():
        ring_run(run_id)
    sweeping.forget_old_uploads()


@shared_task(acks_late=False)
def sweep_files() -> None:
    sweeping.forget_orphans()
    if switching.retired().exists():
        drop_retired.delay()


def ring(job_id: uuid.UUID) -> None:
    """Tells a worker of the job. Without a broker the row waits for the sweeper."""
    try:
        index_upload.apply_async([str(job_id)], priority=LAST_IN_LINE)
    except OperationalError as error:
        logger.warning("Job %s could not be delivered and waits for the sweeper: %s", job_id, error)
    else:
        IndexJob.objects.filter(pk=job_id).update(delivered_at=timezone.now())


def ring_switch(switch_id: uuid.UUID) -> None:
    try:
        switch_embedder.apply_async([str(switch_id)], priority=LAST_IN_LINE)
    except OperationalError as error:
        logger.warning("Switch %s waits for the sweeper: %s", switch_id, error)
    else:
        EmbedderSwitch.objects.filter(pk=switch_id).update(delivered_at=timezone.now())


def ring_run(run_id: uuid.UUID) -> None:
    """By name: the task's module is for workers only. A bell that is lost is rung again by the sweeper."""
    try:
        current_app.send_task(
            "apps.knowledge.quality.tasks.do_run", [str(run_id)], priority=LAST_IN_LINE, expires=60
        )
    except OperationalError as error:
        logger.warning("Run %s waits for the sweeper: %s", run_id, error)


def settle_soon(knowledge_base_id: uuid.UUID) -> None:
    """Has left-over vectors discarded. Without a broker the sweeper sees to it."""
    try:
        discard_vectors.delay(str(knowledge_base_id))
    except OperationalError as error:
        logger.info("Vectors of %s wait for the sweeper: %s", knowledge_base_id, error)
