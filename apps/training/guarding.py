"""Watches a trial: are the answers of the version on trial worse than those of the live model at the same time?

Three things are counted among the answers of each: those that ended in a quotation because what the model wrote was not
in the passages or because it failed, those that ended with the offer of a person, and thumbs down. A trial ends by
itself when one of them is clearly higher: more than chance explains, and by enough to matter.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

from django.db.models import Q, QuerySet

from apps.conversations.models import Message
from apps.training import deploying
from apps.training.models import AuditEntry, Deployment
from apps.training.sentences import in_english

logger = logging.getLogger(__name__)

ENOUGH = 20  # answers of each before anything is concluded
MATTERS = 0.1  # a difference in shares
CHANCE = 1.645  # standard deviations: one time in twenty by chance
UNSUPPORTED = ("quoted_model_down", "quoted_unsupported", "quoted_off_question")


@dataclass(frozen=True, slots=True)
class Count:
    bad: int
    of: int

    @property
    def share(self) -> float:
        return self.bad / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Guard:
    name: str
    trial: Count
    live: Count

    @property
    def fell(self) -> bool:
        return is_worse(self.trial, than=self.live)


def is_worse(trial: Count, *, than: Count) -> bool:
    if min(trial.of, than.of) < ENOUGH or trial.share - than.share < MATTERS:
        return False
    pooled = (trial.bad + than.bad) / (trial.of + than.of)
    spread = sqrt(pooled * (1 - pooled) * (1 / trial.of + 1 / than.of))
    return spread > 0 and (trial.share - than.share) / spread > CHANCE


def guards_of(deployment: Deployment) -> list[Guard]:
    """What has been counted since the trial began."""
    return list(_guards(deployment))


def _guards(deployment: Deployment) -> Iterator[Guard]:
    if deployment.version is None or deployment.finished_at is None:
        return
    answers = Message.objects.filter(
        conversation__site=deployment.site_id,
        sender=Message.Sender.ASSISTANT,
        state=Message.State.DONE,
        settled_at__gte=deployment.finished_at,
        trace__has_key="model",
    )
    trial = answers.filter(trace__model=deployment.version.name)
    live = answers.exclude(trace__model=deployment.version.name)
    yield Guard(
        "unsupported", _count(trial, Q(reason__in=UNSUPPORTED)), _count(live, Q(reason__in=UNSUPPORTED))
    )
    yield Guard("handoff", _count(trial, Q(decision="handoff")), _count(live, Q(decision="handoff")))
    rated, down = {"feedback__isnull": False}, Q(feedback__rating="down")
    yield Guard("thumbs_down", _count(trial.filter(**rated), down), _count(live.filter(**rated), down))


def _count(answers: QuerySet[Message], bad: Q) -> Count:
    return Count(answers.filter(bad).count(), answers.count())


def stop_bad_trials() -> list[Deployment]:
    stopped = []
    for deployment in Deployment.objects.filter(stage=Deployment.Stage.TRIAL).select_related("version"):
        fallen = [guard for guard in guards_of(deployment) if guard.fell]
        if fallen and deploying.end_trial(deployment, code="guard_fell", reason=in_english("guard_fell")):
            told = "; ".join(
                f"{guard.name}: {guard.trial.share:.0%} of {guard.trial.of}, live {guard.live.share:.0%}"
                for guard in fallen
            )
            logger.warning("The trial of %s was stopped: %s", deployment.version, told)
            deployment.by = None
            deploying.note(deployment, action=AuditEntry.Action.TRIAL_STOPPED, reason=told)
            stopped.append(deployment)
    return stopped
