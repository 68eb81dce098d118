"""What people read: documents and jobs of one knowledge base."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.knowledge.models import Chunk, Document, IndexJob, KnowledgeBase, Upload
from apps.knowledge.sentences import sentence_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job is. `done` and `total` count chunks; `percent` is None until the file was read."""

    state: str
    stage: str
    done: int
    total: int
    percent: int | None
    attempt: int
    sentence: str


def documents_in(knowledge_base: KnowledgeBase) -> QuerySet[Document]:
    """Newest first. Each with `chunk_count`, and `open_job_id` while a (new) version of its file is on its way."""
    open_jobs = IndexJob.objects.filter(
        knowledge_base=knowledge_base,
        upload__name=OuterRef("upload__name"),
        state__in=IndexJob.OPEN_STATES,
    ).order_by("-created_at")
    chunks = Chunk.objects.filter(document=OuterRef("pk")).order_by().values("document")
    return (
        Document.objects.filter(knowledge_base=knowledge_base)
        .select_related("upload")
        .annotate(
            chunk_count=Coalesce(Subquery(chunks.annotate(count=Count("pk")).values("count")), 0),
            open_job_id=Subquery(open_jobs.values("pk")[:1]),
        )
        .order_by("-updated_at", "external_id")
    )


def documents_of(job: IndexJob) -> QuerySet[Document]:
    """The documents that come from the job's file."""
    return Document.objects.filter(upload=job.upload_id).order_by("external_id")


def jobs_in(knowledge_base: KnowledgeBase) -> QuerySet[IndexJob]:
    """Newest first."""
    jobs = IndexJob.objects.filter(knowledge_base=knowledge_base)
    return jobs.select_related("upload").order_by("-created_at")


def open_jobs_in(knowledge_base: KnowledgeBase) -> QuerySet[IndexJob]:
    return jobs_in(knowledge_base).filter(state__in=IndexJob.OPEN_STATES)


def latest_jobs(knowledge_base_id: UUID, names: Collection[str]) -> dict[str, IndexJob]:
    """The newest job of each of these files, by the file's name."""
    uploads = {"upload__knowledge_base": knowledge_base_id}  # their names are found by an index
    newer = IndexJob.objects.filter(
        **uploads, upload__name=OuterRef("upload__name"), created_at__gt=OuterRef("created_at")
    )
    jobs = IndexJob.objects.filter(~Exists(newer), **uploads, upload__name__in=names)
    return {job.upload.name: job for job in jobs.select_related("upload")}


def progress_of(job: IndexJob) -> Progress:
    return Progress(
        state=job.state,
        stage=job.stage,
        done=job.done,
        total=job.total,
        percent=100 * job.done // job.total if job.total else None,
        attempt=job.tries,
        sentence=sentence_of(job),
    )


def same_content(upload: Upload) -> QuerySet[Document]:
    """Documents whose files hold the very same under another name."""
    others = Document.objects.filter(
        knowledge_base=upload.knowledge_base_id, upload__sha256=upload.sha256
    ).exclude(upload__sha256="")
    return others.exclude(upload__name=upload.name).order_by("created_at")
