"""Questions that people answered themselves: the list, one of them with its languages, and who was first of two editors."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.conversations.models import Member
from apps.dashboard.access import for_members
from apps.dashboard.pages import go_to, show
from apps.gaps.queries import answers_of
from apps.knowledge import faqs
from apps.knowledge.faqs import LONGEST_ANSWER, LONGEST_QUESTION, BadFaq, EditedMeanwhile, FaqGone, FaqText
from apps.knowledge.models import Audience, Faq, IndexJob
from apps.knowledge.queries import latest_jobs
from apps.knowledge.sentences import sentence_of

PER_PAGE = 50


@dataclass(frozen=True)
class FaqRow:
    faq: Faq
    job: IndexJob | None  # under way, or the last that failed

    @property
    def why(self) -> str:
        return sentence_of(self.job) if self.job else ""


@require_safe
@for_members(Member.Role.OPERATOR)
def faq_list(request: HttpRequest, member: Member) -> HttpResponseBase:
    return show(request, member, template="dashboard/faq/page.html", **listing(request, member))


@require_safe
@for_members(Member.Role.OPERATOR)
def faq_rows(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Only what may change while they are indexed."""
    return render(request, "dashboard/faq/list.html", {"site": member.site, **listing(request, member)})


def listing(request: HttpRequest, member: Member) -> dict[str, Any]:
    rows = faqs_of(member).order_by("-updated_at")
    asked, state = _clean(request.GET.get("q", "")), request.GET.get("state", "")
    found = rows.filter(_says(asked)) if asked else rows
    found = found.filter(state=state) if state in Faq.State.values else found
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    shown = rows_of(list(page))
    return {
        "room": "faq",
        "page": page,
        "rows": shown,
        "is_busy": any(row.job is not None and row.job.is_open for row in shown),
        "total": rows.count(),
        "asked": asked,
        "state": state,
        "states": Faq.State.choices,
        "query": urlencode({"q": asked, "state": state}),
    }


def rows_of(found: list[Faq]) -> list[FaqRow]:
    live = [faq for faq in found if faq.state == Faq.State.LIVE]
    jobs = latest_jobs(live[0].knowledge_base_id, [faqs.file_of(faq) for faq in live]) if live else {}
    return [FaqRow(faq, job=_unsettled(jobs.get(faqs.file_of(faq)))) for faq in found]


def _unsettled(job: IndexJob | None) -> IndexJob | None:
    return job if job and job.state not in (IndexJob.State.DONE, IndexJob.State.CANCELLED) else None


def _says(asked: str) -> Q:
    names = ("question_en", "question_zh", "answer_en", "answer_zh")
    said = Q()
    for name in names:
        said |= Q(**{f"{name}__icontains": asked})
    return said


@require_safe
@for_members(Member.Role.OPERATOR)
def new_faq(request: HttpRequest, member: Member) -> HttpResponseBase:
    return show_form(request, member, faq=None, text=FaqText(), version=0)


@require_safe
@for_members(Member.Role.OPERATOR)
def faq_state(request: HttpRequest, member: Member, faq_id: UUID) -> HttpResponseBase:
    row = rows_of([faq_or_404(member, faq_id)])[0]
    return render(request, "dashboard/faq/state.html", {"site": member.site, "row": row})


@require_safe
@for_members(Member.Role.OPERATOR)
def faq(request: HttpRequest, member: Member, faq_id: UUID) -> HttpResponseBase:
    found = faq_or_404(member, faq_id)
    return show_form(request, member, faq=found, text=text_of(found), version=found.version)


@require_POST
@for_members(Member.Role.OPERATOR)
def add_faq(request: HttpRequest, member: Member) -> HttpResponseBase:
    text = text_in(request)
    try:
        made = faqs.add_faq(member.site.knowledge_base, text, by=member.user, live=_shall_be_live(request))
    except BadFaq as error:
        return show_form(request, member, faq=None, text=text, version=0, fault=error)
    return kept(request, member, made)


@require_POST
@for_members(Member.Role.OPERATOR)
def save_faq(request: HttpRequest, member: Member, faq_id: UUID) -> HttpResponseBase:
    text, opened = text_in(request), request.POST.get("version", "")
    found = faqs_of(member).filter(pk=faq_id).first()
    if found is None:
        return show_form(request, member, faq=None, text=text, version=0, fault=FaqGone())
    version = int(opened) if opened.isdecimal() and len(opened) < 10 else 0
    try:
        faqs.save_faq(found, text, version=version, by=member.user, live=_shall_be_live(request))
    except BadFaq as error:
        return show_form(request, member, faq=found, text=text, version=version, fault=error)
    except EditedMeanwhile as error:
        found.refresh_from_db()
        return show_form(request, member, faq=found, text=text, version=found.version, fault=error)
    return kept(request, member, found)


def kept(request: HttpRequest, member: Member, faq: Faq) -> HttpResponse:
    is_live = faq.state == Faq.State.LIVE
    messages.success(
        request, _("Saved. It answers as soon as it is indexed.") if is_live else _("Draft saved.")
    )
    return redirect("faq", site_id=member.site_id, faq_id=faq.pk)


@require_POST
@for_members(Member.Role.OPERATOR)
def delete_faq(request: HttpRequest, member: Member, faq_id: UUID) -> HttpResponseBase:
    faqs.remove_faq(faq_or_404(member, faq_id))
    return go_to(request, "faq_list", member.site_id)


def show_form(
    request: HttpRequest,
    member: Member,
    *,
    faq: Faq | None,
    text: FaqText,
    version: int,
    fault: BadFaq | EditedMeanwhile | FaqGone | None = None,
) -> HttpResponse:
    content: dict[str, Any] = {
        "room": "faq",
        "faq": faq,
        "text": text,
        "aliases_en": "\n".join(text.aliases_en),
        "aliases_zh": "\n".join(text.aliases_zh),
        "version": version,
        "fault": str(fault) if fault else "",
        "audiences": Audience.choices,
        "longest_question": LONGEST_QUESTION,
        "longest_answer": LONGEST_ANSWER,
        "row": rows_of([faq])[0] if faq else None,
        "sources": [(gap, answers_of(gap)) for gap in faq.gaps.all()] if faq else [],
    }
    status = fault.status if fault else 200
    return show(request, member, template="dashboard/faq/faq.html", status=status, **content)


def text_of(faq: Faq) -> FaqText:
    return FaqText(
        question_en=faq.question_en,
        question_zh=faq.question_zh,
        aliases_en=tuple(faq.aliases_en),
        aliases_zh=tuple(faq.aliases_zh),
        answer_en=faq.answer_en,
        answer_zh=faq.answer_zh,
        audience=faq.audience,
        origin=faq.origin,
    )


def text_in(request: HttpRequest) -> FaqText:
    given = {name: _clean(request.POST.get(name, "")) for name in FaqText.__dataclass_fields__}
    audience = given["audience"] if given["audience"] in Audience.values else Audience.PUBLIC
    return FaqText(
        question_en=given["question_en"],
        question_zh=given["question_zh"],
        aliases_en=_lines(given["aliases_en"]),
        aliases_zh=_lines(given["aliases_zh"]),
        answer_en=given["answer_en"],
        answer_zh=given["answer_zh"],
        audience=audience,
        origin=given["origin"][:4_000],
    )


def faq_or_404(member: Member, faq_id: UUID) -> Faq:
    found = faqs_of(member).filter(pk=faq_id).first()
    if found is None:
        raise Http404
    return found


def faqs_of(member: Member) -> QuerySet[Faq]:
    return Faq.objects.filter(knowledge_base=member.site.knowledge_base)


def _shall_be_live(request: HttpRequest) -> bool:
    return request.POST.get("state") == Faq.State.LIVE


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _clean(text: str) -> str:
    return text.replace("\x00", "").replace("\r\n", "\n").strip()
