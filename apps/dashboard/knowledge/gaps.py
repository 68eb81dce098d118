"""What customers asked in vain, in groups: the list, one group, and what operators do with them.

A group becomes an FAQ draft in one click; what goes live is what an operator saves in the FAQ's own page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from apps.conversations.models import Member
from apps.dashboard.access import for_members
from apps.dashboard.pages import show
from apps.gaps import services
from apps.gaps.models import Gap, GapQuestion
from apps.gaps.placing import alike
from apps.gaps.queries import answers_of, counted, gaps_of, trend_of
from apps.gaps.services import LONGEST_NAME, GapError
from apps.knowledge.models import Faq

PER_PAGE = 50
QUESTIONS_PER_PAGE = 50
SHOWN_ANSWERS = 5
REASONS = {
    "no_evidence": gettext_lazy("Nothing found"),
    "thumb_down": gettext_lazy("Thumb down"),
    "to_person": gettext_lazy("Went to a person"),
}
THUMB_REASONS = {
    "wrong": gettext_lazy("not correct"),
    "off_topic": gettext_lazy("not what was asked"),
    "incomplete": gettext_lazy("incomplete"),
    "unclear": gettext_lazy("hard to understand"),
    "outdated": gettext_lazy("out of date"),
}
STATES = {
    Gap.State.OPEN: gettext_lazy("To do"),
    Gap.State.ANSWERED: gettext_lazy("Answered"),
    Gap.State.DISMISSED: gettext_lazy("Dismissed"),
}


@dataclass(frozen=True)
class Stage:
    """How far a group is, as a pill."""

    tone: str
    label: str


@dataclass(frozen=True)
class Bar:
    """A week of a trend, drawn in a box of 100 by 30."""

    x: float
    y: float
    height: float
    asked: int


# --- The list ----------------------------------------------------------------------------------------------------


@require_safe
@for_members(Member.Role.OPERATOR)
def gap_list(request: HttpRequest, member: Member) -> HttpResponseBase:
    chosen = {
        "state": _one_of(request.GET.get("state", ""), Gap.State.values) or Gap.State.OPEN.value,
        "reason": _one_of(request.GET.get("reason", ""), list(REASONS)),
        "language": _one_of(request.GET.get("language", ""), ["zh", "en"]),
    }
    gaps = gaps_of(member.site)
    found = counted(
        gaps.filter(state=chosen["state"]), reason=chosen["reason"], language=chosen["language"]
    ).select_related("faq")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    content: dict[str, Any] = {
        "room": "gaps",
        "page": page,
        "rows": [(gap, stage_of(gap)) for gap in page],
        "is_empty": not gaps.exists(),
        "states": STATES.items(),
        "reasons": REASONS.items(),
        "undo": list(gaps.filter(pk__in=_ids(request.GET.getlist("undo")), state=Gap.State.DISMISSED)),
        "query": urlencode(chosen),
        **chosen,
    }
    return show(request, member, template="dashboard/gaps/list.html", **content)


def stage_of(gap: Gap) -> Stage | None:
    if gap.state == Gap.State.DISMISSED:
        return Stage("", _("Dismissed"))
    if gap.faq is None:
        return None
    if gap.faq.state == Faq.State.DRAFT:
        return Stage("waiting", _("FAQ draft"))
    if gap.checked_version != gap.faq.version:
        return Stage("waiting", _("FAQ live, being asked again"))
    if gap.state == Gap.State.ANSWERED:
        return Stage("ready", _("Answered"))
    return Stage("bad", _("FAQ live, not all answered"))


@require_POST
@for_members(Member.Role.OPERATOR)
def sort_gaps(request: HttpRequest, member: Member) -> HttpResponseBase:
    """What is asked for with those that are chosen."""
    gaps = list(gaps_of(member.site).filter(pk__in=_ids(request.POST.getlist("gap"))))
    what = request.POST.get("what", "")
    if not gaps:
        messages.error(request, _("Choose a group first."))
        return redirect("gap_list", site_id=member.site_id)
    if what == "merge":
        return _merged(request, member, gaps)
    if what == "bring_back":
        services.bring_back(gaps)
        return redirect("gap_list", site_id=member.site_id)
    services.dismiss(gaps)
    undo = urlencode({"undo": [str(gap.pk) for gap in gaps]}, doseq=True)
    return redirect(f"{reverse('gap_list', args=[member.site_id])}?{undo}")


def _merged(request: HttpRequest, member: Member, gaps: Sequence[Gap]) -> HttpResponse:
    """Into the one that was asked most."""
    first, *others = counted(gaps_of(member.site).filter(pk__in=[gap.pk for gap in gaps]))
    if not others:
        messages.error(request, _("Choose at least two groups to merge."))
        return redirect("gap_list", site_id=member.site_id)
    services.merge(first, others)
    messages.success(request, _("Merged."))
    return redirect("gap", site_id=member.site_id, gap_id=first.pk)


# --- One group -----------------------------------------------------------------------------------------------------


@require_safe
@for_members(Member.Role.OPERATOR)
def gap(request: HttpRequest, member: Member, gap_id: UUID) -> HttpResponseBase:
    found = gap_or_404(member, gap_id)
    questions = found.questions.select_related("message__conversation__contact")
    page = Paginator(questions, QUESTIONS_PER_PAGE).get_page(request.GET.get("page"))
    content: dict[str, Any] = {
        "room": "gaps",
        "gap": found,
        "stage": stage_of(found),
        "figures": counted(gaps_of(member.site).filter(pk=found.pk)).first(),
        "bars": bars_of(found),
        "page": page,
        "rows": [(question, reasons_of(question)) for question in page],
        "answers": answers_of(found)[:SHOWN_ANSWERS],
        "alike": alike(found),
        "not_answered": list(found.questions.filter(is_answered=False)),
        "longest_name": LONGEST_NAME,
        "query": "",
    }
    return show(request, member, template="dashboard/gaps/gap.html", **content)


def reasons_of(question: GapQuestion) -> list[str]:
    names = [str(label) for name, label in REASONS.items() if getattr(question, name)]
    if question.thumb_reason:
        names.append(str(THUMB_REASONS.get(question.thumb_reason, question.thumb_reason)))
    return names


def bars_of(gap: Gap) -> list[Bar]:
    weeks = trend_of(gap)
    most = max((week.asked for week in weeks), default=0) or 1
    wide = 100 / len(weeks)
    bars = []
    for number, week in enumerate(weeks):
        height = max(28 * week.asked / most, 1.0)
        bars.append(Bar(round(number * wide, 2), round(30 - height, 2), round(height, 2), week.asked))
    return bars


@require_POST
@for_members(Member.Role.OPERATOR)
def draft_gap(request: HttpRequest, member: Member, gap_id: UUID) -> HttpResponseBase:
    faq = services.draft_faq(gap_or_404(member, gap_id), by=member.user)
    return redirect("faq", site_id=member.site_id, faq_id=faq.pk)


@require_POST
@for_members(Member.Role.OPERATOR)
def rename_gap(request: HttpRequest, member: Member, gap_id: UUID) -> HttpResponseBase:
    found = gap_or_404(member, gap_id)
    return _done(request, found, lambda: services.rename(found, _clean(request.POST.get("name", ""))))


@require_POST
@for_members(Member.Role.OPERATOR)
def merge_gap(request: HttpRequest, member: Member, gap_id: UUID) -> HttpResponseBase:
    """Another group's questions come to this one."""
    found = gap_or_404(member, gap_id)
    others = list(gaps_of(member.site).filter(pk__in=_ids(request.POST.getlist("gap"))))
    return _done(request, found, lambda: services.merge(found, others))


@require_POST
@for_members(Member.Role.OPERATOR)
def split_gap(request: HttpRequest, member: Member, gap_id: UUID) -> HttpResponseBase:
    found = gap_or_404(member, gap_id)
    given = [int(one) for one in request.POST.getlist("question") if one.isdecimal() and len(one) < 19]
    try:
        made = services.split(found, list(found.questions.filter(pk__in=given)))
    except GapError as error:
        messages.error(request, str(error))
        return redirect("gap", site_id=member.site_id, gap_id=found.pk)
    messages.success(request, _("These questions are a group of their own now."))
    return redirect("gap", site_id=member.site_id, gap_id=made.pk)


def _done(request: HttpRequest, gap: Gap, call: Callable[[], None]) -> HttpResponse:
    try:
        call()
    except GapError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Saved."))
    return redirect("gap", site_id=gap.site_id, gap_id=gap.pk)


def gap_or_404(member: Member, gap_id: UUID) -> Gap:
    found = gaps_of(member.site).select_related("site", "faq").filter(pk=gap_id).first()
    if found is None:
        raise Http404
    return found


def _ids(given: Sequence[str]) -> list[UUID]:
    found = []
    for one in given[:500]:
        try:
            found.append(UUID(one))
        except ValueError:
            continue
    return found


def _one_of(given: str, known: Sequence[str]) -> str:
    return given if given in known else ""


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()
