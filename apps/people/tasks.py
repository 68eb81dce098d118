"""Doorbells: an id in, one call out. A mail that no worker can be asked for is sent here."""

import logging
from uuid import UUID

from celery import shared_task
from kombu.exceptions import OperationalError

from apps.people import data_jobs, inviting
from apps.people.models import Invitation

logger = logging.getLogger(__name__)

EXPIRES = 10  # seconds: a bell that nobody heard is rung again by the next sweep


@shared_task(autoretry_for=(OSError,), retry_backoff=30, max_retries=8)
def mail_invitation(invitation_id: str) -> None:
    invitation = Invitation.objects.select_related("site", "by").get(pk=UUID(invitation_id))
    if invitation.accepted_at is None and invitation.revoked_at is None:
        inviting.mail(invitation)


def ring_invitation(invitation_id: UUID) -> None:
    """The link stands on the page as well: a mail that does not go out holds nobody up."""
    try:
        mail_invitation.delay(str(invitation_id))
    except OperationalError:
        try:
            mail_invitation(str(invitation_id))
        except OSError as error:
            logger.warning("An invitation could not be mailed: %s", error)


@shared_task
def run_data_job(job_id: str) -> None:
    data_jobs.run(UUID(job_id))


@shared_task
def sweep_data_jobs() -> None:
    """Exports and erasures that were lost with their bell or their worker, and files whose time is over."""
    data_jobs.give_up_lost()
    data_jobs.forget_old_files()
    for job_id in data_jobs.due_jobs():
        run_data_job.apply_async((str(job_id),), expires=EXPIRES)
