"""What the assistant may know: the list of documents with what is happening to them, uploads, one document's chunks."""

from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.audit.kinds import Kind
from apps.audit.recording import record
from apps.conversations.models import Member
from apps.dashboard.access import for_members
from apps.dashboard.editing import ChangedMeanwhile, mark_of, unless_changed
from apps.dashboard.pages import go_to, show
from apps.knowledge import services
from apps.knowledge.models import (
    Audience,
    Document,
    DocumentVersion,
    IndexJob,
    KnowledgeBase,
    Origin,
    Upload,
)
from apps.knowledge.queries import (
    Progress,
    documents_in,
    jobs_in,
    latest_jobs,
    open_jobs_in,
    progress_of,
    same_content,
)
from apps.knowledge.sentences import sentence_of
from apps.knowledge.versions import differences

PER_PAGE = 50
CHUNKS_PER_PAGE = 30
SHOWN_JOBS = 100  # of a thousand files that wait, the first hundred say enough
PAGES = {
    Origin.FILE: "documents",
    Origin.FAQ: "faq_list",
    Origin.WEBSITE: "website_list",
}  # where each is told of
TYPES = "Markdown · TXT · HTML · PDF · DOCX · CSV · JSON Lines"


@dataclass(frozen=True)
class DocumentRow:
    document: Document
    sentence: str  # why it, or its newest version, failed
    job: IndexJob | None  # the latest of its file
    progress: Progress | None  # of a job that is open

    @property
    def can_retry(self) -> bool:
        return self.job is not None and self.job.state in (IndexJob.State.FAILED, IndexJob.State.CANCELLED)


@dataclass(frozen=True)
class JobRow:
    job: IndexJob
    progress: Progress


# --- The list ------------------------------------------------------------------------------------------------


@require_safe
@for_members(Member.Role.OPERATOR)
def documents(request: HttpRequest, member: Member) -> HttpResponseBase:
    largest = settings.MAX_DOCUMENT_BYTES
    content: dict[str, Any] = {
        "room": "documents",
        "types": TYPES,
        "largest": largest,
        "largest_size": f"{largest // 1024**2} MB",
        "audiences": Audience.choices,
    }
    return show(
        request, member, template="dashboard/documents/page.html", **content, **listing(request, member)
    )


@require_safe
@for_members(Member.Role.OPERATOR)
def document_list(request: HttpRequest, member: Member) -> HttpResponseBase:
    return show_list(request, member)


def show_list(request: HttpRequest, member: Member, *, sentence: str = "", status: int = 200) -> HttpResponse:
    content = {"site": member.site, "sentence": sentence, **listing(request, member)}
    return render(request, "dashboard/documents/list.html", content, status=status)


def listing(request: HttpRequest, member: Member) -> dict[str, Any]:
    base = member.site.knowledge_base
    asked, state = request.GET.get("q", "").strip().replace("\x00", ""), request.GET.get("state", "")
    folder = request.GET.get("folder", "").replace("\x00", "")
    files = documents_in(base).filter(upload__origin=Origin.FILE)
    found = filtered(files, asked=asked, state=state)
    found = found.filter(upload__name__startswith=f"{folder}/") if folder else found
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    jobs = jobs_to_show(member)
    shown = list(jobs[:SHOWN_JOBS])
    return {
        "page": page,
        "rows": rows_of(list(page)),
        "jobs": [JobRow(job, progress=progress_of(job)) for job in shown],
        "more_jobs": jobs.count() - len(shown),
        "is_busy": open_jobs_in(base).filter(upload__origin=Origin.FILE).exists(),
        "total": files.order_by().count(),
        "folder": folder,
        "folders": folders_in(base),
        "asked": asked,
        "state": state,
        "states": Document.State.choices,
        "query": urlencode({"q": asked, "state": state, "folder": folder}),
    }


def folders_in(base: KnowledgeBase) -> list[str]:
    """The folders that files came with, as their names tell."""
    names = Document.objects.filter(
        knowledge_base=base, upload__origin=Origin.FILE, upload__name__contains="/"
    )
    found = names.order_by().values_list("upload__name", flat=True).distinct()
    return sorted({name.rpartition("/")[0] for name in found})


def filtered(found: QuerySet[Document], *, asked: str, state: str) -> QuerySet[Document]:
    if asked:
        found = found.filter(Q(title__icontains=asked) | Q(external_id__icontains=asked))
    return found.filter(state=state) if state in Document.State.values else found


def rows_of(found: list[Document]) -> list[DocumentRow]:
    names = [document.upload.name for document in found]
    jobs = latest_jobs(found[0].knowledge_base_id, names) if found else {}
    return [row_of(document, job=jobs.get(document.upload.name)) for document in found]


def row_of(document: Document, *, job: IndexJob | None) -> DocumentRow:
    progress = progress_of(job) if job is not None and job.is_open else None
    return DocumentRow(document, sentence=sentence_of(document), job=job, progress=progress)


def jobs_to_show(member: Member) -> QuerySet[IndexJob]:
    """Files under way, oldest first, and files that failed without leaving a document to say so."""
    base = member.site.knowledge_base
    newer = IndexJob.objects.filter(
        knowledge_base=base, upload__name=OuterRef("upload__name"), created_at__gt=OuterRef("created_at")
    )
    named = Document.objects.filter(knowledge_base=base).values("external_id")
    failed = (
        Q(state=IndexJob.State.FAILED, upload__documents=None) & ~Exists(newer) & ~Q(upload__name__in=named)
    )
    found = jobs_in(base).filter(Q(state__in=IndexJob.OPEN_STATES) | failed, upload__origin=Origin.FILE)
    return found.order_by("created_at")


# --- Uploads ---------------------------------------------------------------------------------------------------


@require_POST
@for_members(Member.Role.OPERATOR)
def upload(request: HttpRequest, member: Member) -> HttpResponseBase:
    """One file a request from our own page, with its relative name; any number from a plain form."""
    files = request.FILES.getlist("files")
    if not files:
        raise services.UploadRefused("empty", _("Choose a file first."))
    name = request.POST.get("name", "") if len(files) == 1 else ""
    audience = audience_in(request)
    jobs = [
        services.add_upload(
            member.site.knowledge_base,
            file=file,
            name=name or file.name or "",
            by=member.user,
            audience=audience,
        )
        for file in files
    ]
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(told(member, jobs[0]), status=201)
    return redirect("documents", site_id=member.site_id)


def told(member: Member, job: IndexJob) -> dict[str, Any]:
    """What became of a file; of one that is here under another name, where."""
    said: dict[str, Any] = {"name": job.upload.name, "state": job.state, "unchanged": job.unchanged}
    same = same_content(job.upload).first()
    if same and not job.unchanged:
        sentence = _("Received. The same content is already here as “%(title)s”.") % {"title": same.title}
        said["same_as"] = {"sentence": sentence, "url": reverse("document", args=[member.site_id, same.pk])}
    return said


def audience_in(request: HttpRequest) -> str:
    given = request.POST.get("audience", "")
    return given if given in Audience.values else Audience.PUBLIC


@require_POST
@for_members(Member.Role.OPERATOR)
def retry_job(request: HttpRequest, member: Member, job_id: UUID) -> HttpResponseBase:
    return changed(request, member, services.retry_job, job_or_404(member, job_id))


@require_POST
@for_members(Member.Role.OPERATOR)
def cancel_job(request: HttpRequest, member: Member, job_id: UUID) -> HttpResponseBase:
    return changed(request, member, services.cancel_job, job_or_404(member, job_id))


@require_POST
@for_members(Member.Role.OPERATOR)
def delete_document(request: HttpRequest, member: Member, document_id: UUID) -> HttpResponseBase:
    @transaction.atomic
    def remove(document: Document) -> None:
        services.remove_document(document)
        record(Kind.DOCUMENT_DELETED, site_id=member.site_id, by=member.user, subject=document.title)

    return changed(request, member, remove, document_or_404(member, document_id))


def changed(
    request: HttpRequest, member: Member, call: Any, subject: Document | IndexJob
) -> HttpResponseBase:
    """Does it, and shows the list as it is now; what cannot be done is said above the list."""
    sentence, origin = "", Origin(subject.upload.origin)
    try:
        call(subject)
    except services.KnowledgeError as error:
        sentence = str(error)
    if getattr(request, "htmx", False) and request.POST.get("from") == "list":
        return show_list(request, member, sentence=sentence, status=409 if sentence else 200)
    if sentence:
        messages.error(request, sentence)
    return go_to(request, PAGES[origin], member.site_id)


# --- One document -------------------------------------------------------------------------------------------------


@require_safe
@for_members(Member.Role.OPERATOR)
def document(request: HttpRequest, member: Member, document_id: UUID) -> HttpResponseBase:
    return show_document(request, member, document_or_404(member, document_id))


def show_document(
    request: HttpRequest, member: Member, found: Document, *, fault: str = "", status: int = 422
) -> HttpResponse:
    """After a refusal the form is as it was sent."""
    chunks = Paginator(found.chunks.all(), CHUNKS_PER_PAGE).get_page(request.GET.get("page"))
    row = rows_of([found])[0]
    content: dict[str, Any] = {
        "room": "documents",
        "row": row,
        "document": found,
        "chunks": chunks,
        "page": chunks,
        "query": "",
        "audiences": Audience.choices,
        "versions": list(found.versions.select_related("upload__added_by")),
        "same": list(same_content(found.upload).exclude(pk=found.pk)[:5]),
        "fault": fault,
        "readers": request.POST if fault else readers_of(found),
        "opened": mark_of(readers_of(found)),
    }
    status = status if fault else 200
    return show(request, member, template="dashboard/documents/document.html", status=status, **content)


def _locked(found: Document) -> Document:
    rows = Document.objects.select_for_update()
    found.refresh_from_db(from_queryset=rows, fields=["audience", "valid_from", "valid_until"])
    return found


def readers_of(found: Document) -> dict[str, str]:
    first, last = found.valid_from, found.valid_until
    return {
        "audience": found.audience,
        "valid_from": first.isoformat() if first else "",
        "valid_until": last.isoformat() if last else "",
    }


@require_POST
@for_members(Member.Role.OPERATOR)
def set_document(request: HttpRequest, member: Member, document_id: UUID) -> HttpResponseBase:
    """Who may be shown it, and on which days: counts from the next search on."""
    found = document_or_404(member, document_id)
    try:
        first, last = day_in(request, "valid_from"), day_in(request, "valid_until")
    except ValueError:
        return show_document(request, member, found, fault=_("A day is written like 2026-12-31."))
    if first and last and last < first:
        return show_document(request, member, found, fault=_("The last day is before the first."))
    try:
        with unless_changed(request, lambda: mark_of(readers_of(_locked(found)))):
            services.set_readers(found, audience=audience_in(request), valid_from=first, valid_until=last)
    except ChangedMeanwhile as error:
        found = document_or_404(member, document_id)
        return show_document(request, member, found, fault=error.sentence, status=error.status)
    messages.success(request, _("Saved. It counts from the next question on."))
    return redirect("document", site_id=member.site_id, document_id=found.pk)


def day_in(request: HttpRequest, name: str) -> date | None:
    given = request.POST.get(name, "").strip()
    return date.fromisoformat(given) if given else None


@require_safe
@for_members(Member.Role.OPERATOR)
def document_version(
    request: HttpRequest, member: Member, document_id: UUID, number: int
) -> HttpResponseBase:
    """How this version differs from what answers now."""
    found = document_or_404(member, document_id)
    version = version_or_404(found, number)
    live = found.versions.filter(number=found.version).first()
    content: dict[str, Any] = {
        "room": "documents",
        "document": found,
        "version": version,
        "lines": differences(version.text, live.text if live else ""),
        "can_bring_back": version.number != found.version and version.upload is not None,
    }
    return show(request, member, template="dashboard/documents/version.html", **content)


@require_POST
@for_members(Member.Role.OPERATOR)
def bring_back(request: HttpRequest, member: Member, document_id: UUID, number: int) -> HttpResponseBase:
    found = document_or_404(member, document_id)
    try:
        services.bring_back(version_or_404(found, number), by=member.user)
    except services.KnowledgeError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It is being indexed. Until then the other one answers."))
    return redirect("document", site_id=member.site_id, document_id=found.pk)


def version_or_404(document: Document, number: int) -> DocumentVersion:
    version = (
        document.versions.filter(number=number).select_related("upload", "document__knowledge_base").first()
    )
    if version is None:
        raise Http404
    return version


@require_safe
@for_members(Member.Role.OPERATOR)
def document_file(request: HttpRequest, member: Member, document_id: UUID) -> HttpResponseBase:
    """The file as it was given. Always a download: what others wrote never runs on our origin."""
    return as_download(document_or_404(member, document_id).upload)


def as_download(upload: Upload) -> FileResponse:
    try:
        content = upload.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(
        content,
        as_attachment=True,
        filename=PurePosixPath(upload.name).name,
        content_type="application/octet-stream",
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def document_or_404(member: Member, document_id: UUID) -> Document:
    found = documents_in(member.site.knowledge_base).filter(pk=document_id).first()
    if found is None:
        raise Http404
    return found


def job_or_404(member: Member, job_id: UUID) -> IndexJob:
    job = jobs_in(member.site.knowledge_base).filter(pk=job_id).first()
    if job is None:
        raise Http404
    return job
