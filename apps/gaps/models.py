"""What the product remembers of questions that were asked in vain, and of the groups that they make.

A question belongs to the message that it was asked in and goes with it; its text holds no personal data. Groups are a
site's own: no question is ever compared with those of another.
"""

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Message, Site
from apps.knowledge.models import Faq

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager


class GapSweep(models.Model):
    """How far a site's conversations were looked through. Whoever changes its groups locks this row first."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="gap_sweep")
    busy_until = models.DateTimeField(null=True, blank=True)  # lease: one worker at a time
    swept_at = models.DateTimeField(null=True, blank=True)
    whole_at = models.DateTimeField(null=True, blank=True)  # when all of the history was last looked through

    def __str__(self) -> str:
        return f"{self.site} · {self.swept_at}"


class Gap(models.Model):
    """Questions of one meaning. It keeps its id and its name, whatever questions come to it."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ANSWERED = "answered", _("Answered")
        DISMISSED = "dismissed", _("Dismissed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="gaps")
    name = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    closed_at = models.DateTimeField(
        null=True, blank=True
    )  # answered or dismissed: what is asked later counts anew
    # Sums of its questions' vectors, and the embedder that they are of: one sum, and one more for what people merged.
    centres = models.BinaryField(default=bytes)
    embedded_by = models.CharField(max_length=8, blank=True)
    faq = models.ForeignKey(Faq, on_delete=models.SET_NULL, null=True, blank=True, related_name="gaps")
    # The version of the FAQ after which its questions were asked again; 0: not yet.
    checked_version = models.PositiveIntegerField(default=0)
    checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    if TYPE_CHECKING:
        questions: RelatedManager["GapQuestion"]

    class Meta:
        indexes = [models.Index(fields=["site", "state"])]

    def __str__(self) -> str:
        return self.name


class GapQuestion(models.Model):
    """A question as it was asked, standing alone, and why it counts as asked in vain."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="gap_questions")
    gap = models.ForeignKey(
        Gap, on_delete=models.SET_NULL, null=True, blank=True, related_name="questions", db_index=False
    )
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="gap_question")
    text = models.CharField(max_length=500)
    language = models.CharField(max_length=2)
    asked_at = models.DateTimeField()
    no_evidence = models.BooleanField(default=False)
    thumb_down = models.BooleanField(default=False)
    thumb_reason = models.CharField(max_length=40, blank=True)
    to_person = models.BooleanField(default=False)
    vector = models.BinaryField(default=bytes)
    embedded_by = models.CharField(max_length=8, blank=True)
    # What a person answered in the same conversation, as far as it was looked through (a `seq`).
    answer = models.TextField(blank=True)
    answered_in = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    answer_closeness = models.FloatField(default=0)
    looked_until = models.PositiveIntegerField(default=0)
    is_answered = models.BooleanField(null=True, blank=True)  # what came of asking it again; None: not asked

    class Meta:
        ordering = ["-asked_at"]
        indexes = [
            models.Index(fields=["gap", "-asked_at"]),
            models.Index(fields=["site", "embedded_by"]),
        ]

    def __str__(self) -> str:
        return self.text[:60]
