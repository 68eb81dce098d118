"""Files and folders into a knowledge base, and waiting until they can be found.

Jobs are done by a worker; when none takes them, they are done here, one after the other.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.core.files import File

from apps.accounts.models import User
from apps.knowledge import queries, services
from apps.knowledge.jobs import indexing
from apps.knowledge.models import IndexJob, KnowledgeBase

PATIENCE = 5.0  # seconds that a pending job waits for a worker before it is done here
LOOK_EVERY = 0.5

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Refusal:
    name: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Filled:
    jobs: Sequence[IndexJob]
    refused: Sequence[Refusal]


def files_under(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Each file and the name it is known by: relative to the folder that was given. Hidden files are passed over."""
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                name = file.relative_to(path)
                if file.is_file() and not any(part.startswith(".") for part in name.parts):
                    yield file, name.as_posix()
        else:
            yield path, path.name


def add_files(
    knowledge_base: KnowledgeBase, paths: Sequence[Path], *, by: User | None = None, progress: Progress
) -> Filled:
    jobs, refused = [], []
    for path, name in files_under(paths):
        try:
            with path.open("rb") as file:
                jobs.append(services.add_upload(knowledge_base, file=File(file), name=name, by=by))
        except services.UploadRefused as error:
            refused.append(Refusal(name, error.code, str(error)))
        except OSError as error:
            refused.append(Refusal(name, "unreadable", error.strerror or str(error)))
        progress(f"{len(jobs)} files taken in, {len(refused)} refused")
    return Filled(jobs, refused)


def wait_for(jobs: Sequence[IndexJob], *, progress: Progress) -> None:
    """Until every job is over."""
    ids = [job.pk for job in jobs]
    moved_at, last = time.monotonic(), ""
    while remaining := _open(ids):
        told = _told(ids, remaining)
        if told != last:
            moved_at, last = time.monotonic(), told
            progress(told)
        if time.monotonic() - moved_at > PATIENCE and _do_one_here(remaining, progress=progress):
            continue
        time.sleep(LOOK_EVERY)
    progress(_told(ids, []))


def _open(ids: Sequence[UUID]) -> list[IndexJob]:
    return list(IndexJob.objects.filter(pk__in=ids, state__in=IndexJob.OPEN_STATES).select_related("upload"))


def _told(ids: Sequence[UUID], remaining: Sequence[IndexJob]) -> str:
    done = len(set(ids)) - len(remaining)
    running = [job for job in remaining if job.state == IndexJob.State.RUNNING]
    now = ", ".join(f"{job.upload.name} {job.done}/{job.total}" for job in running[:3])
    return f"{done} of {len(set(ids))} files indexed" + (f"; now {now}" if now else "")


def _do_one_here(remaining: Sequence[IndexJob], *, progress: Progress) -> bool:
    """Nobody has moved for a while: whatever is pending and due is done in this very process."""
    pending = [job for job in remaining if job.state == IndexJob.State.PENDING]
    for job in pending:
        attempt = job.attempt
        progress(f"no worker takes it: indexing {job.upload.name} here")
        indexing.index_upload(job.pk)
        job.refresh_from_db()
        if job.attempt > attempt:
            return True
    return False


def report(filled: Filled) -> dict[str, object]:
    """What became of each file, and of the documents in it."""
    jobs = [IndexJob.objects.select_related("upload").get(pk=job.pk) for job in filled.jobs]
    return {
        "documents": [
            {
                "document_id": str(document.pk),
                "external_id": document.external_id,
                "title": document.title,
                "state": document.state,
                "reason": document.reason,
            }
            for job in jobs
            for document in queries.documents_of(job)
        ],
        "jobs": [
            {
                "id": str(job.pk),
                "name": job.upload.name,
                "state": job.state,
                "unchanged": given.unchanged,
                "reason": queries.progress_of(job).sentence if job.state == IndexJob.State.FAILED else "",
            }
            for job, given in zip(jobs, filled.jobs, strict=True)
        ],
        "refused": [{"name": one.name, "code": one.code, "message": one.sentence} for one in filled.refused],
    }
