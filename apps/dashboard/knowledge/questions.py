"""Labelled questions: the list, one of them, files in and out; and what is measured and fitted on them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from apps.conversations.models import Member
from apps.dashboard.access import for_members
from apps.dashboard.editing import ChangedMeanwhile, mark_of, unless_changed
from apps.dashboard.knowledge.hit_test import history_in
from apps.dashboard.pages import go_to, show
from apps.knowledge.models import FittedFile, LabelledQuestion, QualityRun
from apps.knowledge.quality import services as quality
from apps.knowledge.quality.labelling import BadLabels, Label, export_labels, import_labels, save_label
from apps.knowledge.searching import fit_of

PER_PAGE = 50
LARGEST_FILE = 16 * 1024**2
FIGURES = {
    "hit_1": gettext_lazy("Right one first"),
    "hit_5": gettext_lazy("Right one among five"),
    "mrr": "MRR",
    "ndcg": "nDCG@10",
    "refused_rightly": gettext_lazy("Refused where nothing answers"),
    "refused_wrongly": gettext_lazy("Refused although something answers"),
    "auroc": gettext_lazy("Answerable told from not (AUROC)"),
}
FIT_FIGURES = {
    "ndcg": "nDCG@10",
    "hit_1": gettext_lazy("Right one first"),
    "brier": gettext_lazy("Relevance off the truth (Brier; less is better)"),
    "auroc": gettext_lazy("Right told from wrong (AUROC)"),
}
LESS_IS_BETTER = ("refused_wrongly", "brier")
REASONS = {
    "one_sided": gettext_lazy(
        "The questions are too much alike: there must be some whose right document is found and some where it is not."
    ),
    "worker_lost": gettext_lazy("The worker stopped three times in the middle. Look into the worker's log."),
    "unexpected": gettext_lazy(
        "Something went wrong on our side. It has been written down in the worker's log."
    ),
}


@dataclass(frozen=True)
class FigureRow:
    """A figure now and in the run before. `change` is good, bad or nothing."""

    name: str
    value: float | None
    before: float | None
    change: str


@require_safe
@for_members(Member.Role.OPERATOR)
def labelled_questions(request: HttpRequest, member: Member) -> HttpResponseBase:
    return show_questions(request, member)


def show_questions(request: HttpRequest, member: Member, *, status: int = 200, **more: Any) -> HttpResponse:
    base = member.site.knowledge_base
    rows = LabelledQuestion.objects.filter(knowledge_base=base).order_by("-updated_at")
    asked, label = _clean(request.GET.get("q", "")), _clean(request.GET.get("label", ""))
    found = rows.filter(question__icontains=asked) if asked else rows
    found = found.filter(label=label) if label else found
    content = {
        "room": "questions",
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "total": rows.count(),
        "labels": sorted(filter(None, set(rows.order_by().values_list("label", flat=True)))),
        "asked": asked,
        "label": label,
        "query": urlencode({"q": asked, "label": label}),
        **quality_of(member),
    }
    return show(
        request, member, template="dashboard/quality/questions.html", status=status, **content, **more
    )


@require_safe
@for_members(Member.Role.OPERATOR)
def quality_state(request: HttpRequest, member: Member) -> HttpResponseBase:
    """The part of the page that moves while a run is under way."""
    content = {"site": member.site, **quality_of(member)}
    return render(request, "dashboard/quality/state.html", content)


def quality_of(member: Member) -> dict[str, Any]:
    runs = runs_of(member)
    done = list(runs.filter(kind=QualityRun.Kind.MEASURE, state=QualityRun.State.DONE)[:2])
    latest = runs.first()
    fitted = list(
        FittedFile.objects.filter(knowledge_base=member.site.knowledge_base).select_related("run")[:10]
    )
    return {
        "open_run": runs.filter(state__in=QualityRun.OPEN_STATES).first(),
        "failure": reason_of(latest) if latest and latest.state == QualityRun.State.FAILED else "",
        "measured": done[0] if done else None,
        "measured_before": done[1] if len(done) > 1 else None,
        "figures": compared(done),
        "groups": groups_of(done[0]) if done else [],
        "fits": [(file, fit_figures(file)) for file in fitted],
        "fit_version": fit_of(member.site.knowledge_base_id).version,
        "has_own_fit": member.site.knowledge_base.fit_id is not None,
    }


def runs_of(member: Member) -> QuerySet[QualityRun]:
    return QualityRun.objects.filter(knowledge_base=member.site.knowledge_base).order_by("-created_at")


def reason_of(run: QualityRun) -> str:
    if run.reason.startswith("too_few:"):
        _code, there, needed = run.reason.split(":")
        return _(
            "A fit needs at least %(needed)s labelled questions that have an answer; there are %(there)s."
        ) % {"needed": needed, "there": there}
    return str(REASONS.get(run.reason, REASONS["unexpected"]))


def compared(done: list[QualityRun]) -> list[FigureRow]:
    if not done:
        return []
    now = done[0].report["overall"]
    before = done[1].report["overall"] if len(done) > 1 else {}
    return [figure_row(name, label, now=now, before=before) for name, label in FIGURES.items()]


def figure_row(name: str, label: Any, *, now: dict[str, Any], before: dict[str, Any]) -> FigureRow:
    value, was = now.get(name), before.get(name)
    change = ""
    if value is not None and was is not None and abs(value - was) >= 0.0005:
        change = "good" if (value > was) != (name in LESS_IS_BETTER) else "bad"
    return FigureRow(str(label), value, was, change)


def groups_of(run: QualityRun) -> list[tuple[str, dict[str, Any]]]:
    kinds = ((_("Language"), "by_language"), (_("Label"), "by_label"))
    return [
        (f"{kind}: {name}", figures)
        for kind, key in kinds
        for name, figures in run.report[key].items()
        if len(run.report[key]) > 1 or name != "–"
    ]


def fit_figures(file: FittedFile) -> list[FigureRow]:
    report = file.run.report
    return [
        figure_row(name, label, now=report.get("after", {}), before=report.get("before", {}))
        for name, label in FIT_FIGURES.items()
    ]


# --- One question ------------------------------------------------------------------------------------------------


@require_safe
@for_members(Member.Role.OPERATOR)
def new_question(request: HttpRequest, member: Member) -> HttpResponseBase:
    return show_form(request, member, row=None, form=form_of(None))


@require_safe
@for_members(Member.Role.OPERATOR)
def labelled_question(request: HttpRequest, member: Member, question_id: UUID) -> HttpResponseBase:
    row = question_or_404(member, question_id)
    return show_form(request, member, row=row, form=form_of(row))


@require_POST
@for_members(Member.Role.OPERATOR)
def add_question(request: HttpRequest, member: Member) -> HttpResponseBase:
    return saved(request, member, row=None)


@require_POST
@for_members(Member.Role.OPERATOR)
def save_question(request: HttpRequest, member: Member, question_id: UUID) -> HttpResponseBase:
    return saved(request, member, row=question_or_404(member, question_id))


def saved(request: HttpRequest, member: Member, *, row: LabelledQuestion | None) -> HttpResponseBase:
    form = {name: _clean(request.POST.get(name, "")) for name in form_of(row)}
    try:
        with unless_changed(request, lambda: mark_of(form_of(_locked(row)))):
            save_label(member.site.knowledge_base, label_in(form), id=row.pk if row else None)
    except BadLabels as error:
        return show_form(request, member, row=row, form=form, fault=str(error))
    except ChangedMeanwhile as error:
        row = question_or_404(member, row.pk) if row else None
        return show_form(request, member, row=row, form=form, fault=error.sentence, status=error.status)
    return redirect("labelled_questions", site_id=member.site_id)


def _locked(row: LabelledQuestion | None) -> LabelledQuestion | None:
    if row is not None:
        row.refresh_from_db(from_queryset=LabelledQuestion.objects.select_for_update())
    return row


def show_form(
    request: HttpRequest,
    member: Member,
    *,
    row: LabelledQuestion | None,
    form: dict[str, str],
    fault: str = "",
    status: int = 422,
) -> HttpResponse:
    content: dict[str, Any] = {"room": "questions", "row": row, "form": form, "fault": fault}
    content["opened"] = mark_of(form_of(row)) if row else ""
    status = status if fault else 200
    return show(request, member, template="dashboard/quality/question.html", status=status, **content)


def form_of(row: LabelledQuestion | None) -> dict[str, str]:
    if row is None:
        return dict.fromkeys(("question", "earlier", "right", "wrong", "label"), "")
    earlier = [
        f"> {said['content']}" if said["role"] == "assistant" else said["content"] for said in row.history
    ]
    return {
        "question": row.question,
        "earlier": "\n".join(line.replace("\n", " ") for line in earlier),
        "right": "\n".join(row.right),
        "wrong": "\n".join(row.wrong),
        "label": row.label,
    }


def label_in(form: dict[str, str]) -> Label:
    return Label(
        question=form["question"],
        history=history_in(form["earlier"]),
        right=_lines(form["right"]),
        wrong=_lines(form["wrong"]),
        label=form["label"],
    )


@require_POST
@for_members(Member.Role.OPERATOR)
def delete_question(request: HttpRequest, member: Member, question_id: UUID) -> HttpResponseBase:
    question_or_404(member, question_id).delete()
    return go_to(request, "labelled_questions", member.site_id)


def question_or_404(member: Member, question_id: UUID) -> LabelledQuestion:
    rows = LabelledQuestion.objects.filter(knowledge_base=member.site.knowledge_base)
    row = rows.filter(pk=question_id).first()
    if row is None:
        raise Http404
    return row


# --- Files -------------------------------------------------------------------------------------------------------


@require_POST
@for_members(Member.Role.OPERATOR)
def import_questions(request: HttpRequest, member: Member) -> HttpResponseBase:
    """A broken file changes nothing; its lines are told with their reasons."""
    file = request.FILES.get("file")
    faults = [] if file else [_("Choose a file first.")]
    if file and (file.size or 0) > LARGEST_FILE:
        faults = [_("This file is larger than %(n)d MB.") % {"n": LARGEST_FILE // 1024**2}]
    if file and not faults:
        try:
            lines = file.read().decode("utf-8-sig").split("\n")
            number = import_labels(member.site.knowledge_base, lines)
        except UnicodeDecodeError:
            faults = [_("This file is not UTF-8 text.")]
        except BadLabels as error:
            faults = str(error).split("\n")
        else:
            messages.success(request, _("Questions read: %(n)d") % {"n": number})
    if faults:
        return show_questions(request, member, status=422, faults=faults)
    return redirect("labelled_questions", site_id=member.site_id)


@require_safe
@for_members(Member.Role.OPERATOR)
def export_questions(request: HttpRequest, member: Member) -> HttpResponseBase:
    response = StreamingHttpResponse(
        export_labels(member.site.knowledge_base), content_type="application/jsonl; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="labelled-questions.jsonl"'
    return response


# --- Measuring and fitting ---------------------------------------------------------------------------------------


@require_POST
@for_members(Member.Role.OPERATOR)
def start_quality_run(request: HttpRequest, member: Member) -> HttpResponseBase:
    kind = request.POST.get("kind", "")
    known = QualityRun.Kind(kind) if kind in QualityRun.Kind.values else QualityRun.Kind.MEASURE
    return done(request, member, lambda: quality.start_run(member.site.knowledge_base, kind=known))


@require_POST
@for_members(Member.Role.OPERATOR)
def stop_quality_run(request: HttpRequest, member: Member, quality_run_id: UUID) -> HttpResponseBase:
    run = runs_of(member).filter(pk=quality_run_id).first()
    if run is None:
        raise Http404
    return done(request, member, lambda: quality.stop_run(run))


@require_POST
@for_members(Member.Role.OPERATOR)
def apply_fit(request: HttpRequest, member: Member, fit_id: int) -> HttpResponseBase:
    fitted = FittedFile.objects.filter(knowledge_base=member.site.knowledge_base, pk=fit_id).first()
    if fitted is None:
        raise Http404
    return done(request, member, lambda: quality.apply_fit(fitted))


@require_POST
@for_members(Member.Role.OPERATOR)
def revert_fit(request: HttpRequest, member: Member) -> HttpResponseBase:
    return done(request, member, lambda: quality.use_shipped_fit(member.site.knowledge_base))


def done(request: HttpRequest, member: Member, call: Any) -> HttpResponseBase:
    """Does it, and shows the page as it is now; what cannot be done is said on it."""
    try:
        call()
    except quality.CannotMeasure as error:
        messages.error(request, str(error))
    return redirect("labelled_questions", site_id=member.site_id)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()
