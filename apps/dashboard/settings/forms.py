"""A site's settings, for its admins: one page of forms, each saved by itself. What is refused stays filled in."""

from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from apps.actions.queries import actions_of
from apps.conversations import site_settings
from apps.conversations.desk import hours, skills, sorting
from apps.conversations.desk.skills import Need
from apps.conversations.errors import BadInput
from apps.conversations.models import Locale, Member, Site, SkillRule
from apps.conversations.replying.strictness import judge_state
from apps.conversations.site_settings import Alerts, Face, Overflow, Share
from apps.dashboard.access import for_members
from apps.dashboard.editing import ChangedMeanwhile, mark_of, unless_changed
from apps.dashboard.pages import show
from apps.people.members import members_of
from dialogue import default_support_fit

ADMIN = Member.Role.ADMIN
DAYS = {
    "mon": gettext_lazy("Monday"),
    "tue": gettext_lazy("Tuesday"),
    "wed": gettext_lazy("Wednesday"),
    "thu": gettext_lazy("Thursday"),
    "fri": gettext_lazy("Friday"),
    "sat": gettext_lazy("Saturday"),
    "sun": gettext_lazy("Sunday"),
}
PROMISES = {
    "first_reply": gettext_lazy("First reply"),
    "next_reply": gettext_lazy("Every further reply"),
    "resolution": gettext_lazy("Resolution"),
}
Strictness = Site.Strictness
STRICTNESSES = {
    Strictness.QUOTES: gettext_lazy(
        "Only sentences that are your pages' own words, letter for letter, count."
    ),
    Strictness.STRICT: gettext_lazy(
        "Every number, date, amount, unit and code must be found on the page. Other words for the same are often passed over."
    ),
    Strictness.BALANCED: gettext_lazy(
        "Every number, date, amount, unit and code must be found on the page. Other words count where nothing speaks against them."
    ),
    Strictness.LENIENT: gettext_lazy(
        "Every number, date, amount, unit and code must be found on the page. Freely worded sentences count too; more mistakes slip through."
    ),
}
LANGUAGES = {"en": "English", "zh-hans": "中文"}
EMPTY_RULES = 3  # to fill in, below those that are there


@require_safe
@for_members(ADMIN)
def site_settings_page(request: HttpRequest, member: Member) -> HttpResponseBase:
    return show_settings(request, member)


@require_POST
@for_members(ADMIN)
def save_face(request: HttpRequest, member: Member) -> HttpResponseBase:
    face = face_in(request.POST)
    return save(request, member, "face", lambda: site_settings.set_face(member.site, face, by=member.user))


@require_POST
@for_members(ADMIN)
def save_origins(request: HttpRequest, member: Member) -> HttpResponseBase:
    origins = lines_in(request.POST.get("origins", ""))
    return save(
        request, member, "widget", lambda: site_settings.set_origins(member.site, origins, by=member.user)
    )


@sensitive_variables("secret")
@require_POST
@for_members(ADMIN)
def renew_identity_secret(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Shown once, on the page that answers."""
    secret = site_settings.renew_identity_secret(member.site, by=member.user)
    return show_settings(request, member, secret=secret)


@require_POST
@for_members(ADMIN)
def save_hours(request: HttpRequest, member: Member) -> HttpResponseBase:
    given = request.POST
    shifts = {day: given.get(day, "") for day in DAYS}
    holidays = lines_in(given.get("holidays", ""))
    zone = given.get("zone", "").strip()
    return save(
        request,
        member,
        "hours",
        lambda: site_settings.set_hours(
            member.site, zone=zone, shifts=shifts, holidays=holidays, by=member.user
        ),
    )


@require_POST
@for_members(ADMIN)
def save_promises(request: HttpRequest, member: Member) -> HttpResponseBase:
    promises = {name: request.POST.get(name, "") for name in PROMISES}
    alerts = alerts_in(request.POST)
    return save(
        request,
        member,
        "promises",
        lambda: site_settings.set_promises(member.site, promises, alerts=alerts, by=member.user),
    )


@require_POST
@for_members(ADMIN)
def save_assignment(request: HttpRequest, member: Member) -> HttpResponseBase:
    assigns, shares = request.POST.get("assigns") == "yes", shares_in(request.POST)
    overflow = overflow_in(request.POST)
    return save(
        request,
        member,
        "assignment",
        lambda: site_settings.set_assignment(
            member.site, assigns=assigns, shares=shares, overflow=overflow, by=member.user
        ),
    )


@require_POST
@for_members(ADMIN)
def save_skill_rules(request: HttpRequest, member: Member) -> HttpResponseBase:
    needs = [need_in(when, skill) for when, skill in rules_in(request.POST) if when and skill]
    intents = list(actions_of(member).values_list("name", flat=True))
    return save(
        request,
        member,
        "skills",
        lambda: skills.set_rules(member.site, needs, intents=intents, by=member.user),
    )


@require_POST
@for_members(ADMIN)
def save_check(request: HttpRequest, member: Member) -> HttpResponseBase:
    strictness, asks_judge = request.POST.get("strictness", ""), request.POST.get("asks_judge") == "yes"
    return save(
        request,
        member,
        "check",
        lambda: site_settings.set_check(
            member.site, strictness=strictness, asks_judge=asks_judge, by=member.user
        ),
    )


def save(request: HttpRequest, member: Member, part: str, call: Callable[[], None]) -> HttpResponse:
    try:
        with unless_changed(request, lambda: marks_of(_locked(member))[part]):
            call()
    except (BadInput, ChangedMeanwhile) as error:
        member.site.refresh_from_db()
        return show_settings(request, member, part=part, fault=error.sentence, status=error.status)
    messages.success(request, _("Saved."), extra_tags=part)  # told where it was saved
    response = HttpResponse(status=302)
    response["Location"] = f"{reverse('site_settings', args=[member.site_id])}#{part}"
    return response


def _locked(member: Member) -> Site:
    member.site = Site.objects.select_for_update().get(pk=member.site_id)
    return member.site


def marks_of(site: Site) -> dict[str, str]:
    """Of what each form shows."""
    people = list(members_of(site).order_by("pk").values_list("pk", "capacity", "languages"))
    rules = list(site.skill_rules.values_list("kind", "value", "skill_id"))
    return {
        "face": mark_of(site.name, site.locale, site.colour, site.greeting, site.suggestions),
        "widget": mark_of(site.origins),
        "hours": mark_of(site.zone, site.hours, site.holidays),
        "promises": mark_of(site.targets, site.alerts),
        "assignment": mark_of(site.assigns, site.overflow_minutes, site.overflow_to_id, people),
        "skills": mark_of(rules),
        "check": mark_of(site.strictness, site.asks_judge),
    }


# --- What stands in the forms -----------------------------------------------------------------------------------


def face_in(given: QueryDict) -> Face:
    return Face(
        name=given.get("name", ""),
        locale=given.get("locale", ""),
        colour=given.get("colour", ""),
        greeting={locale: given.get(f"greeting_{locale}", "") for locale in Locale.values},
        suggestions={locale: lines_in(given.get(f"suggestions_{locale}", "")) for locale in Locale.values},
    )


def shares_in(given: QueryDict) -> dict[int, Share]:
    ids = [int(one) for one in given.getlist("member") if one.isdecimal() and len(one) < 19]
    return {
        pk: Share(
            capacity=given.get(f"capacity_{pk}", "").strip(), languages=given.getlist(f"languages_{pk}")
        )
        for pk in ids
    }


def overflow_in(given: QueryDict) -> Overflow:
    return Overflow(minutes=given.get("overflow_minutes", ""), skill=given.get("overflow_to", ""))


def alerts_in(given: QueryDict) -> Alerts | None:
    if given.get("alerts") != "yes":
        return None
    return Alerts(before=given.get("before", ""), admins_after=given.get("admins_after", ""))


def rules_in(given: QueryDict) -> list[tuple[str, str]]:
    """Of each row what it is about, as `reason:complaint`, and the skill; an emptied row is no rule."""
    return list(zip(given.getlist("when"), given.getlist("skill"), strict=False))


def need_in(when: str, skill: str) -> Need:
    kind, _, value = when.partition(":")
    return Need(kind, value, int(skill) if skill.isdecimal() and len(skill) < 10 else 0)


def lines_in(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def show_settings(
    request: HttpRequest,
    member: Member,
    *,
    part: str = "",
    fault: str = "",
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    """`part`: the form that was refused; it shows what was typed. `secret`: one that is shown this once."""
    site = member.site
    content: dict[str, Any] = {
        "room": "settings",
        "part": part,
        "fault": fault,
        "opened": marks_of(site),
        "secret": secret,
        "script_tag": f'<script async src="{settings.PUBLIC_URL}/widget.js" data-site="{site.key}"></script>',
        "zones": sorted(available_timezones()),
        "locales": Locale.choices,
        **face_fields(site, request.POST if part == "face" else None),
        **hours_fields(site, request.POST if part == "hours" else None),
        "origins": request.POST.get("origins", "") if part == "widget" else "\n".join(site.origins),
        "promises": promise_fields(site, request.POST if part == "promises" else None),
        "alerts": alerts_in(request.POST) if part == "promises" else alerts_of(site),
        "assigns": request.POST.get("assigns") == "yes" if part == "assignment" else site.assigns,
        "people": share_fields(site, request.POST if part == "assignment" else None),
        **check_fields(site, request.POST if part == "check" else None),
        "overflow": overflow_in(request.POST) if part == "assignment" else overflow_of(site),
        "skills": [(str(skill.pk), skill.name) for skill in skills.skills_of(site)],
        "rules": rule_fields(site, request.POST if part == "skills" else None),
        "occasions": occasions_of(member),
    }
    return show(request, member, template="dashboard/settings/page.html", status=status, **content)


def face_fields(site: Site, given: QueryDict | None) -> dict[str, Any]:
    face = face_in(given) if given is not None else face_of(site)
    spoken = [
        (
            locale,
            LANGUAGES[locale],
            face.greeting.get(locale, ""),
            "\n".join(face.suggestions.get(locale, ())),
        )
        for locale in Locale.values
    ]
    return {"face": face, "spoken": spoken}


def face_of(site: Site) -> Face:
    return Face(
        name=site.name,
        locale=site.locale,
        colour=site.colour,
        greeting=site.greeting,
        suggestions=site.suggestions,
    )


def hours_fields(site: Site, given: QueryDict | None) -> dict[str, Any]:
    if given is not None:
        week = [(day, str(name), given.get(day, "")) for day, name in DAYS.items()]
        return {"zone": given.get("zone", ""), "week": week, "holidays": given.get("holidays", "")}
    week = [(day, str(name), hours.written(site.hours.get(day, []))) for day, name in DAYS.items()]
    return {"zone": site.zone, "week": week, "holidays": "\n".join(site.holidays)}


def promise_fields(site: Site, given: QueryDict | None) -> list[tuple[str, str, str]]:
    told = given if given is not None else site.targets
    return [(name, str(label), str(told.get(name, ""))) for name, label in PROMISES.items()]


def share_fields(site: Site, given: QueryDict | None) -> list[dict[str, Any]]:
    typed = shares_in(given) if given is not None else {}
    return [share_of(member, typed.get(member.pk)) for member in members_of(site)]


def share_of(member: Member, typed: Share | None) -> dict[str, Any]:
    share = typed or Share(capacity=member.capacity, languages=member.languages or Locale.values)
    spoken = [(locale, LANGUAGES[locale], locale in share.languages) for locale in Locale.values]
    return {"member": member, "capacity": share.capacity, "languages": spoken}


def check_fields(site: Site, given: QueryDict | None) -> dict[str, Any]:
    chosen = given.get("strictness", "") if given is not None else site.strictness
    fit = default_support_fit()
    return {
        "strictnesses": [
            {
                "value": one.value,
                "label": one.label,
                "promise": promise,
                "is_chosen": one.value == chosen,
                "measured": fit.measured.get(one.value),
                "judged": fit.measured_with_judge.get(one.value),
            }
            for one, promise in STRICTNESSES.items()
        ],
        "asks_judge": given.get("asks_judge") == "yes" if given is not None else site.asks_judge,
        "judge": settings.JUDGE_MODEL,
        "judge_state": judge_state(),
    }


def alerts_of(site: Site) -> Alerts | None:
    if not site.alerts:
        return None
    return Alerts(before=str(site.alerts["before"]), admins_after=str(site.alerts["admins_after"]))


def overflow_of(site: Site) -> Overflow:
    return Overflow(minutes=site.overflow_minutes or "", skill=str(site.overflow_to_id or ""))


def rule_fields(site: Site, given: QueryDict | None) -> list[tuple[str, str]]:
    kept = [(f"{rule.kind}:{rule.value}", str(rule.skill_id)) for rule in site.skill_rules.all()]
    told = rules_in(given) if given is not None else kept
    return [row for row in told if any(row)] + [("", "")] * EMPTY_RULES


def occasions_of(member: Member) -> list[tuple[str, list[tuple[str, str]]]]:
    """All that can ask for a skill, in groups."""
    kinds = SkillRule.Kind
    reasons = [(f"{kinds.REASON}:{one}", str(one.label)) for one in skills.REASONS]
    labels = [(f"{kinds.LABEL}:{one.name}", one.name) for one in sorting.labels_of(member)]
    locale = "zh-hans" if (get_language() or "").lower().startswith("zh") else "en"
    intents = [(f"{kinds.INTENT}:{one.name}", one.title_in(locale)) for one in actions_of(member)]
    groups = [(kinds.REASON, reasons), (kinds.LABEL, labels), (kinds.INTENT, intents)]
    return [(str(kind.label), found) for kind, found in groups if found]
