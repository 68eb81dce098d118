"""What is remembered of models: datasets, runs, evaluations, versions, deployments, and who decided what.

    Dataset ─► TrainingRun ─► Evaluation        Erasure: who must be in none of it
                   └────────► ModelVersion ─► Deployment

What a run made lies in its folder; these rows are the truth about what is going on and about what happened.
"""

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Site

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Job(models.Model):
    """Work with a lease. Celery only carries its id; a worker claims it by `attempt`."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        PENDING = "pending", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    MAX_TRIES = 3
    OPEN_STATES = (State.PENDING, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempt = models.PositiveIntegerField(default=0)  # counts claims: a worker writes only under its own
    tries = models.PositiveSmallIntegerField(default=0)  # attempts that count towards MAX_TRIES
    delivered_at = models.DateTimeField(null=True, blank=True)  # when the broker last took its id
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)  # back-off
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES

    @property
    def tone(self) -> str:
        return {
            "done": "ready", "failed": "bad", "cancelled": "", "running": "agent", "proposed": "waiting",
        }.get(self.state, "waiting")  # fmt: skip


class Dataset(models.Model):
    """Conversations as they were when a run took them. Frozen: their hash names them."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="datasets")
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    contacts = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=dict, blank=True)  # why → how many
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.sha256[:12]} · {self.rows}"


class Erasure(models.Model):
    """A customer of whom no dataset may hold a row, and whether those that lie there were gone through."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="erasures")
    contact_id = models.UUIDField()
    conversations = models.JSONField(default=list, blank=True)  # ids, until the work is done
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "contact_id"], name="erased_once")]

    def __str__(self) -> str:
        return f"{self.contact_id} · {'done' if self.done_at else 'waiting'}"


class TrainingRun(Job):
    """One way from conversations to a judged model, through the steps of `running.STEPS`."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField()
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    profile = models.CharField(max_length=80)
    # What to learn from: since (ISO date or ""), consent ("given" or "not_refused"), cap (a contact), only (ids).
    source = models.JSONField(default=dict, blank=True)
    config = models.TextField(blank=True)  # config.toml, as it was checked
    dataset = models.ForeignKey(
        Dataset, on_delete=models.SET_NULL, null=True, blank=True, related_name="runs"
    )
    step = models.CharField(max_length=20, blank=True)  # under way
    steps = models.JSONField(default=dict, blank=True)  # finished: name → {"seconds", "skipped"?}
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    sentence = models.CharField(max_length=300, blank=True)
    predicted = models.JSONField(default=dict, blank=True)  # seconds, memory_mb

    if TYPE_CHECKING:
        evaluation: "Evaluation"
        version: "ModelVersion"

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["site", "number"], name="run_number_once_per_site")]
        indexes = [models.Index(fields=["state", "lease_until"], name="run_by_lease")]

    def __str__(self) -> str:
        return f"{self.site} · {self.number}"

    @property
    def folder(self) -> Path:
        """Only ids of ours reach the disk."""
        return Path(settings.TRAINING_DIR) / str(self.site_id) / str(self.pk)


class Evaluation(models.Model):
    """Champion and challenger on the same frozen questions, and what the gate made of it."""

    run = models.OneToOneField(TrainingRun, on_delete=models.CASCADE, related_name="evaluation")
    champion = models.CharField(max_length=100)
    challenger = models.CharField(max_length=100)
    questions = models.PositiveIntegerField(default=0)
    passed = models.BooleanField()
    reasons = models.JSONField(default=list, blank=True)
    metrics = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.challenger}: {'passed' if self.passed else 'refused'}"


class ModelVersion(models.Model):
    """An adapter under the name that it is served by."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="model_versions")
    run = models.OneToOneField(TrainingRun, on_delete=models.PROTECT, related_name="version")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=100, unique=True)
    base = models.CharField(max_length=200)
    manifest_sha256 = models.CharField(max_length=64)  # the adapter that was judged, and no other
    created_at = models.DateTimeField(auto_now_add=True)

    if TYPE_CHECKING:
        deployments: RelatedManager["Deployment"]

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["site", "number"], name="version_number_once_per_site")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def folder(self) -> Path:
        return self.run.folder / "adapter"


class Deployment(Job):
    """A version (None: the base model) on its way to customers, or what became of it."""

    class Kind(models.TextChoices):
        DEPLOY = "deploy", _("Deployment")
        ROLLBACK = "rollback", _("Rollback")

    class Stage(models.TextChoices):
        CHECKING = "checking", _("Checking the files")
        LOADING = "loading", _("Loading into the model server")
        SMOKE = "smoke", _("Asking test questions")
        TRIAL = "trial", _("On trial")
        LIVE = "live", _("Live")
        REPLACED = "replaced", _("Replaced")
        STOPPED = "stopped", _("Stopped")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="deployments")
    version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="deployments"
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.DEPLOY)
    stage = models.CharField(max_length=10, choices=Stage, blank=True)
    share = models.PositiveSmallIntegerField(default=100)  # percent of conversations; under 100: a trial
    previous = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )  # what it replaced
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    override_reason = models.TextField(blank=True)
    smoke = models.JSONField(default=list, blank=True)  # the test questions and their answers

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["site"],
                condition=Q(state__in=["pending", "running"]),
                name="one_deployment_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version or 'base'}"


class AuditEntry(models.Model):
    """Who decided what about the models of a site. Only ever added to."""

    class Action(models.TextChoices):
        RUN_STARTED = "run_started", _("started a run")
        RUN_CANCELLED = "run_cancelled", _("cancelled a run")
        RUN_PROPOSED = "run_proposed", _("proposed a run")
        DEPLOY_ASKED = "deploy_asked", _("asked for a deployment")
        GATE_OVERRIDDEN = "gate_overridden", _("overrode the gate")
        WENT_LIVE = "went_live", _("put a model live")
        TRIAL_STARTED = "trial_started", _("started a trial")
        TRIAL_STOPPED = "trial_stopped", _("stopped a trial")
        DEPLOY_FAILED = "deploy_failed", _("a deployment failed")
        ROLLED_BACK = "rolled_back", _("rolled back")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="training_audit")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )  # None: the system itself
    action = models.CharField(max_length=20, choices=Action)
    subject = models.CharField(max_length=120)
    reason = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.by or 'system'} {self.action} {self.subject}"
