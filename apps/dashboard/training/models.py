"""Models: what answers customers, the runs that made it, how each was judged, and the way there and back.

What lies in a run's folder was written by programs that read customers' words: it is shown as text, or (a report) in a
page of its own that may run nothing and load nothing.
"""

from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from apps.conversations.models import Member
from apps.dashboard.access import for_members
from apps.dashboard.pages import show
from apps.dashboard.training import judgements
from apps.training import guarding, queries, services
from apps.training.errors import BadRequest, TrainingRefused
from apps.training.models import Job, ModelVersion, TrainingRun
from apps.training.snapshotting import Source
from model_training import profiles

OPERATOR = Member.Role.OPERATOR
SHOWN = 30  # rows of each list; older ones are reached through their lineage
REPORTS = {
    "cleaning": "dataset/cleaned/report.html",
    "training": "report.html",
    "evaluation": "evaluation/report.html",
}
# A report may look as it likes and do nothing: no script, no form, no request, no origin.
SEALED = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


# --- The page of all models -----------------------------------------------------------------------------------------


@require_safe
@for_members(OPERATOR)
def models(request: HttpRequest, member: Member) -> HttpResponseBase:
    return show(request, member, template="dashboard/training/page.html", room="models", **overview(member))


@require_safe
@for_members(OPERATOR)
def model_list(request: HttpRequest, member: Member) -> HttpResponseBase:
    content = {"site": member.site, "member": member, **overview(member)}
    return render(request, "dashboard/training/list.html", content)


def overview(member: Member) -> dict[str, Any]:
    site = member.site
    challenger = queries.challenger_of(site)
    versions = list(queries.versions_of(site)[:SHOWN])
    runs = list(queries.runs_of(site)[:SHOWN])
    trial, under_way = queries.trial_of(site), queries.open_deployment(site)
    deployments = list(queries.deployments_of(site)[:1])
    return {
        "base_model": settings.LLM_MODEL,
        "live": queries.live_version(site),
        "trial": trial,
        "guards": guarding.guards_of(trial) if trial else [],
        "under_way": under_way,
        "last_failed": next((one for one in deployments if one.state == Job.State.FAILED), None),
        "runs": [run for run in runs if run.state != Job.State.PROPOSED],
        "proposals": [run for run in runs if run.state == Job.State.PROPOSED],
        "versions": [(one, queries.alias_of(one, site=site, challenger=challenger)) for one in versions],
        "can_roll_back": queries.can_roll_back(site),
        "audit": queries.audit_of(site)[:SHOWN],
        "is_busy": under_way is not None or any(run.is_open for run in runs),
    }


# --- Starting a run -----------------------------------------------------------------------------------------------------


@require_safe
@for_members(OPERATOR)
def new_run(request: HttpRequest, member: Member) -> HttpResponseBase:
    return show_form(request, member, given=request.GET)


def show_form(
    request: HttpRequest,
    member: Member,
    *,
    given: Any,
    refusal: TrainingRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    content = {
        "room": "models",
        "given": {
            "profile": given.get("profile") or settings.TRAINING_PROFILE,
            "since": given.get("since", ""),
            "consent": given.get("consent") or "given",
            "cap": given.get("cap") or "20",
            "overrides": given.get("overrides", ""),
            "proposal": given.get("proposal", ""),
        },
        "profiles": profiles.available(),
        "refusal": refusal,
        **estimated(member, given),
    }
    return show(request, member, template="dashboard/training/new.html", status=status, **content)


@require_safe
@for_members(OPERATOR)
def run_estimate(request: HttpRequest, member: Member) -> HttpResponseBase:
    """What the form as it stands would take."""
    return render(request, "dashboard/training/estimate.html", estimated(member, request.GET))


def estimated(member: Member, given: Any) -> dict[str, Any]:
    try:
        told = services.estimate(
            member.site,
            profile=given.get("profile") or settings.TRAINING_PROFILE,
            source=source_of(given),
            overrides=given.get("overrides", ""),
        )
    except TrainingRefused as error:
        return {"estimate": None, "why_no_estimate": error}
    return {"estimate": told, "why_no_estimate": None}


def source_of(given: Any) -> Source:
    """Raises BadRequest."""
    try:
        since = given.get("since", "").strip()
        return Source(
            since=date.fromisoformat(since) if since else None,
            consent=given.get("consent") or "given",
            cap=int(given.get("cap") or 20),
        )
    except ValueError as error:
        raise BadRequest("bad_source", _("Give a date as 2026-01-31 and a cap as a number.")) from error


@require_POST
@for_members(OPERATOR)
def start_run(request: HttpRequest, member: Member) -> HttpResponseBase:
    given = request.POST
    proposal = run_or_404(member, given["proposal"]) if given.get("proposal") else None
    try:
        run = services.start_run(
            member.site,
            profile=given.get("profile", ""),
            source=source_of(given),
            by=member.user,
            overrides=given.get("overrides", ""),
            proposal=proposal,
        )
    except TrainingRefused as error:
        if wants_json(request):
            return refused(error)
        return show_form(request, member, given=given, refusal=error, status=error.status)
    return redirect("run", site_id=member.site_id, run_id=run.pk)


# --- One run -----------------------------------------------------------------------------------------------------------


@require_safe
@for_members(OPERATOR)
def run(request: HttpRequest, member: Member, run_id: UUID) -> HttpResponseBase:
    found = run_or_404(member, run_id)
    content = judgements.of_run(found)
    return show(request, member, template="dashboard/training/run.html", room="models", **content)


@require_safe
@for_members(OPERATOR)
def run_live(request: HttpRequest, member: Member, run_id: UUID) -> HttpResponseBase:
    found = run_or_404(member, run_id)
    content = {"site": member.site, **judgements.of_run(found)}
    return render(request, "dashboard/training/run_live.html", content)


@require_safe
@for_members(OPERATOR)
def run_report(request: HttpRequest, member: Member, run_id: UUID, kind: str) -> HttpResponseBase:
    """As the step wrote it, in a page that may do nothing."""
    found = run_or_404(member, run_id)
    path = found.folder / REPORTS.get(kind, "")
    if kind not in REPORTS or not path.is_file():
        raise Http404
    response = HttpResponse(path.read_bytes(), content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = SEALED
    return response


@require_safe
@for_members(OPERATOR)
def run_answers(request: HttpRequest, member: Member, run_id: UUID) -> HttpResponseBase:
    """Champion and challenger side by side, where they differ."""
    found = run_or_404(member, run_id)
    content = judgements.side_by_side(
        found,
        page=request.GET.get("page"),
        language=request.GET.get("language", ""),
        everything="all" in request.GET,
    )
    return show(
        request, member, template="dashboard/training/answers.html", room="models", run=found, **content
    )


@require_POST
@for_members(OPERATOR)
def cancel_run(request: HttpRequest, member: Member, run_id: UUID) -> HttpResponseBase:
    found = run_or_404(member, run_id)
    back = reverse("run", args=[member.site_id, found.pk])
    if found.state == Job.State.PROPOSED:
        back = reverse("models", args=[member.site_id])
    return done(request, lambda: services.cancel_run(found, by=member.user), back=back)


@require_POST
@for_members(OPERATOR)
def retry_run(request: HttpRequest, member: Member, run_id: UUID) -> HttpResponseBase:
    found = run_or_404(member, run_id)
    back = reverse("run", args=[member.site_id, found.pk])
    return done(request, lambda: services.retry_run(found, by=member.user), back=back)


def run_or_404(member: Member, run_id: UUID | str) -> TrainingRun:
    try:
        found = queries.runs_of(member.site).filter(pk=UUID(str(run_id))).first()
    except ValueError:
        raise Http404 from None
    if found is None:
        raise Http404
    return found


# --- One version --------------------------------------------------------------------------------------------------------


@require_safe
@for_members(OPERATOR)
def version(request: HttpRequest, member: Member, version_id: UUID) -> HttpResponseBase:
    return show_version(request, member, version_or_404(member, version_id))


def show_version(
    request: HttpRequest, member: Member, found: ModelVersion, *, refusal: TrainingRefused | None = None
) -> HttpResponse:
    site = member.site
    site.refresh_from_db()
    others = queries.versions_of(site).exclude(pk=found.pk)
    other = next((one for one in others if str(one.pk) == request.GET.get("with")), None)
    content = {
        "room": "models",
        "version": found,
        "run": found.run,
        "alias": queries.alias_of(found, site=site, challenger=queries.challenger_of(site)),
        "evaluation": queries.evaluation_of(found),
        "deployments": queries.deployments_of(site).filter(version=found)[:SHOWN],
        "under_way": queries.open_deployment(site),
        "refusals": queries.why_not_passed(found),
        "card": judgements.card_of(found),
        "others": others,
        "other": other,
        "comparison": judgements.compare(found, other) if other else [],
        "may_override": member.may(Member.Role.ADMIN),
        "refusal": refusal,
        "override_reason": request.POST.get("override_reason", ""),
    }
    status = refusal.status if refusal else 200
    return show(request, member, template="dashboard/training/version.html", status=status, **content)


@require_safe
@for_members(OPERATOR)
def download_version(request: HttpRequest, member: Member, version_id: UUID) -> HttpResponseBase:
    found = version_or_404(member, version_id)
    return judgements.as_download(found)


@require_POST
@for_members(OPERATOR)
def deploy(request: HttpRequest, member: Member, version_id: UUID) -> HttpResponseBase:
    found = version_or_404(member, version_id)
    try:
        share = request.POST.get("share") or "100"
        if not share.isdecimal():
            raise BadRequest("bad_share", _("The share is a number from 1 to 100."))
        reason = request.POST.get("override_reason", "")
        deployment = services.deploy(found, by=member, share=int(share[:4]), override_reason=reason)
    except TrainingRefused as error:
        return refused(error) if wants_json(request) else show_version(request, member, found, refusal=error)
    if wants_json(request):
        return JsonResponse({"deployment_id": str(deployment.pk), "state": deployment.state}, status=202)
    return redirect("models", site_id=member.site_id)


def version_or_404(member: Member, version_id: UUID) -> ModelVersion:
    found = queries.versions_of(member.site).filter(pk=version_id).first()
    if found is None:
        raise Http404
    return found


# --- There and back ------------------------------------------------------------------------------------------------------


@require_POST
@for_members(OPERATOR)
def rollback(request: HttpRequest, member: Member) -> HttpResponseBase:
    back = reverse("models", args=[member.site_id])
    return done(request, lambda: services.rollback(member.site, by=member.user), back=back)


@require_POST
@for_members(OPERATOR)
def stop_trial(request: HttpRequest, member: Member) -> HttpResponseBase:
    def stop() -> None:
        trial = queries.trial_of(member.site)
        if trial is not None:  # somebody else stopped it a moment ago: what was asked for is so
            services.stop_trial(trial, by=member.user)

    return done(request, stop, back=reverse("models", args=[member.site_id]))


def done(request: HttpRequest, act: Any, *, back: str) -> HttpResponseBase:
    """Does it and goes back; what was refused is said above the page."""
    try:
        act()
    except TrainingRefused as error:
        if wants_json(request):
            return refused(error)
        messages.error(request, str(error))
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(back)
    return redirect(back)


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def refused(error: TrainingRefused) -> JsonResponse:
    told = {"code": error.code, "message": str(error), "reasons": error.reasons}
    return JsonResponse({"error": told}, status=error.status)
