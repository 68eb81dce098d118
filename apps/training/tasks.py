"""Doorbells: an id in, one call out. Rows are the truth; a bell that is lost is rung again by the sweeper.

Runs go to the queue `training`, one at a time, and may take hours:

    celery -A apps.config worker --queues training --concurrency 1

Deployments go to the default queue and sweeps to their own, so that none of them waits behind a training.
"""

import logging
import threading
import uuid

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from apps.conversations.models import Site
from apps.training import deploying, forgetting, guarding, proposing, running, serving, sweeping
from apps.training.models import Deployment, TrainingRun

logger = logging.getLogger(__name__)
_bringing_back = threading.Lock()


@shared_task(acks_late=False)
def train(run_id: str) -> None:
    running.work_on(uuid.UUID(run_id))


@shared_task(acks_late=False)
def deploy(deployment_id: str) -> None:
    deploying.work_on(uuid.UUID(deployment_id))


@shared_task
def cut_out(erasure_id: str) -> None:
    forgetting.cut_out(uuid.UUID(erasure_id))


@shared_task(acks_late=False)
def sweep_models() -> None:
    sweeping.release_lost()
    for run_id in sweeping.due(TrainingRun):
        ring_run(run_id)
    for deployment_id in sweeping.due(Deployment):
        ring_deployment(deployment_id)
    for erasure_id in forgetting.due():
        cut_out.delay(str(erasure_id))
    guarding.stop_bad_trials()
    bring_back()


def bring_back() -> None:
    """Loading takes minutes on a small host: the sweeps that come meanwhile leave it to the one that is at it."""
    if not _bringing_back.acquire(blocking=False):
        return
    try:
        serving.keep_loaded()
    except serving.ServerDown as error:
        logger.info("What is live is looked for later: %s", error)
    finally:
        _bringing_back.release()


@shared_task(acks_late=False)
def propose_runs() -> None:
    for site in Site.objects.all():
        proposing.propose_run(site)


def ring_run(run_id: uuid.UUID) -> None:
    """Tells a trainer of the run. Without a broker the row waits for the sweeper."""
    try:
        train.apply_async([str(run_id)])
    except OperationalError as error:
        logger.warning("Run %s waits for the sweeper: %s", run_id, error)
    else:
        TrainingRun.objects.filter(pk=run_id).update(delivered_at=timezone.now())


def ring_deployment(deployment_id: uuid.UUID) -> None:
    try:
        deploy.apply_async([str(deployment_id)])
    except OperationalError as error:
        logger.warning("Deployment %s waits for the sweeper: %s", deployment_id, error)
    else:
        Deployment.objects.filter(pk=deployment_id).update(delivered_at=timezone.now())
