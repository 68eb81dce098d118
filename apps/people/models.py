"""What is remembered of a site's people: whom they invited, and what the site asks of them."""

import secrets
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Member, Site

VALID = timedelta(days=7)


def new_serial() -> str:
    return secrets.token_urlsafe(9)


def a_week_from_now() -> datetime:
    return timezone.now() + VALID


class Invitation(models.Model):
    """To join a site in a role, once. Its link is signed and names the serial: a new serial makes the old link void."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=150)  # becomes the user name, which is no longer
    role = models.CharField(max_length=10, choices=Member.Role)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    serial = models.CharField(max_length=20, default=new_serial)
    expires_at = models.DateTimeField(default=a_week_from_now)
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "email"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="one_open_invitation_per_address",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} → {self.site}"

    @property
    def is_over(self) -> bool:
        return self.expires_at <= timezone.now()


class DataJob(models.Model):
    """An export or an erasure of a customer's data, as an admin asked for it. A worker does it.

    It names the customer by a bare id: it is no part of what is kept of them, and stays when they are gone.
    """

    class Kind(models.TextChoices):
        EXPORT = "export", _("Export")
        ERASURE = "erasure", _("Erasure")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        RUNNING = "running", _("Under way")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    OPEN_STATES = (State.PENDING, State.RUNNING)
    MAX_TRIES = 3

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="data_jobs")
    kind = models.CharField(max_length=10, choices=Kind)
    contact_id = models.UUIDField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    address = models.CharField(max_length=45, blank=True)  # from which it was asked for
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)  # conversations
    total = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=40, blank=True)  # why it failed
    file = models.CharField(max_length=100, blank=True)  # the storage's name of an export, while there is one
    expires_at = models.DateTimeField(null=True, blank=True)  # when the file goes
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "contact_id", "kind"],
                condition=Q(state__in=("pending", "running")),
                name="one_open_data_job",
            )
        ]
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(state__in=("pending", "running")), name="data_job_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.contact_id}: {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES

    @property
    def is_offered(self) -> bool:
        """Whether there is a file to take."""
        return self.state == self.State.DONE and bool(self.file) and not self.is_expired

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()


class SiteRule(models.Model):
    """What a site asks of its members."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="rule")
    requires_second_factor = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.site}"
