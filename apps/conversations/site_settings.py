"""What the admins of a site decide: its face, where its widget may stand, its hours, its promises, and who is given what.

Everything is checked before anything is written. What changed stands in the audit log by its name, without its value.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from apps.audit.kinds import Kind
from apps.audit.recording import record
from apps.conversations.desk import hours
from apps.conversations.desk.skills import skills_of
from apps.conversations.errors import BadInput
from apps.conversations.models import Locale, Member, Site, new_secret
from apps.conversations.services import checked_locale, checked_origin, checked_site_name
from apps.conversations.texts import is_storable

if TYPE_CHECKING:
    from apps.accounts.models import User

COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
LONGEST_GREETING = 500
LONGEST_SUGGESTION = 150
MOST_SUGGESTIONS = 6  # in each language: more do not fit on a telephone
MOST_ORIGINS = 50
PROMISES = ("first_reply", "next_reply", "resolution")
LONGEST_PROMISE = 60 * 24 * 90  # working minutes
MOST_CAPACITY = 100
LONGEST_OVERFLOW = 60 * 24 * 7  # working minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What customers see first. Greeting and suggested questions by locale."""

    name: str
    locale: str
    colour: str
    greeting: Mapping[str, str]
    suggestions: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much a member is given, and of which languages; none: of all."""

    capacity: str | int
    languages: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """In working minutes: how long before a promise is broken who is to answer gets a mail, and how long after admins."""

    before: str = ""
    admins_after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overflow:
    """After how many working minutes who waits is given to others, and to whom: those with a skill, or anybody."""

    minutes: str | int = ""  # empty: never
    skill: str | int = ""  # an id; empty: whoever is free


def set_face(site: Site, face: Face, *, by: "User") -> None:
    if not COLOUR.fullmatch(face.colour):
        raise BadInput("bad_colour")
    greeting = {locale: _checked_text(text, LONGEST_GREETING) for locale, text in face.greeting.items()}
    suggestions = {locale: _checked_suggestions(asked) for locale, asked in face.suggestions.items()}
    changes = {
        "name": checked_site_name(face.name),
        "locale": checked_locale(face.locale),
        "colour": face.colour.lower(),
        "greeting": {checked_locale(locale): text for locale, text in greeting.items() if text},
        "suggestions": {checked_locale(locale): asked for locale, asked in suggestions.items() if asked},
    }
    _save(site, changes, by=by)


def _checked_suggestions(asked: Sequence[str]) -> list[str]:
    texts = [text for one in asked if (text := _checked_text(one, LONGEST_SUGGESTION))]
    if len(texts) > MOST_SUGGESTIONS:
        raise BadInput("too_many_suggestions")
    return texts


def _checked_text(text: str, longest: int) -> str:
    text = text.strip()
    if len(text) > longest:
        raise BadInput("setting_too_long")
    if not is_storable(text):
        raise BadInput("bad_text")
    return text


def set_origins(site: Site, origins: Sequence[str], *, by: "User") -> None:
    """Without any, the widget can be embedded nowhere."""
    checked = list(dict.fromkeys(checked_origin(origin) for origin in origins))
    if len(checked) > MOST_ORIGINS:
        raise BadInput("too_many_origins")
    _save(site, {"origins": checked}, by=by)


def renew_identity_secret(site: Site, *, by: "User") -> str:
    """What the host's server signed with the old one is refused from now on."""
    secret = new_secret()
    _save(site, {"identity_secret": secret}, by=by)
    return secret


def set_hours(
    site: Site, *, zone: str, shifts: Mapping[str, str], holidays: Sequence[str], by: "User"
) -> None:
    """`shifts`: by day, as people write them: `09:00-12:00, 13:30-18:00`."""
    week = {day: hours.read_shifts(text) for day, text in shifts.items()}
    _save(site, hours.checked(zone=zone, week=week, holidays=holidays), by=by)


def set_promises(site: Site, promises: Mapping[str, str], *, alerts: Alerts | None, by: "User") -> None:
    """Working minutes for each of PROMISES; an empty one promises nothing. Without `alerts` nobody is mailed."""
    told = {name: promises.get(name, "").strip() for name in PROMISES}
    targets = {
        name: _number(text, most=LONGEST_PROMISE, code="bad_promise") for name, text in told.items() if text
    }
    _save(site, {"targets": targets, "alerts": _checked_alerts(alerts)}, by=by)


def _checked_alerts(alerts: Alerts | None) -> dict[str, int]:
    if alerts is None:
        return {}
    told = {"before": alerts.before, "admins_after": alerts.admins_after}
    return {
        name: _number(text.strip() or "0", most=LONGEST_PROMISE, code="bad_alert", least=0)
        for name, text in told.items()
    }


@transaction.atomic
def set_assignment(
    site: Site, *, assigns: bool, shares: Mapping[int, Share], overflow: Overflow, by: "User"
) -> None:
    """`shares` by the ids of members; ids of nobody at this site are passed over."""
    members = list(Member.objects.filter(site=site, pk__in=list(shares)))
    for member in members:
        share = shares[member.pk]
        member.capacity = _number(str(share.capacity), most=MOST_CAPACITY, code="bad_capacity", least=0)
        member.languages = [checked_locale(locale) for locale in _all_or_some(share.languages)]
    Member.objects.bulk_update(members, ["capacity", "languages"])
    _save(site, {"assigns": assigns, **_checked_overflow(site, overflow)}, by=by)


def _checked_overflow(site: Site, overflow: Overflow) -> dict[str, Any]:
    minutes, skill = str(overflow.minutes).strip(), str(overflow.skill).strip()
    if not minutes:
        return {"overflow_minutes": None, "overflow_to_id": None}
    number = _number(minutes, most=LONGEST_OVERFLOW, code="bad_overflow")
    if not skill:
        return {"overflow_minutes": number, "overflow_to_id": None}
    found = skills_of(site).filter(pk=_number(skill, most=10**9, code="bad_skill_rule")).first()
    if found is None:
        raise BadInput("bad_skill_rule")
    return {"overflow_minutes": number, "overflow_to_id": found.pk}


def set_check(site: Site, *, strictness: str, asks_judge: bool, by: "User") -> None:
    """How strictly answers are checked, from the next question on."""
    if strictness not in Site.Strictness.values:
        raise BadInput("bad_strictness")
    _save(site, {"strictness": strictness, "asks_judge": asks_judge}, by=by)


def _all_or_some(languages: Collection[str]) -> list[str]:
    chosen = list(dict.fromkeys(languages))
    return [] if set(chosen) == set(Locale.values) else chosen


def _number(text: str, *, most: int, code: str, least: int = 1) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or not least <= int(text) <= most:
        raise BadInput(code)
    return int(text)


def _save(site: Site, changes: Mapping[str, Any], *, by: "User") -> None:
    changed = {name: value for name, value in changes.items() if getattr(site, name) != value}
    if not changed:
        return
    with transaction.atomic():
        Site.objects.filter(pk=site.pk).update(**changed)
        record(
            Kind.SETTINGS_CHANGED,
            site_id=site.pk,
            by=by,
            subject=site.name,
            detail=", ".join(sorted(changed)),
        )
    for name, value in changed.items():
        setattr(site, name, value)
