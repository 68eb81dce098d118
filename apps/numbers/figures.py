"""What each figure counts: the one place where it is defined, for the pages, their lists and the files alike.

A figure counts episodes that were started in the period, or episodes that were resolved in it. docs/numbers.md says the
same in words.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Q

from apps.conversations.changes import LASTING_AFTER
from apps.conversations.models import Handoff, Resolution

Base = Literal["started", "resolved"]
CONTENT_FROM = 4  # of five
BY_REASON = "reason_"


@dataclass(frozen=True, slots=True)
class Figure:
    base: Base
    condition: Q
    slowest_by: str = ""  # the time by which its list is ordered; empty: the latest first


def figures(*, now: datetime) -> dict[str, Figure]:
    """By name. Whether a resolution lasted is known seven days after it."""
    is_known = Q(resolved_at__lte=now - LASTING_AFTER)
    return {
        "started": Figure("started", Q()),
        "replied": Figure("started", Q(first_reply_seconds__isnull=False), "first_reply_seconds"),
        "handed_over": Figure("started", ~Q(handoff_reason="")),
        "met_person": Figure("started", Q(person_seconds__isnull=False), "person_seconds"),
        "left_open": Figure("started", Q(resolved_at__isnull=True)),
        **{
            f"{BY_REASON}{reason}": Figure("started", Q(handoff_reason=reason))
            for reason in Handoff.Reason.values
        },
        "resolved": Figure("resolved", Q(), "resolution_seconds"),
        "by_assistant": Figure("resolved", Q(resolved_by=Resolution.Part.ASSISTANT)),
        "by_both": Figure("resolved", Q(resolved_by=Resolution.Part.BOTH)),
        "by_agent": Figure("resolved", Q(resolved_by=Resolution.Part.AGENT)),
        "judged": Figure("resolved", is_known),
        "lasting": Figure("resolved", is_known & Q(reopened_at__isnull=True)),
        "came_back": Figure("resolved", Q(reopened_at__isnull=False)),
        "rated_assistant": Figure("resolved", Q(assistant_score__isnull=False)),
        "content_assistant": Figure("resolved", Q(assistant_score__gte=CONTENT_FROM)),
        "rated_agent": Figure("resolved", Q(agent_score__isnull=False)),
        "content_agent": Figure("resolved", Q(agent_score__gte=CONTENT_FROM)),
    }
