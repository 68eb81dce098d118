"""Skills: what a site's people are good at, and which conversations need what.

A skill is a name that some members carry, and that rules ask for: by the typed reason of a handoff, by a label, or by the
intent that was understood. A skill that nobody carries and no rule asks for is forgotten.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.audit.kinds import Kind
from apps.audit.recording import record
from apps.conversations.errors import BadInput
from apps.conversations.models import Conversation, Handoff, Label, Member, Site, Skill, SkillRule
from apps.conversations.texts import is_storable

if TYPE_CHECKING:
    from apps.accounts.models import User

MOST_SKILLS = 100  # a site's
MOST_RULES = 200
REASONS = [one for one in Handoff.Reason if one != Handoff.Reason.AGENT_TOOK_OVER]


@dataclass(frozen=True, slots=True)
class Need:
    """Conversations with this reason, label or intent need that skill."""

    kind: str
    value: str
    skill_id: int


def skills_of(site: Site) -> QuerySet[Skill]:
    return Skill.objects.filter(site=site)


def needed_for(conversation: Conversation) -> list[Skill]:
    """All of them at once: whoever is given it must know each."""
    handoff = conversation.handoffs.filter(closed_at=None).first()
    labels = conversation.labels.values("name")
    rules = SkillRule.objects.filter(site=conversation.site_id)
    asked = Q(kind=SkillRule.Kind.LABEL, value__in=labels)
    if handoff is not None:
        asked |= Q(kind=SkillRule.Kind.REASON, value=handoff.reason)
        asked |= Q(kind=SkillRule.Kind.INTENT, value=handoff.facts.get("intent", ""))
    return list(Skill.objects.filter(pk__in=rules.filter(asked).values("skill")))


@transaction.atomic
def set_skills(member: Member, names: Iterable[str], *, by: "User") -> None:
    """Just these; a new name is a new skill of the site. Upper and lower case are the same."""
    wanted = list({name.casefold(): name for name in map(_checked_name, names)}.values())
    Site.objects.select_for_update().get(pk=member.site_id)  # of two at once, neither makes a name twice
    known = {skill.name.casefold(): skill for skill in Skill.objects.filter(site=member.site_id)}
    fresh = [name for name in wanted if name.casefold() not in known]
    if len(known) + len(fresh) > MOST_SKILLS:
        raise BadInput("too_many_skills")
    for name in fresh:
        known[name.casefold()] = Skill.objects.create(site_id=member.site_id, name=name)
    chosen = [known[name.casefold()] for name in wanted]
    if {skill.pk for skill in chosen} == set(member.skills.values_list("pk", flat=True)):
        return
    member.skills.set(chosen)
    _forget_unused(member.site_id)
    record(
        Kind.SETTINGS_CHANGED,
        site_id=member.site_id,
        by=by,
        subject=member.user.display_name,
        detail=f"skills: {', '.join(skill.name for skill in chosen) or '–'}"[:300],
    )


def _checked_name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= 40 or not is_storable(name) or not name.isprintable():
        raise BadInput("bad_skill")
    return name


@transaction.atomic
def set_rules(site: Site, needs: Iterable[Need], *, intents: Collection[str], by: "User") -> None:
    """In the place of those before. `intents`: the names of the site's actions, which live in a room above."""
    wanted = list(dict.fromkeys(needs))
    if len(wanted) > MOST_RULES:
        raise BadInput("too_many_skill_rules")
    known: dict[str, set[str]] = {
        SkillRule.Kind.REASON: set(REASONS),
        SkillRule.Kind.LABEL: set(Label.objects.filter(site=site).values_list("name", flat=True)),
        SkillRule.Kind.INTENT: set(intents),
    }
    skills = set(skills_of(site).values_list("pk", flat=True))
    for need in wanted:
        if need.value not in known.get(need.kind, set()) or need.skill_id not in skills:
            raise BadInput("bad_skill_rule")
    before = {Need(rule.kind, rule.value, rule.skill_id) for rule in site.skill_rules.all()}
    if before == set(wanted):
        return
    site.skill_rules.all().delete()
    SkillRule.objects.bulk_create(
        SkillRule(site=site, kind=need.kind, value=need.value, skill_id=need.skill_id) for need in wanted
    )
    _forget_unused(site.pk)
    record(Kind.SETTINGS_CHANGED, site_id=site.pk, by=by, subject=site.name, detail="skill_rules")


def _forget_unused(site_id: UUID) -> None:
    used = Site.objects.filter(pk=site_id).exclude(overflow_to=None).values("overflow_to")
    Skill.objects.filter(site=site_id, members=None, rules=None).exclude(pk__in=used).delete()
