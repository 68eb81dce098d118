"""Facts of episodes, as they were derived; how far that came; and a site's prices.

No rate stands here, and nothing that a customer said: every row can be derived anew from its conversation.
"""

from django.db import models
from django.db.models import Q

from apps.conversations.models import Conversation, Handoff, Locale, Resolution, Site

SHARED = ["language", "intent", "model"]
ON_START = ["handoff_reason", "resolved_at", "first_reply_seconds", "person_seconds"]
ON_RESOLVE = [
    "resolved_by",
    "resolved_at",
    "reopened_at",
    "resolution_seconds",
    "tokens_in",
    "tokens_out",
    "model_seconds",
    "assistant_score",
    "agent_score",
]


class Episode(models.Model):
    """One conversation from its first message, or a reopening, until it is resolved. Days are the site's own."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    language = models.CharField(max_length=10, choices=Locale)
    intent = models.CharField(max_length=200, blank=True)  # empty: not known
    model = models.CharField(max_length=100, blank=True)  # the last that wrote; empty: none did

    started_at = models.DateTimeField()
    started_on = models.DateField()
    first_reply_seconds = models.FloatField(null=True, blank=True)  # by whomever
    handoff_reason = models.CharField(max_length=20, choices=Handoff.Reason, blank=True)  # of the first
    person_seconds = models.FloatField(null=True, blank=True)  # from that wish to a person's first word

    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_on = models.DateField(null=True, blank=True)
    resolved_by = models.CharField(max_length=10, choices=Resolution.Part, blank=True)
    resolution_seconds = models.FloatField(null=True, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)  # by the customer, within seven days

    tokens_in = models.PositiveBigIntegerField(default=0)
    tokens_out = models.PositiveBigIntegerField(default=0)
    model_seconds = models.FloatField(default=0)
    assistant_score = models.PositiveSmallIntegerField(null=True, blank=True)
    agent_score = models.PositiveSmallIntegerField(null=True, blank=True)

    derived_from = models.DateTimeField()  # the conversation's `changed_at` then

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "number"], name="episode_once"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolved_by="")
                | Q(resolved_at__isnull=False, resolved_on__isnull=False),
                name="resolved_episode_has_day",
            ),
        ]
        indexes = [
            # They hold all that is counted: a month is read from the index alone, in order.
            models.Index(fields=["site", "started_on", *ON_START, *SHARED], name="episode_started"),
            models.Index(fields=["site", "resolved_on", *ON_RESOLVE, *SHARED], name="episode_resolved"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} · {self.number}"


class NumbersSweep(models.Model):
    """How far a site's changes were derived."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="+")
    busy_until = models.DateTimeField(null=True, blank=True)  # lease: one worker at a time
    swept_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.site} · {self.swept_at}"


class Prices(models.Model):
    """What a site pays for its model. All zero: nothing is said of cost."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="prices")
    currency = models.CharField(max_length=3, default="EUR")
    per_million_in = models.DecimalField(max_digits=12, decimal_places=4, default=0)
    per_million_out = models.DecimalField(max_digits=12, decimal_places=4, default=0)
    per_model_second = models.DecimalField(max_digits=12, decimal_places=6, default=0)

    def __str__(self) -> str:
        return f"{self.site} · {self.currency}"
