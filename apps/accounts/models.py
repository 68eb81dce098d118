"""People who log in. What they may do is decided by their membership of a site (`conversations.Member`)."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    locale = models.CharField(
        max_length=10, blank=True, help_text="Language of the dashboard; empty: the browser's."
    )
    mails_mentions = models.BooleanField(
        default=True, help_text="Mail to whoever is named in a note and has no page open."
    )

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username


class SecondFactor(models.Model):
    """An authenticator that makes one-time passwords. Counts from `confirmed_at` on: before, it was only shown."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    sealed_secret = models.TextField()  # not readable without the server's key
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(
        default=0
    )  # of the last code that was accepted: none up to it counts again
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.user} · {'on' if self.confirmed_at else 'shown'}"


class RecoveryCode(models.Model):
    """For the day on which the authenticator is lost; good for one log-in."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"{self.user} · {'used' if self.used_at else 'unused'}"


class Device(models.Model):
    """A browser in which a person is logged in: its session, and what it said of itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="devices")
    session_key = models.CharField(max_length=40, unique=True)
    agent = models.CharField(max_length=300, blank=True)  # the User-Agent header
    address = models.CharField(max_length=45, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return f"{self.user} · {self.address}"
