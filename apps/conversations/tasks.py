"""Doorbells: an id in, one call out. The rows say what is to be done."""

import asyncio
import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from apps.conversations.desk import alerting, assigning, letters, mailing, mention_mails
from apps.conversations.files import attaching
from apps.conversations.models import Site
from apps.conversations.replying import answering, quiet, replies, trials

logger = logging.getLogger(__name__)

EXPIRES = 10  # seconds: a bell that nobody heard is rung again by the next sweep


@shared_task
def answer(reply_id: str) -> None:
    asyncio.run(answering.run_reply(UUID(reply_id)))


@shared_task
def sweep_replies() -> None:
    """Replies whose web process died are written here, in the worker."""
    for reply_id in replies.lost().values_list("pk", flat=True):
        answer.apply_async((str(reply_id),), expires=EXPIRES)


@shared_task
def mail_letter(message_id: str) -> None:
    """A mail server that is away is asked again by a later sweep."""
    try:
        mailing.send(UUID(message_id), now=timezone.now())
    except OSError as error:
        logger.warning("A mail to a customer could not be sent: %s", error)


@shared_task
def sweep_letters() -> None:
    for letter in letters.due(now=timezone.now()):
        mail_letter.apply_async((str(letter.pk),), expires=EXPIRES)


@shared_task
def assign_waiting(site_id: str) -> None:
    assigning.assign_waiting(Site.objects.get(pk=site_id))


@shared_task
def sweep_waiting() -> None:
    """Somebody may have come, or have room again, without a bell."""
    for site in Site.objects.filter(assigns=True, conversations__status="waiting").distinct():
        assigning.assign_waiting(site)


@shared_task
def mail_alerts(member_id: str) -> None:
    """A mail server that is away is asked again by the next sweep."""
    try:
        alerting.mail_alerts(int(member_id))
    except OSError as error:
        logger.warning("Alerts could not be mailed: %s", error)


@shared_task
def mail_mentions(message_id: str) -> None:
    mention_mails.mail_mentions(UUID(message_id), now=timezone.now())


@shared_task
def sweep_mentions() -> None:
    """Whom nobody has told yet: their pause is over, they left without having looked, or a bell was not heard."""
    for message_id in mention_mails.notes_to_mail(now=timezone.now()):
        mail_mentions.apply_async((str(message_id),), expires=EXPIRES)


@shared_task
def sweep_alerts() -> None:
    """Promises that are broken, or nearly."""
    for site in Site.objects.exclude(alerts={}).exclude(targets={}):
        alerting.raise_alerts(site)


@shared_task
def sweep_quiet() -> None:
    """What was answered and then left alone counts as resolved."""
    for site in Site.objects.exclude(quiet_hours=0):
        quiet.resolve_quiet(site)


@shared_task
def forget_old_trials() -> None:
    trials.forget_old()


@shared_task
def sweep_attachments() -> None:
    """Files that nobody sent, and those that lost their row."""
    attaching.forget_unsent()
    attaching.forget_orphans()
