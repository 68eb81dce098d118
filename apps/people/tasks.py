"""Doorbells: an id in, one call out. A mail that no worker can be asked for is sent here."""

import logging
from uuid import UUID

from celery import shared_task
from kombu.exceptions import OperationalError

from apps.people import inviting
from apps.people.models import Invitation

logger = logging.getLogger(__name__)


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
