"""The registry of what a site's assistant may do, and every call of it, with what came of it."""

import secrets
import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Contact, Conversation, Locale, Message, Site

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


def new_signing_secret() -> str:
    return f"actsec_{secrets.token_urlsafe(32)}"


def new_nonce() -> str:
    return secrets.token_urlsafe(24)


class Action(models.Model):
    """One thing that a site's own service does for a customer who has logged in."""

    class Risk(models.TextChoices):
        READ = "read", _("Only reads")
        LOW = "low", _("Low: is done at once")
        CONFIRM = "confirm", _("Is confirmed by the customer first")

    class Intent(models.TextChoices):
        STATUS = "status", _("Where is my order")
        CANCEL = "cancel", _("Cancel an order")
        CHANGE_ADDRESS = "change_address", _("Change a delivery address")
        RETURN = "return", _("Return an order")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="actions")
    name = models.CharField(max_length=40)
    title = models.JSONField(default=dict)  # {locale: text}
    risk = models.CharField(max_length=10, choices=Risk, default=Risk.CONFIRM)
    intent = models.CharField(max_length=20, choices=Intent, blank=True)  # empty: by `words`
    words = models.JSONField(default=list, blank=True)
    schema = models.JSONField(default=dict)  # of what the customer must say (docs/actions.md)
    address = models.CharField(max_length=1000)
    secret = models.CharField(max_length=100, default=new_signing_secret)
    told = models.JSONField(default=dict, blank=True)  # {locale: text with {places} of the result}
    is_on = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    if TYPE_CHECKING:
        calls: RelatedManager["ActionCall"]

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="action_name_once_per_site")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_confirmed(self) -> bool:
        return self.risk == self.Risk.CONFIRM

    def title_in(self, locale: str) -> str:
        return str(self.title.get(locale) or next(iter(self.title.values()), self.name))


class ActionCall(models.Model):
    """One run of an action for one customer: proposed first where it needs their word, then run once.

    proposed ──confirmed──► running ──► done │ refused │ failed
        └──► declined │ expired
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Waits for the customer")
        RUNNING = "running", _("Under way")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused by the service")
        FAILED = "failed", _("Failed")
        DECLINED = "declined", _("Not wanted")
        EXPIRED = "expired", _("Ran out")

    # Also the idempotency key: the service that hears it twice does it once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="calls")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="action_calls")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="action_calls")
    # The message that proposed it; its card is shown there. None: it needed no confirmation.
    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, null=True, blank=True, related_name="action_call"
    )
    locale = models.CharField(max_length=10, choices=Locale, default=Locale.ENGLISH)  # what was spoken
    nonce = models.CharField(max_length=40, unique=True, default=new_nonce)
    arguments = models.JSONField(default=dict)
    seal = models.CharField(max_length=64)  # over what was shown: nothing else is ever sent
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=40, blank=True)  # why it was refused or failed
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    result = models.JSONField(default=dict, blank=True)
    text = models.TextField(blank=True)  # what the customer was told of it
    created_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["conversation", "-created_at"], name="calls_of_conversation"),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="running_calls"),
        ]

    def __str__(self) -> str:
        return f"{self.action_id} · {self.state}"

    @property
    def has_run_out(self) -> bool:
        """Nobody confirmed it in time; a row may say so only later."""
        late = self.expires_at is not None and self.expires_at <= timezone.now()
        return self.state == self.State.EXPIRED or (self.state == self.State.PROPOSED and late)

    @property
    def state_now(self) -> str:
        return self.State.EXPIRED if self.has_run_out else self.state
