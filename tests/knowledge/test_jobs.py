"""The life of a job: claimed once, taken over from the dead, told in a sentence when it fails."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone, translation

from apps.knowledge import services, tasks
from apps.knowledge.jobs import indexing, leasing, sweeping
from apps.knowledge.models import Chunk, Document, IndexJob, KnowledgeBase, LooseVector, Upload
from apps.knowledge.searching import index_of
from apps.knowledge.sentences import SENTENCES, sentence_of
from retrieval import IndexUnavailable, ParseError
from tests.knowledge.conftest import found, index, rows, upload, work
from tests.services import wait_for


def test_running_it_twice_changes_nothing(base: KnowledgeBase) -> None:
    job = index(base, "Returns within 30 days.")
    base.refresh_from_db()
    before = (base.revision, list(Chunk.objects.values()), list(Document.objects.values()))
    assert work(job).attempt == 1
    base.refresh_from_db()
    assert (base.revision, list(Chunk.objects.values()), list(Document.objects.values())) == before


def test_only_one_of_two_claims_gets_the_job(base: KnowledgeBase) -> None:
    job = upload(base, "Returns within 30 days.")
    assert leasing.claim(job.pk) is not None
    assert leasing.claim(job.pk) is None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_later_upload_wins_whatever_the_order_of_work(base: KnowledgeBase, order: tuple[int, int]) -> None:
    jobs = [upload(base, "Returns within 30 days."), upload(base, "Returns within 60 days.")]
    for position in order:
        work(jobs[position])
    assert found(base, "returns days") == ["Returns within 60 days."]
    assert base.documents.get().state == Document.State.READY
    assert services.verify(base).ok


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_later_file_of_rows_wins_whatever_the_order_of_work(
    base: KnowledgeBase, order: tuple[int, int]
) -> None:
    old = rows(
        {"id": "1", "title": "Old", "text": "Old row."}, {"id": "2", "title": "Both", "text": "Old text."}
    )
    new = rows({"id": "2", "title": "Both", "text": "New text."})
    jobs = [upload(base, old, name="a.jsonl"), upload(base, new, name="a.jsonl")]
    for position in order:
        work(jobs[position])
    assert list(Chunk.objects.values_list("text", flat=True)) == ["New text."]


def test_earlier_version_lives_when_the_later_cannot_be_read(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = upload(base, "Returns within 30 days."), upload(base, "Returns within 60 days.")
    with monkeypatch.context() as patch:
        patch.setattr(indexing, "parse_file", refuse)
        assert work(second).state == IndexJob.State.FAILED
    work(first)
    assert found(base, "returns days") == ["Returns within 30 days."]


def refuse(*args: object, **kwargs: object) -> None:
    raise ParseError("This file is damaged.", code="broken")


def test_broken_file_fails_at_once_with_a_sentence_in_both_languages(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "parse_file", refuse)
    job = index(base, "Not to be read.")
    document = base.documents.get()
    assert (job.state, job.tries, job.reason_code) == (IndexJob.State.FAILED, 1, "broken")
    assert (document.state, document.reason) == (Document.State.FAILED, "This file is damaged.")
    assert "damaged" in sentence_of(document)


def test_failed_new_version_leaves_the_old_one_answering_and_says_so(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(base, "Returns within 30 days.")
    monkeypatch.setattr(indexing, "parse_file", refuse)
    index(base, "Returns within 60 days.")
    document = base.documents.get()
    assert (document.state, document.reason_code) == (Document.State.READY, "broken")
    assert found(base, "returns days") == ["Returns within 30 days."]


# --- The vector store is away ----------------------------------------------------------------------------


class AwayVectors:
    def __init__(self, vectors: object) -> None:
        self.vectors = vectors

    def __getattr__(self, name: str) -> object:
        def away(*args: object, **kwargs: object) -> None:
            raise IndexUnavailable("away")

        return away


def test_missing_vector_store_costs_no_try_and_says_when_it_goes_on(base: KnowledgeBase) -> None:
    caches = index_of(base.pk)
    caches.vectors, vectors = AwayVectors(caches.vectors), caches.vectors
    job = upload(base, "Returns within 30 days.")
    for _ in range(5):
        IndexJob.objects.update(not_before=None)
        work(job)
    assert (job.state, job.tries, job.waits) == (IndexJob.State.PENDING, 0, 5)
    assert job.not_before > timezone.now() + timedelta(seconds=50)
    assert "trying again at" in sentence_of(job)
    caches.vectors = vectors
    assert work(job).state == IndexJob.State.PENDING, "not due yet"
    IndexJob.objects.update(not_before=None)
    assert work(job).state == IndexJob.State.DONE
    assert found(base, "returns days") == ["Returns within 30 days."]


def test_removing_works_while_the_vector_store_is_away(base: KnowledgeBase) -> None:
    index(base, "Returns within 30 days.")
    caches = index_of(base.pk)
    caches.vectors, vectors = AwayVectors(caches.vectors), caches.vectors
    services.remove_document(base.documents.get())
    assert found(base, "returns days") == []
    tasks.discard_vectors(str(base.pk))
    assert LooseVector.objects.count() == 1
    caches.vectors = vectors
    tasks.discard_vectors(str(base.pk))
    assert services.verify(base).ok


# --- Workers that die, and sweeping ----------------------------------------------------------------------


def die(job: IndexJob) -> IndexJob:
    """A worker claimed the job, and was never heard of again."""
    assert leasing.claim(job.pk)
    IndexJob.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    sweeping.release_lost()
    job.refresh_from_db()
    return job


def test_job_of_a_dead_worker_is_done_by_another(base: KnowledgeBase, rung: list[uuid.UUID]) -> None:
    job = upload(base, "Returns within 30 days.")
    assert die(job).state == IndexJob.State.PENDING
    IndexJob.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    rung.clear()
    tasks.sweep_jobs()
    assert rung == [job.pk]
    assert work(job).state == IndexJob.State.DONE


def test_three_dead_workers_are_a_failure_with_a_sentence(base: KnowledgeBase) -> None:
    job = upload(base, "Returns within 30 days.")
    states = [die(job).state for _ in range(3)]
    assert states == ["pending", "pending", "failed"]
    assert job.reason_code == "worker_lost"
    assert "Split the file" in sentence_of(base.documents.get())
    assert base.documents.get().state == Document.State.FAILED


def test_living_worker_is_left_alone(base: KnowledgeBase) -> None:
    job = upload(base, "Returns within 30 days.")
    leasing.claim(job.pk)
    tasks.sweep_jobs()
    job.refresh_from_db()
    assert job.state == IndexJob.State.RUNNING


def test_worker_thought_dead_cannot_write_any_more(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = upload(base, "Returns within 30 days.")
    flip = indexing._flip

    def slow_flip(zombie: IndexJob, versions: object) -> None:
        monkeypatch.setattr(indexing, "_flip", flip)
        IndexJob.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        sweeping.release_lost()
        work(job)
        flip(zombie, versions)

    monkeypatch.setattr(indexing, "_flip", slow_flip)
    work(job)
    assert (job.state, job.attempt) == (IndexJob.State.DONE, 2)
    assert base.documents.get().version == 1


def test_vectors_that_a_dead_worker_left_are_discarded(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*args: object) -> None:
        raise Killed

    job = upload(base, "Returns within 30 days.")
    monkeypatch.setattr(indexing, "_flip", killed)
    with pytest.raises(Killed):
        work(job)
    assert len(list(index_of(base.pk).vectors.ids())) == 1
    IndexJob.objects.update(tries=3, lease_until=timezone.now() - timedelta(seconds=1))
    tasks.sweep_jobs()
    tasks.discard_vectors(str(base.pk))
    assert list(index_of(base.pk).vectors.ids()) == []


def test_bell_that_got_lost_is_rung_again(base: KnowledgeBase, rung: list[uuid.UUID]) -> None:
    job = upload(base, "Returns within 30 days.")
    rung.clear()
    tasks.sweep_jobs()
    assert rung == [], "delivered just now"
    IndexJob.objects.update(delivered_at=timezone.now() - timedelta(minutes=1))
    tasks.sweep_jobs()
    assert rung == [job.pk]


def test_unexpected_error_is_tried_three_times(base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(indexing, "parse_file", stumble)
    job = upload(base, "Returns within 30 days.")
    for _ in range(3):
        IndexJob.objects.update(not_before=None)
        work(job)
    assert (job.state, job.reason_code) == (IndexJob.State.FAILED, "unexpected")
    assert "a bug" not in sentence_of(job)


def test_worker_notices_that_its_job_is_over(base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leasing, "RENEW_EVERY", 0.05)
    job = upload(base, "Returns within 30 days.")
    claimed = leasing.claim(job.pk)
    assert claimed is not None
    with leasing.Heartbeat(claimed) as heartbeat:
        heartbeat.move(stage=IndexJob.Stage.EMBEDDING, done=1, total=4)
        wait_for(lambda: IndexJob.objects.get().done == 1, what="Progress in the row")
        services.cancel_job(job)
        wait_for(lambda: raises_lease_lost(heartbeat), what="A worker that noticed")


def raises_lease_lost(heartbeat: leasing.Heartbeat) -> bool:
    try:
        heartbeat.check()
    except leasing.LeaseLost:
        return True
    return False


def test_worker_that_does_not_move_lets_its_lease_expire(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leasing, "RENEW_EVERY", 0.05)
    monkeypatch.setattr(leasing, "STUCK_AFTER", 0.1)
    claimed = leasing.claim(upload(base, "Returns within 30 days.").pk)
    assert claimed is not None
    with leasing.Heartbeat(claimed) as heartbeat:
        wait_for(lambda: raises_lease_lost(heartbeat), what="A worker that gave up")


def test_failed_file_is_forgotten_after_a_week(base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> None:
    index(base, "Returns within 30 days.")
    monkeypatch.setattr(indexing, "parse_file", refuse)
    file = index(base, "Returns within 60 days.").upload.file.name
    tasks.sweep_jobs()
    assert Upload.objects.count() == 2, "it can still be tried again"
    long_ago = timezone.now() - timedelta(days=8)
    IndexJob.objects.update(finished_at=long_ago)
    Upload.objects.update(created_at=long_ago)
    tasks.sweep_jobs()
    assert list(Upload.objects.values_list("documents__external_id", flat=True)) == ["returns.md"]
    assert not default_storage.exists(file)


# --- Stopping and trying again ---------------------------------------------------------------------------


def test_waiting_job_is_cancelled_at_once(base: KnowledgeBase) -> None:
    job = upload(base, "Returns within 30 days.")
    services.cancel_job(job)
    assert work(job).state == IndexJob.State.CANCELLED
    assert not base.documents.exists()


def test_cancelled_job_can_be_tried_again(base: KnowledgeBase) -> None:
    job = upload(base, "Returns within 30 days.")
    services.cancel_job(job)
    assert work(services.retry_job(job)).state == IndexJob.State.DONE
    assert found(base, "returns") == ["Returns within 30 days."]


def test_failed_job_can_be_tried_again(base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(indexing, "parse_file", refuse)
        job = index(base, "Returns within 30 days.")
    assert work(services.retry_job(job)).state == IndexJob.State.DONE
    assert base.documents.get().reason == ""


def test_cancelling_a_running_job_stops_it_before_anything_goes_live(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = upload(base, "Returns within 30 days.")
    add = indexing._add_vectors

    def add_and_cancel(*args: object) -> None:
        add(*args)
        services.cancel_job(job)

    monkeypatch.setattr(indexing, "_add_vectors", add_and_cancel)
    assert work(job).state == IndexJob.State.CANCELLED
    assert not Chunk.objects.exists()
    assert list(index_of(base.pk).vectors.ids()) == []


def test_what_is_over_can_neither_be_cancelled_nor_tried_again(base: KnowledgeBase) -> None:
    job = index(base, "Returns within 30 days.")
    with pytest.raises(services.CannotCancel):
        services.cancel_job(job)
    with pytest.raises(services.CannotRetry):
        services.retry_job(job)


def test_old_failure_is_not_tried_again_over_a_newer_file(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(indexing, "parse_file", refuse)
        failed = index(base, "Returns within 30 days.")
    upload(base, "Returns within 60 days.")
    with pytest.raises(services.CannotRetry):
        services.retry_job(failed)


def test_sentence_of_a_waiting_job_is_in_the_readers_language(base: KnowledgeBase) -> None:
    job = IndexJob(reason_code="index_unavailable", not_before=timezone.now())
    with translation.override("en"):
        assert sentence_of(job).startswith("The vector store does not answer; trying again at")
    with translation.override("zh-hans"):
        assert sentence_of(job).startswith("向量库")


@pytest.mark.parametrize("code", SENTENCES)
def test_each_reason_has_a_sentence_in_chinese(code: str) -> None:
    with translation.override("zh-hans"):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in sentence_of(IndexJob(reason_code=code)))
