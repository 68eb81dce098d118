"""Reads. Everything is of one site."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet
from django.utils import timezone

from apps.conversations.models import Site
from apps.gaps.models import Gap, GapQuestion

WEEK = timedelta(days=7)
WEEKS = 8  # of a trend
REASONS = ("no_evidence", "thumb_down", "to_person")


@dataclass(frozen=True, slots=True)
class Week:
    """How often a group was asked in the seven days from `begins` on."""

    begins: datetime
    asked: int


def gaps_of(site: Site) -> QuerySet[Gap]:
    return Gap.objects.filter(site=site)


def counted(gaps: QuerySet[Gap], *, reason: str = "", language: str = "") -> QuerySet[Gap]:
    """The most asked first, then the latest. With figures; with a reason or language only what was asked so counts."""
    now = timezone.now()
    wanted = Q()
    if reason in REASONS:
        wanted &= Q(**{f"questions__{reason}": True})
    if language in ("en", "zh"):
        wanted &= Q(questions__language=language)
    recent = wanted & Q(questions__asked_at__gt=now - WEEK)
    before = wanted & Q(questions__asked_at__gt=now - 2 * WEEK, questions__asked_at__lte=now - WEEK)
    figures: dict[str, Any] = {
        "asked": Count("questions", filter=wanted),
        "latest": Max("questions__asked_at", filter=wanted),
        "this_week": Count("questions", filter=recent),
        "week_before": Count("questions", filter=before),
        "since_closed": Count("questions", filter=Q(questions__asked_at__gt=F("closed_at"))),
        **{f"by_{name}": Count("questions", filter=Q(**{f"questions__{name}": True})) for name in REASONS},
        "answers": Count("questions", filter=~Q(questions__answer="")),
    }
    counted_ones: QuerySet[Any] = gaps.annotate(**figures)
    return counted_ones.filter(asked__gt=0).order_by("-asked", "-latest", "pk")


def answers_of(gap: Gap, *, language: str = "") -> list[GapQuestion]:
    """Questions that people answered, the answer that is closest to its question first; each answer once."""
    rows = gap.questions.exclude(answer="").exclude(answered_in=None)
    rows = rows.filter(language=language) if language else rows
    ordered = rows.select_related("answered_in__author", "answered_in__conversation").order_by(
        "-answer_closeness", "pk"
    )
    return list({row.answer: row for row in reversed(ordered)}.values())[::-1]


def trend_of(gap: Gap) -> list[Week]:
    """The last weeks, oldest first."""
    now = timezone.now()
    begins = [now - (WEEKS - number) * WEEK for number in range(WEEKS)]
    asked = list(gap.questions.filter(asked_at__gt=begins[0]).values_list("asked_at", flat=True))
    return [Week(begin, sum(begin < at <= begin + WEEK for at in asked)) for begin in begins]
