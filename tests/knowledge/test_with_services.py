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
from apps.knowledge.jobs.leasing import Job
from apps.knowledge.models import (
    Chunk,
    Collection,
    Document,
    EmbedderSwitch,
    IndexJob,
    KnowledgeBase,
    LooseVector,
)
from apps.knowledge.searching import collection_of, forget_indexes, index_of, search
from apps.knowledge.sentences import sentence_of
from retrieval.testing import FakeEmbeddings
from retrieval.testing.servers import EmbeddingServer
from tests.knowledge.conftest import found, upload
from tests.knowledge.workers import Broker, Sweeper, Worker
from tests.services import ChromaServer, wait_for

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


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
def embedder() -> Iterator[EmbeddingServer]:
    """What a job embeds by that shall stand in its middle: the shipped one, with its cache, may be through at once."""
    with EmbeddingServer() as running:
        yield running


@pytest.fixture(scope="module")
def addresses(
    started_broker: Broker, started_chroma: ChromaServer, embedder: EmbeddingServer
) -> dict[str, str]:
    return {
        "REDIS_URL": started_broker.url,
        "CHROMA_URL": started_chroma.url,
        "EMBEDDING_BASE_URL": embedder.url,
        "EMBEDDING_MODEL": embedder.model,
    }


@pytest.fixture(scope="module")
def started_worker(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory, addresses: dict[str, str]
) -> Iterator[Worker]:
    worker = Worker(tmp_path_factory.mktemp("worker"), **addresses)
    yield worker
    worker.stop()


@pytest.fixture(scope="module")
def started_sweeper(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory, addresses: dict[str, str]
) -> Iterator[Sweeper]:
    sweeper = Sweeper(tmp_path_factory.mktemp("sweeper"), **addresses)
    yield sweeper
    sweeper.stop()


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
def sweeper(started_sweeper: Sweeper, base: KnowledgeBase) -> Sweeper:
    started_sweeper.keep_running()
    return started_sweeper


@pytest.fixture
def worker(started_worker: Worker, base: KnowledgeBase, sweeper: Sweeper) -> Worker:
    started_worker.keep_running()
    return started_worker


@pytest.fixture
def base(
    transactional_db: None,
    settings: Settings,
    broker: Broker,
    chroma: ChromaServer,
    embedder: EmbeddingServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[KnowledgeBase]:
    settings.CHROMA_URL = chroma.url
    settings.EMBEDDING_BASE_URL, settings.EMBEDDING_MODEL = embedder.url, embedder.model
    monkeypatch.setattr(app.conf, "broker_url", broker.url)
    app._after_fork()  # forgets the connections to another test's broker
    forget_indexes()
    yield services.create_knowledge_base()
    forget_indexes()


@pytest.fixture
def held_base(base: KnowledgeBase, embedder: EmbeddingServer) -> KnowledgeBase:
    """Embedded by the server that holds a job where a test wants it."""
    model = Collection.objects.create(
        knowledge_base=base, model=embedder.model, dimensions=FakeEmbeddings.dimensions
    )
    KnowledgeBase.objects.filter(pk=base.pk).update(collection=model)
    base.refresh_from_db()
    return base


def long_text(paragraphs: int, *, word: str) -> str:
    """Each part is a chunk of its own; what one test embedded, the cache knows in the next."""
    return "\n\n".join(
        f"# Part {n}\n\nThe {word} number {n}, weighs {n * 7} grams and leaves on day {n}."
        for n in range(paragraphs)
    )


def wait_until(job: Job, state: str, *, seconds: float = 120) -> Job:
    def reached() -> bool:
        job.refresh_from_db()
        return job.state == state

    wait_for(reached, what=f"A job that is {state}", seconds=seconds)
    return job


def wait_in_the_middle(reached: threading.Event) -> None:
    wait_for(reached.is_set, what="A job in its middle")


def lose_lease(job: IndexJob | EmbedderSwitch) -> None:
    """As if its thirty seconds had passed."""
    past = timezone.now() - timedelta(seconds=1)
    type(job).objects.filter(pk=job.pk, state=IndexJob.State.RUNNING).update(lease_until=past)


def wait_until_settled() -> None:
    wait_for(lambda: not LooseVector.objects.exists(), what="A vector store that agrees with the rows")


# --- Workers ---------------------------------------------------------------------------------------------


def test_worker_indexes_what_was_added(base: KnowledgeBase, worker: Worker) -> None:
    job = wait_until(upload(base, "退货运费由我们承担。", name="退货.md"), "done")
    assert job.attempt == 1
    assert found(base, "谁承担退货的运费") == ["退货运费由我们承担。"]
    assert services.verify(base).ok


def test_killed_worker_loses_nothing_and_embeds_nothing_twice(
    held_base: KnowledgeBase, worker: Worker, embedder: EmbeddingServer
) -> None:
    with embedder.holding("parcel number 60,") as reached:
        job = upload(held_base, long_text(120, word="parcel"))
        wait_in_the_middle(reached)
        worker.stop()
    before = set(index_of(held_base.pk).vectors.ids())
    assert len(before) == 60
    assert not Chunk.objects.exists()
    embedder.asked.clear()
    worker.start()
    wait_until(job, "done")  # waits for the lease to expire, and for the sweeper to see it
    assert job.attempt == 2
    asked = [text for batch in embedder.asked for text in batch if "parcel number" in text]
    assert len(asked) == 60
    assert before <= set(index_of(held_base.pk).vectors.ids())
    wait_until_settled()
    assert services.verify(held_base).ok
    assert Chunk.objects.count() == 120


def test_worker_killed_three_times_fails_with_a_sentence_and_leaves_no_vectors(
    held_base: KnowledgeBase, worker: Worker, embedder: EmbeddingServer
) -> None:
    job = upload(held_base, long_text(40, word="crate"))
    for attempt in (1, 2, 3):
        with embedder.holding(f"crate number {attempt * 8},") as reached:
            wait_in_the_middle(reached)
            worker.stop()
        job.refresh_from_db()
        assert job.attempt == attempt
        lose_lease(job)
        if attempt < 3:
            worker.start()
    worker.start()
    wait_until(job, "failed")
    assert job.reason_code == "worker_lost"
    assert "three times" in sentence_of(job)
    assert held_base.documents.get().state == Document.State.FAILED
    wait_until_settled()
    assert list(index_of(held_base.pk).vectors.ids()) == []
    assert services.verify(held_base).ok


def test_cancelled_job_stops_and_leaves_nothing(
    held_base: KnowledgeBase, worker: Worker, embedder: EmbeddingServer
) -> None:
    with embedder.holding("barrel number 8,") as reached:
        job = upload(held_base, long_text(40, word="barrel"))
        wait_in_the_middle(reached)
        services.cancel_job(job)
        job.refresh_from_db()
        assert job.state == IndexJob.State.CANCELLED
    following = upload(held_base, "Returns are free.", name="next.md")
    wait_until(following, "done")
    wait_until_settled()
    live = set(Chunk.objects.values_list("id", flat=True))
    assert set(index_of(held_base.pk).vectors.ids()) == live
    assert list(held_base.documents.values_list("external_id", flat=True)) == ["next.md"]


def test_change_of_the_embedder_outlives_its_killed_worker(
    base: KnowledgeBase, worker: Worker, embedder: EmbeddingServer
) -> None:
    wait_until(upload(base, long_text(12, word="ladder")), "done")
    with embedder.holding("ladder number 5,") as reached:
        switch = services.switch_embedder(base, model=embedder.model, by=None)
        wait_in_the_middle(reached)
        worker.stop()
        assert found(base, "ladder number 5")
    lose_lease(switch)
    worker.start()
    wait_until(switch, "done")
    assert switch.attempt == 2
    assert collection_of(base.pk) == switch.collection
    assert "ladder number 5" in found(base, "ladder number 5")[0]
    assert services.verify(base).ok


def test_sweeps_go_on_while_every_worker_is_busy(
    held_base: KnowledgeBase, worker: Worker, embedder: EmbeddingServer
) -> None:
    with embedder.holding("basket number 4,") as reached:
        jobs = [
            upload(held_base, long_text(8, word=f"{word} basket"), name=f"{word}.md")
            for word in ("red", "blue")
        ]
        wait_in_the_middle(reached)
        wait_for(lambda: all_running(jobs), what="Two jobs under way")
        lost = IndexJob.objects.create(
            knowledge_base=held_base, upload=jobs[0].upload, state="running", attempt=3, tries=3
        )
        lose_lease(lost)
        wait_until(lost, "failed")
    for job in jobs:
        wait_until(job, "done")


def all_running(jobs: list[IndexJob]) -> bool:
    return IndexJob.objects.filter(pk__in=[job.pk for job in jobs], state="running").count() == len(jobs)


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
    held_base: KnowledgeBase, worker: Worker, chroma: ChromaServer, embedder: EmbeddingServer
) -> None:
    with embedder.holding("letter number 60,") as reached:
        job = upload(held_base, long_text(120, word="letter"))
        wait_in_the_middle(reached)
        chroma.stop()
    wait_until(job, "pending")
    chroma.start()
    wait_until(job, "done")
    wait_until_settled()
    assert services.verify(held_base).ok


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


def test_job_outlives_a_broker_that_is_killed(
    held_base: KnowledgeBase, worker: Worker, sweeper: Sweeper, broker: Broker, embedder: EmbeddingServer
) -> None:
    with embedder.holding("bottle number 8,") as reached:
        job = upload(held_base, long_text(16, word="bottle"))
        wait_in_the_middle(reached)
        broker.stop()
    wait_until(job, "done")
    assert job.attempt == 1
    broker.start()
    following = upload(held_base, "Returns are free.", name="next.md")

    def indexed() -> bool:
        worker.keep_running()
        sweeper.keep_running()
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
