"""Access tokens and the receipts of what was done with them; webhooks and what was sent to them.

A delivery names its conversation and message and holds none of their words: its body is written when it is sent, so that
the log has nothing to forget when a customer is erased.
"""

import secrets
import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Conversation, Handoff, Member, Message, Site

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Scope(models.TextChoices):
    """What a token may be used for."""

    CONVERSATIONS_READ = "conversations:read", _("Read conversations")
    CONVERSATIONS_WRITE = "conversations:write", _("Write in conversations, take and resolve them")
    CONTACTS_READ = "contacts:read", _("Read customers' names and addresses")
    KNOWLEDGE_READ = "knowledge:read", _("List documents and search")
    KNOWLEDGE_WRITE = "knowledge:write", _("Add, replace and remove documents")
    ACTIONS_WRITE = "actions:write", _("Look up and propose actions, and pass on a customer's word")
    ANSWERS_WRITE = "answers:write", _("Let the assistant answer")


class Kind(models.TextChoices):
    """What a webhook can be told. `test` is sent by hand."""

    MESSAGE = "message", _("Message")
    HANDOFF = "handoff", _("A person is asked for")
    RESOLVED = "resolved", _("Resolved")
    REOPENED = "reopened", _("Resolve taken back")
    TEST = "test", _("Test")


class AccessToken(models.Model):
    """The right of another program to act at one site. The token itself is shown once and kept as a hash only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="access_tokens")
    name = models.CharField(max_length=100)
    hash = models.CharField(max_length=64, unique=True)
    beginning = models.CharField(max_length=12)  # by which people recognise it
    scopes = models.JSONField(default=list)
    # Whom it acts as: one of the site's people, or a bot of its own. Whoever leaves the site takes the tokens along.
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="access_tokens")
    is_bot = models.BooleanField(default=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    def may(self, scope: str) -> bool:
        return scope in self.scopes


class Receipt(models.Model):
    """What a request with an Idempotency-Key was answered: the same again gets the same answer, for a day."""

    token = models.ForeignKey(AccessToken, on_delete=models.CASCADE, related_name="receipts")
    key = models.CharField(max_length=64)
    request = models.CharField(max_length=64)  # a hash of method, address and body
    status = models.PositiveSmallIntegerField(null=True, blank=True)  # None: under way
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="receipt_once_per_key")]

    def __str__(self) -> str:
        return self.key


def new_signing_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


class Webhook(models.Model):
    """An address that hears what happens at a site."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="webhooks")
    address = models.CharField(max_length=1000)
    kinds = models.JSONField(default=list)
    secret = models.CharField(max_length=100, default=new_signing_secret)
    # After a rotation both secrets sign, until the old one ends.
    old_secret = models.CharField(max_length=100, blank=True)
    old_secret_until = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    is_paused_for_failing = models.BooleanField(default=False)  # by SeekDesk, and not by a person
    # While it fails: since when, how often in a row, and when it is tried again.
    failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    if TYPE_CHECKING:
        deliveries: RelatedManager["Delivery"]

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.address


class Delivery(models.Model):
    """One event on its way to one webhook. Sent at least once; `event_id` tells the same event."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        RUNNING = "running", _("Being sent")
        DONE = "done", _("Delivered")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.UUIDField(default=uuid.uuid4)
    kind = models.CharField(max_length=20, choices=Kind)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    handoff = models.ForeignKey(Handoff, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    facts = models.JSONField(
        default=dict, blank=True
    )  # when it happened: status, episode, of a resolve resolved_by
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempt = models.PositiveSmallIntegerField(default=0)  # counts claims: who sends writes under its own
    tries = models.PositiveSmallIntegerField(default=0)  # of these, since it was last sent by hand
    next_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)  # what the address answered last
    reason = models.CharField(max_length=40, blank=True)  # why it did not arrive
    response = models.TextField(blank=True)  # the beginning of the answer, at most 1 kB
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["webhook", "-created_at"], name="deliveries_of_webhook"),
            models.Index(
                fields=["webhook", "next_at"],
                condition=Q(state__in=["pending", "running"]),
                name="open_deliveries",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.event_id}"
