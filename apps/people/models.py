"""What is remembered of a site's people: whom they invited, and what the site asks of them."""

import secrets
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

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


class SiteRule(models.Model):
    """What a site asks of its members."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="rule")
    requires_second_factor = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.site}"
