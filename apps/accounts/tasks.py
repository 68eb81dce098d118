"""Doorbells: an id in, one mail out. Without a broker the mail is sent by whoever would have rung."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

from apps.accounts import passwords
from apps.accounts.models import User

logger = logging.getLogger(__name__)


@shared_task(autoretry_for=(OSError,), retry_backoff=30, max_retries=5)
def mail_reset(user_id: int) -> None:
    passwords.mail_reset(User.objects.get(pk=user_id))


def ring_reset(user_id: int) -> None:
    try:
        mail_reset.delay(user_id)
    except OperationalError:
        try:
            mail_reset(user_id)
        except OSError as error:
            logger.warning("A mail could not be sent: %s", error)
