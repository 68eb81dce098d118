"""Indexing with a real vector store, broker and worker, any of which is killed in the middle of it."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps.config.celery import app
from apps.knowledge import services
from apps.knowledge.models import Chunk, Document, IndexJob, KnowledgeBase, LooseVector
from apps.knowledge.searching import forget_indexes, index_of, search
from apps.knowledge.sentences import sentence_of
from tests.knowledge.conftest import found, upload
from tests.knowledge.workers import Broker, Worker
from tests.services import ChromaServer, wait_for

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def started_chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    server = ChromaServer(tmp_path_factory.mktemp("chroma"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def started_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = Broker(tmp_path_factory.mktemp("broker"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="module")
def started_worker(
    django_db_setup: None,
    tmp_path_factory: pytest.TempPathFactory,
    started_broker: Broker,
    started_chroma: ChromaServer,
) -> Iterator[Worker]:
    folder = tmp_path_factory.mktemp("worker")
    worker = Worker(folder, broker_url=started_broker.url, chroma_url=started_chroma.url)
    yield worker
    worker.stop()


@pytest.fixture
def chroma(started_chroma: ChromaServer) -> ChromaServer:
    """Running, whatever the test before did to it. So are the others."""
    if not started_chroma._is_up():
        started_chroma.start()
    return started_chroma


@pytest.fixture
def broker(started_broker: Broker) -> Broker:
    if not started_broker.running:
        started_broker.start()
    return started_broker


@pytest.fixture
def worker(started_worker: Worker, base: KnowledgeBase) -> Worker:
    started_worker.keep_running()
    return started_worker


@pytest.fixture
def base(
    transactional_db: None,
    settings: Settings,
    broker: Broker,
    chroma: ChromaServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[KnowledgeBase]:
    settings.CHROMA_URL = chroma.url
    monkeypatch.setattr(app.conf, "broker_url", broker.url)
    app._after_fork()  # forgets the connections to another test's broker
    forget_indexes()
    yield services.create_knowledge_base()
    forget_indexes()


def long_text(paragraphs: int, *, word: str = "parcel") -> str:
    """Takes a worker some seconds: each part is a chunk of its own."""
    return "\n\n".join(
        f"# Part {n}\n\nThe {word} number {n} weighs {n * 7} grams and leaves on day {n}."
        for n in range(paragraphs)
    )


def wait_until(job: IndexJob, state: str, *, seconds: float = 120) -> IndexJob:
    def reached() -> bool:
        job.refresh_from_db()
        return job.state == state

    wait_for(reached, what=f"A job that is {state}", seconds=seconds)
    return job


def wait_until_embedding(job: IndexJob) -> None:
    def embedding() -> bool:
        job.refresh_from_db()
        return job.done > 0

    wait_for(embedding, what="A job that has begun to embed")


def lose_lease(job: IndexJob) -> None:
    """As if its thirty seconds had passed."""
    past = timezone.now() - timedelta(seconds=1)
    IndexJob.objects.filter(pk=job.pk, state=IndexJob.State.RUNNING).update(lease_until=past)


def wait_until_settled() -> None:
    wait_for(lambda: not LooseVector.objects.exists(), what="A vector store that agrees with the rows")


# --- Workers ---------------------------------------------------------------------------------------------


def test_worker_indexes_what_was_added(base: KnowledgeBase, worker: Worker) -> None:
    job = wait_until(upload(base, "退货运费由我们承担。", name="退货.md"), "done")
    assert job.attempt == 1
    assert found(base, "谁承担退货的运费") == ["退货运费由我们承担。"]
    assert services.verify(base).ok


def test_killed_worker_loses_nothing_and_embeds_nothing_twice(base: KnowledgeBase, worker: Worker) -> None:
    job = upload(base, long_text(120))
    wait_until_embedding(job)
    worker.stop()
    before = set(index_of(base.pk).vectors.ids())
    assert before
    assert not Chunk.objects.exists()
    worker.start()
    wait_until(job, "done")  # waits for the lease to expire, and for the sweeper to see it
    assert job.attempt == 2
    assert before <= set(index_of(base.pk).vectors.ids())
    wait_until_settled()
    assert services.verify(base).ok
    assert Chunk.objects.count() == 120


def test_worker_killed_three_times_fails_with_a_sentence_and_leaves_no_vectors(
    base: KnowledgeBase, worker: Worker
) -> None:
    job = upload(base, long_text(400))
    for attempt in (1, 2, 3):
        wait_for(lambda attempt=attempt: embeds_in_attempt(job, attempt), what=f"Attempt {attempt}")
        worker.stop()
        lose_lease(job)
        worker.start()
    wait_until(job, "failed")
    assert job.reason_code == "worker_lost"
    assert "three times" in sentence_of(job)
    assert base.documents.get().state == Document.State.FAILED
    wait_until_settled()
    assert list(index_of(base.pk).vectors.ids()) == []
    assert services.verify(base).ok


def embeds_in_attempt(job: IndexJob, attempt: int) -> bool:
    job.refresh_from_db()
    return job.attempt == attempt and job.done > 0


def test_cancelled_job_stops_and_leaves_nothing(base: KnowledgeBase, worker: Worker) -> None:
    job = upload(base, long_text(400))
    wait_until_embedding(job)
    services.cancel_job(job)
    job.refresh_from_db()
    assert job.state == IndexJob.State.CANCELLED
    following = upload(base, "Returns are free.", name="next.md")
    wait_until(following, "done")
    wait_until_settled()
    assert set(index_of(base.pk).vectors.ids()) == set(Chunk.objects.values_list("id", flat=True))
    assert list(base.documents.values_list("external_id", flat=True)) == ["next.md"]


# --- The vector store ------------------------------------------------------------------------------------


def test_jobs_wait_for_a_vector_store_that_is_away(
    base: KnowledgeBase, worker: Worker, chroma: ChromaServer
) -> None:
    wait_until(upload(base, "Returns are free within 30 days."), "done")
    chroma.stop()
    job = upload(base, "Parcels arrive within three days.", name="delivery.md")
    wait_for(lambda: says(job, "The vector store does not answer; trying again"), what="A visible sentence")
    assert job.tries == 0
    result = search(base.pk, "are returns free")
    assert [passage.chunk.text for passage in result.passages] == ["Returns are free within 30 days."]
    assert result.degraded == ("dense",)
    services.remove_document(base.documents.get(external_id="returns.md"))
    assert found(base, "are returns free") == []
    chroma.start()
    wait_until(job, "done")
    wait_until_settled()
    assert services.verify(base).ok


def says(job: IndexJob, beginning: str) -> bool:
    job.refresh_from_db()
    return sentence_of(job).startswith(beginning)


def test_vector_store_killed_in_the_middle_of_a_job(
    base: KnowledgeBase, worker: Worker, chroma: ChromaServer
) -> None:
    job = upload(base, long_text(120))
    wait_until_embedding(job)
    chroma.stop()
    wait_until(job, "pending")
    chroma.start()
    wait_until(job, "done")
    wait_until_settled()
    assert services.verify(base).ok


# --- The broker ------------------------------------------------------------------------------------------


def test_upload_without_a_broker_is_kept_and_delivered_later(
    base: KnowledgeBase, worker: Worker, broker: Broker
) -> None:
    broker.stop()
    job = upload(base, "Returns are free within 30 days.")
    job.refresh_from_db()
    assert (job.state, job.delivered_at) == (IndexJob.State.PENDING, None)
    broker.start()
    wait_until(job, "done")


def test_job_outlives_a_broker_that_is_killed(base: KnowledgeBase, worker: Worker, broker: Broker) -> None:
    job = upload(base, long_text(120))
    wait_until_embedding(job)
    broker.stop()
    wait_until(job, "done")
    assert job.attempt == 1
    broker.start()
    following = upload(base, "Returns are free.", name="next.md")

    def indexed() -> bool:
        worker.keep_running()
        following.refresh_from_db()
        return following.state == IndexJob.State.DONE

    wait_for(indexed, what="The next document")


# --- People search meanwhile -----------------------------------------------------------------------------


class Searcher(threading.Thread):
    """Asks the same question again and again, and remembers what it saw between two marks."""

    def __init__(self, base: KnowledgeBase, question: str) -> None:
        super().__init__(daemon=True)
        self.base = base
        self.question = question
        self.seen: list[tuple[str, ...]] = []
        self.all_seen: set[tuple[str, ...]] = set()
        self._over = threading.Event()

    def run(self) -> None:
        try:
            while not self._over.is_set():
                texts = tuple(found(self.base, self.question))
                self.seen.append(texts)
                self.all_seen.add(texts)
        finally:
            connections.close_all()

    def from_now_on(self) -> None:
        """Forgets what it saw, and the search that is under way, which may have begun before."""
        self.seen = []
        wait_for(lambda: len(self.seen) >= 2, what="A search")
        self.seen = self.seen[1:]

    def stop(self) -> None:
        wait_for(lambda: len(self.seen) >= 3, what="Three searches")
        self._over.set()
        self.join()


def test_people_who_search_see_one_version_or_the_other(base: KnowledgeBase, worker: Worker) -> None:
    other = services.create_knowledge_base()
    wait_until(upload(other, "Foreign returns take 99 days."), "done")
    wait_until(upload(base, "Returns take 0 days."), "done")
    searcher = Searcher(base, "how many days do returns take")
    searcher.start()
    for version in range(1, 6):
        wait_until(upload(base, f"Returns take {version} days."), "done")
        searcher.from_now_on()
        assert set(searcher.seen) == {(f"Returns take {version} days.",)}
    seen_meanwhile = searcher.all_seen
    searcher.stop()
    assert seen_meanwhile == {(f"Returns take {version} days.",) for version in range(6)}


def test_people_who_search_never_see_what_was_removed(base: KnowledgeBase, worker: Worker) -> None:
    wait_until(upload(base, "Returns take 14 days."), "done")
    wait_until(upload(base, "Parcels arrive on day three.", name="delivery.md"), "done")
    searcher = Searcher(base, "days for returns and parcels")
    searcher.start()
    services.remove_document(base.documents.get(external_id="returns.md"))
    searcher.from_now_on()
    searcher.stop()
    assert set(searcher.seen) == {("Parcels arrive on day three.",)}
