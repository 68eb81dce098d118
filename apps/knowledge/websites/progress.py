"""How far a visit is, or how the last one ended: pages found, fetched, indexed, gone and failed, and each page's state."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from django.utils import timezone

from apps.knowledge.models import IndexJob, WebPage, Website
from apps.knowledge.queries import latest_jobs


class PageState(StrEnum):
    INDEXED = "indexed"
    INDEXING = "indexing"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageProgress:
    """`job` is the one that is open, or the last where it failed."""

    page: WebPage
    state: PageState
    job: IndexJob | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """All but `is_waiting` and `is_reading` count pages; `gone` counts also those that no list names any more."""

    is_waiting: bool  # for a worker
    is_reading: bool
    found: int
    fetched: int
    indexed: int
    indexing: int
    gone: int
    failed: int
    pages: tuple[PageProgress, ...]

    @property
    def is_busy(self) -> bool:
        return self.is_waiting or self.is_reading or self.indexing > 0


def visit_of(website: Website) -> Visit:
    now = timezone.now()
    is_reading = website.lease_until is not None and website.lease_until > now
    pages = _pages_of(website)
    counted = Counter(one.state for one in pages)
    return Visit(
        is_waiting=not is_reading and website.next_visit_at is not None and website.next_visit_at <= now,
        is_reading=is_reading,
        found=website.total,
        fetched=website.done,
        indexed=counted[PageState.INDEXED],
        indexing=counted[PageState.INDEXING],
        gone=website.gone + counted[PageState.GONE],
        failed=counted[PageState.FAILED],
        pages=pages,
    )


def _pages_of(website: Website) -> tuple[PageProgress, ...]:
    """Without those whose turn has not come yet."""
    visited = [page for page in website.pages.all() if page.visited_at]
    jobs = latest_jobs(website.knowledge_base_id, [page.name for page in visited])
    return tuple(_progress_of(page, jobs.get(page.name)) for page in visited)


def _progress_of(page: WebPage, job: IndexJob | None) -> PageProgress:
    return PageProgress(page=page, state=_state_of(page, job), job=job)


def _state_of(page: WebPage, job: IndexJob | None) -> PageState:
    if page.reason:
        return PageState.GONE if page.reason == "gone" else PageState.FAILED
    if job is None or job.state == IndexJob.State.DONE:
        return PageState.INDEXED
    return PageState.INDEXING if job.is_open else PageState.FAILED
