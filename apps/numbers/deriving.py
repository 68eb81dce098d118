"""Conversations → facts, one row an episode. Deriving again gives the same rows.

A reply was there when it was whole. What silence resolved was resolved, for the time that it took, by the last line
before the silence.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case, F, Value, When

from apps.conversations.models import Citation, Conversation, Handoff, Locale, Message, Rating, Resolution
from apps.numbers.models import Episode

Sender = Message.Sender
OURS = (Sender.ASSISTANT, Sender.AGENT)
FACTS = [
    name.attname
    for name in Episode._meta.concrete_fields
    if name.attname not in ("id", "conversation_id", "number")
]
LOCALES = {"zh": Locale.CHINESE, "en": Locale.ENGLISH}
LONGEST_INTENT = 200
Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """All that is known of some conversations, by conversation."""

    said: Mapping[UUID, Sequence[Said]]
    handoffs: Mapping[UUID, Sequence[Handoff]]
    resolutions: Mapping[UUID, Sequence[Resolution]]
    scores: Mapping[UUID, Sequence[Rating]]
    cited: Mapping[UUID, str]  # by message: the page that it cited first


def derive(conversations: Sequence[Conversation]) -> None:
    """The site of each must be at hand."""
    told = _look_up([one.pk for one in conversations])
    rows = [row for one in conversations for row in _episodes_of(one, told=told)]
    Episode.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["conversation", "number"], update_fields=FACTS
    )


# --- What is known -----------------------------------------------------------------------------------------------


def _look_up(ids: Sequence[UUID]) -> Told:
    said = _by_conversation(_said_in(ids), key=lambda row: row["conversation_id"])
    replies = [row["pk"] for rows in said.values() for row in rows if row["sender"] == Sender.ASSISTANT]
    cited = Citation.objects.filter(message__in=replies, number=1).values_list("message_id", "title")
    return Told(
        said=said,
        handoffs=_rows_of(Handoff.objects.order_by("created_at"), ids),
        resolutions=_rows_of(Resolution.objects.order_by("episode"), ids),
        scores=_rows_of(Rating.objects.all(), ids),
        cited=dict(cited),
    )


def _said_in(ids: Sequence[UUID]) -> Iterable[Said]:
    """Without texts, and of each trace only what is counted."""
    rows = Message.objects.filter(conversation__in=ids).order_by("seq")
    return rows.values(
        "pk",
        "conversation_id",
        "seq",
        "episode",
        "sender",
        "private",
        "state",
        "reason",
        "created_at",
        "settled_at",
        is_empty=Case(When(text="", then=Value(True)), default=Value(False)),
        used=F("trace__usage"),
        writing=F("trace__timings__writing"),
        model=F("trace__model"),
        spoken=F("trace__language"),
        action=F("trace__action__name"),
    )


def _rows_of(rows: Any, ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    return _by_conversation(rows.filter(conversation__in=ids), key=lambda row: row.conversation_id)


def _by_conversation(rows: Iterable[Any], *, key: Any) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


# --- What follows from it ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Course:
    """What happened in one episode, in order."""

    said: list[Said] = field(default_factory=list)
    handoffs: list[Handoff] = field(default_factory=list)
    resolution: Resolution | None = None
    scores: dict[str, int] = field(default_factory=dict)

    @property
    def heard(self) -> list[Said]:
        """What the customer has seen, whole."""
        return [row for row in self.said if _is_heard(row)]

    @property
    def began_at(self) -> datetime | None:
        times = [row["created_at"] for row in self.heard if row["sender"] != Sender.SYSTEM]
        times += [handoff.created_at for handoff in self.handoffs]
        return min(times, default=None)


def _is_heard(row: Said) -> bool:
    return not row["private"] and not row["is_empty"] and row["state"] != Message.State.GENERATING


def _episodes_of(conversation: Conversation, *, told: Told) -> Iterable[Episode]:
    for number, course in sorted(_courses_of(conversation, told=told).items()):
        began_at = course.began_at
        if began_at is not None:
            yield _episode(conversation, number, course, began_at=began_at, cited=told.cited)


def _courses_of(conversation: Conversation, *, told: Told) -> dict[int, Course]:
    courses: dict[int, Course] = defaultdict(Course)
    for row in told.said.get(conversation.pk, ()):
        courses[row["episode"]].said.append(row)
    resolutions = told.resolutions.get(conversation.pk, [])
    for resolution in resolutions:
        courses[resolution.episode].resolution = resolution
    for handoff in told.handoffs.get(conversation.pk, ()):
        courses[_number_of(handoff, resolutions, latest=conversation.episode)].handoffs.append(handoff)
    for rating in told.scores.get(conversation.pk, ()):
        courses[rating.episode].scores[rating.part] = rating.score
    return courses


def _number_of(handoff: Handoff, resolutions: Sequence[Resolution], *, latest: int) -> int:
    """A handoff is of the first episode that was resolved after it, else of the latest."""
    place = bisect_left(resolutions, handoff.created_at, key=lambda row: row.resolved_at)
    return resolutions[place].episode if place < len(resolutions) else latest


def _episode(
    conversation: Conversation, number: int, course: Course, *, began_at: datetime, cited: Mapping[UUID, str]
) -> Episode:
    zone = ZoneInfo(conversation.site.zone)
    return Episode(
        site_id=conversation.site_id,
        conversation=conversation,
        number=number,
        language=_last(course.said, "spoken", LOCALES) or conversation.locale,
        intent=_intent(course, cited=cited)[:LONGEST_INTENT],
        model=str(_last(course.said, "model") or "")[:100],
        started_at=began_at,
        started_on=began_at.astimezone(zone).date(),
        first_reply_seconds=_first_reply(course),
        derived_from=conversation.changed_at,
        **_handed_over(course),
        **_resolved(course, began_at=began_at, zone=zone),
        **_spent(course),
        assistant_score=course.scores.get(Rating.Part.ASSISTANT),
        agent_score=course.scores.get(Rating.Part.AGENT),
    )


def _last(said: Sequence[Said], name: str, names: Mapping[str, str] | None = None) -> str | None:
    given = [row[name] for row in said if row[name]]
    return (names.get(given[-1]) if names else given[-1]) if given else None


def _intent(course: Course, *, cited: Mapping[UUID, str]) -> str:
    """The action that was asked for; else the page that was cited first."""
    if action := _last(course.said, "action"):
        return str(action)
    return next((cited[row["pk"]] for row in course.heard if row["pk"] in cited), "")


def _seconds(since: datetime, until: datetime) -> float:
    return round(max(0.0, (until - since).total_seconds()), 1)


def _heard_at(row: Said) -> datetime:
    at: datetime | None = row["settled_at"] if row["sender"] == Sender.ASSISTANT else None
    return at or row["created_at"]


def _first_reply(course: Course) -> float | None:
    """A reply that failed says so, which is none."""
    asked = next((row for row in course.heard if row["sender"] == Sender.CONTACT), None)
    if asked is None:
        return None
    replies = (row for row in course.heard if row["sender"] in OURS and row["state"] != Message.State.FAILED)
    first = min((_heard_at(row) for row in replies if row["seq"] > asked["seq"]), default=None)
    return _seconds(asked["created_at"], first) if first else None


def _handed_over(course: Course) -> dict[str, Any]:
    if not course.handoffs:
        return {}
    first = course.handoffs[0]
    spoke = (
        row for row in course.heard if row["sender"] == Sender.AGENT and row["created_at"] >= first.created_at
    )
    word = next(spoke, None)
    wished = first.reason != Handoff.Reason.AGENT_TOOK_OVER
    seconds = _seconds(first.created_at, word["created_at"]) if word and wished else None
    return {"handoff_reason": first.reason, "person_seconds": seconds}


def _resolved(course: Course, *, began_at: datetime, zone: ZoneInfo) -> dict[str, Any]:
    resolution = course.resolution
    if resolution is None:
        return {}
    until = _heard_at(course.heard[-1]) if resolution.was_quiet and course.heard else resolution.resolved_at
    return {
        "resolved_at": resolution.resolved_at,
        "resolved_on": resolution.resolved_at.astimezone(zone).date(),
        "resolved_by": resolution.part,
        "resolution_seconds": _seconds(began_at, until),
        "reopened_at": resolution.reopened_at,
    }


def _spent(course: Course) -> dict[str, Any]:
    """By every reply that was measured, drafts for people included."""
    used = [row["used"] for row in course.said if isinstance(row["used"], dict)]
    return {
        "tokens_in": sum(int(one.get("input_tokens") or 0) for one in used),
        "tokens_out": sum(int(one.get("output_tokens") or 0) for one in used),
        "model_seconds": round(sum(float(row["writing"] or 0) for row in course.said), 3),
    }
