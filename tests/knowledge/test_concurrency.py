"""Many people and workers at once: whoever comes first, the rows and both caches agree in the end."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from apps.knowledge import services
from apps.knowledge.jobs import indexing
from apps.knowledge.models import Chunk, Document, IndexJob, KnowledgeBase, LooseVector, Upload
from tests.knowledge.conftest import found, rows, upload


def at_once(*calls: Callable[[], object]) -> Sequence[object]:
    """Each in a thread of its own; raises what any of them raised."""

    def run(call: Callable[[], object]) -> object:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_same_file_added_by_many_people_at_once_is_one_job(base: KnowledgeBase) -> None:
    jobs = at_once(*[lambda: upload(base, "Returns within 30 days.").pk] * 6)
    assert len(set(jobs)) == 1
    assert Upload.objects.count() == IndexJob.objects.count() == Document.objects.count() == 1


def test_two_workers_at_the_same_job_do_it_once(base: KnowledgeBase) -> None:
    job = upload(base, "Returns within 30 days.")
    at_once(*[lambda: indexing.index_upload(job.pk)] * 4)
    job.refresh_from_db()
    assert (job.state, job.attempt) == (IndexJob.State.DONE, 1)
    assert base.documents.get().version == 1


def test_versions_worked_on_at_once_end_with_the_latest(base: KnowledgeBase) -> None:
    jobs = [upload(base, f"Returns within {days} days.") for days in (10, 20, 30, 40)]
    at_once(*[lambda job=job: indexing.index_upload(job.pk) for job in jobs])
    assert found(base, "returns within days") == ["Returns within 40 days."]
    assert services.verify(base).ok


def test_files_of_rows_worked_on_at_once_end_with_the_latest(base: KnowledgeBase) -> None:
    def version(number: int) -> str:
        ids = range(number, number + 30)
        return rows(*[{"id": str(n), "title": f"Row {n}", "text": f"Version {number} of {n}."} for n in ids])

    jobs = [upload(base, version(number), name="all.jsonl") for number in range(4)]
    at_once(*[lambda job=job: indexing.index_upload(job.pk) for job in jobs])
    assert set(Chunk.objects.values_list("text", flat=True)) == {f"Version 3 of {n}." for n in range(3, 33)}
    assert services.verify(base).ok


def test_anything_in_any_order_leaves_rows_and_caches_in_agreement(base: KnowledgeBase) -> None:
    chance = random.Random(7)

    def add_and_work() -> None:
        number = chance.randrange(4)
        job = upload(base, f"Text {chance.randrange(3)} of {number}.", name=f"{number}.md")
        if chance.random() < 0.2:
            cancel(job)
        indexing.index_upload(job.pk)

    def remove() -> None:
        document = base.documents.order_by("?").first()
        if document is not None:
            services.remove_document(document)

    for _ in range(5):
        at_once(add_and_work, add_and_work, add_and_work, remove)
    assert not IndexJob.objects.filter(state__in=IndexJob.OPEN_STATES).exists()
    assert services.verify(base).ok
    assert not LooseVector.objects.exists()
    assert set(base.documents.values_list("state", flat=True)) <= {Document.State.READY}


def cancel(job: IndexJob) -> None:
    try:
        services.cancel_job(job)
    except services.CannotCancel:
        return  # it was quicker
