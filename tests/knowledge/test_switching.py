"""Another embedder: built beside the one that answers, checked, flipped to, gone back from, while documents change."""

import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps.knowledge import searching, services, tasks
from apps.knowledge.embedding import building, switching
from apps.knowledge.embedding.switching import CannotSwitch
from apps.knowledge.jobs import indexing, leasing
from apps.knowledge.models import Collection, EmbedderSwitch, KnowledgeBase
from apps.knowledge.searching import index_of, search
from apps.knowledge.sentences import sentence_of
from retrieval import IndexUnavailable, KnowledgeIndex
from retrieval.testing.servers import EmbeddingServer
from tests.knowledge.conftest import found, index
from tests.services import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(settings: Settings) -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as running:
        running.model = (
            f"embedder-{uuid.uuid4().hex[:8]}"  # what one test embedded, the cache knows in the next
        )
        settings.EMBEDDING_BASE_URL, settings.EMBEDDING_MODEL = running.url, running.model
        yield running


@pytest.fixture(autouse=True)
def bells(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    rung: list[uuid.UUID] = []
    monkeypatch.setattr(
        tasks.switch_embedder, "apply_async", lambda args, **_: rung.append(uuid.UUID(args[0]))
    )
    return rung


@pytest.fixture
def shop(base: KnowledgeBase, server: EmbeddingServer) -> KnowledgeBase:
    for number, text in enumerate(
        ("Returns take 14 days.", "Parcels arrive on day three.", "We repair bags.")
    ):
        index(base, text, name=f"{number}.md")
    return base


def start(shop: KnowledgeBase, server: EmbeddingServer) -> EmbedderSwitch:
    return services.switch_embedder(shop, model=server.model, by=None)


def work(switch: EmbedderSwitch) -> EmbedderSwitch:
    building.switch_embedder(switch.pk)
    switch.refresh_from_db()
    return switch


def model_in_force(shop: KnowledgeBase) -> str:
    return switching.model_of(KnowledgeBase.objects.select_related("collection").get(pk=shop.pk))


def built(switch: EmbedderSwitch) -> KnowledgeIndex:
    return searching.make_index(switch.knowledge_base_id, collection=switch.collection)


def is_of_shop(text: str) -> bool:
    """The other texts tell what the embedder's vectors have in common, or are asked to see how long they are."""
    return any(ending in text for ending in ("14 days", "day three", "repair bags"))


def in_thread(switch: EmbedderSwitch) -> threading.Thread:
    def run() -> None:
        building.switch_embedder(switch.pk)
        connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_other_embedder_answers_after_the_flip_and_the_old_one_is_kept(
    shop: KnowledgeBase, server: EmbeddingServer, bells: list[uuid.UUID]
) -> None:
    switch = start(shop, server)
    assert bells == [switch.pk]
    assert model_in_force(shop) == ""
    assert work(switch).state == EmbedderSwitch.State.DONE
    assert (switch.done, switch.total) == (3, 3)
    assert model_in_force(shop) == server.model
    assert found(shop, "how long do returns take")[0] == "Returns take 14 days."
    assert search(shop.pk, "returns").fit_version.endswith(f"for {server.model}")
    assert services.verify(shop).ok
    assert list(switching.kept_collections(shop).values_list("model", flat=True)) == [""]


def test_people_search_and_documents_change_meanwhile(shop: KnowledgeBase, server: EmbeddingServer) -> None:
    switch = start(shop, server)
    with server.holding("Parcels arrive on day three.") as reached:
        thread = in_thread(switch)
        wait_for(reached.is_set, what="The middle of the change")
        index(shop, "Returns take 30 days.", name="0.md")
        index(shop, "Gift cards never expire.", name="new.md")
        services.remove_document(shop.documents.get(external_id="2.md"))
        assert found(shop, "returns days")[0] == "Returns take 30 days."
        assert model_in_force(shop) == ""
    thread.join()
    switch.refresh_from_db()
    assert switch.state == EmbedderSwitch.State.DONE
    assert model_in_force(shop) == server.model
    assert found(shop, "returns days")[0] == "Returns take 30 days."
    assert found(shop, "gift cards")[0] == "Gift cards never expire."
    assert "We repair bags." not in found(shop, "repair bags")
    report = services.verify(shop)
    assert report.ok, report.problems
    assert report.vectors == 3


def test_job_that_embedded_before_the_flip_and_went_live_after_it_is_found_by_meaning(
    shop: KnowledgeBase, server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    flip = indexing._flip

    def late(*args: object) -> None:
        monkeypatch.setattr(indexing, "_flip", flip)
        work(start(shop, server))
        flip(*args)

    monkeypatch.setattr(indexing, "_flip", late)
    index(shop, "Gift cards never expire.", name="new.md")
    assert model_in_force(shop) == server.model
    report = services.verify(shop)
    assert report.ok, report.problems
    assert report.vectors == 4


def test_killed_worker_is_followed_by_one_that_embeds_only_what_is_missing(
    shop: KnowledgeBase, server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    monkeypatch.setattr(building, "STEP", 1)
    switch = start(shop, server)
    with monkeypatch.context() as patch:
        add, added = building._Build.add, []

        def die(self: building._Build, chunks: list) -> None:
            if len(added) == 2:
                raise Killed
            added.extend(chunks)
            add(self, chunks)

        patch.setattr(building._Build, "add", die)
        with pytest.raises(Killed):
            building.switch_embedder(switch.pk)
    assert len(list(built(switch).vectors.ids())) == 2
    assert model_in_force(shop) == ""
    EmbedderSwitch.objects.update(
        lease_until=timezone.now() - timedelta(seconds=1), created_at=timezone.now() - timedelta(minutes=1)
    )
    switching.release_lost()
    assert switching.due_switches() == [switch.pk]
    server.asked.clear()
    assert work(switch).state == EmbedderSwitch.State.DONE
    assert switch.attempt == 2
    assert len([text for batch in server.asked for text in batch if is_of_shop(text)]) == 1
    assert services.verify(shop).ok


def test_three_dead_workers_are_a_failure_with_a_sentence(
    shop: KnowledgeBase, server: EmbeddingServer
) -> None:
    switch = start(shop, server)
    for _ in range(3):
        assert leasing.claim_switch(switch.pk)
        EmbedderSwitch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        switching.release_lost()
    switch.refresh_from_db()
    assert switch.state == EmbedderSwitch.State.FAILED
    assert "three times" in sentence_of(switch)
    assert model_in_force(shop) == ""


def test_what_does_not_pass_its_check_leaves_the_old_one_answering(
    shop: KnowledgeBase, server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch = start(shop, server)
    add = building._Build.add

    def lose_one(self: building._Build, chunks: list) -> None:
        add(self, chunks)
        self.index.vectors.remove([chunks[0].id])

    monkeypatch.setattr(building._Build, "add", lose_one)
    work(switch)
    assert (switch.state, switch.reason_code) == (EmbedderSwitch.State.FAILED, "not_alike")
    assert "goes on answering" in sentence_of(switch)
    assert model_in_force(shop) == ""
    assert found(shop, "returns days")[0] == "Returns take 14 days."
    assert services.verify(shop).ok
    assert not switching.kept_collections(shop).exists(), "nobody is offered to go back to it"


def test_server_that_is_away_costs_no_try_and_one_that_refuses_ends_it(
    shop: KnowledgeBase, server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch = start(shop, server)

    def away(model: str) -> int:
        raise IndexUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(building.embedders, "ask_dimensions", away)
        work(switch)
    assert (switch.state, switch.tries, switch.waits) == (EmbedderSwitch.State.PENDING, 0, 1)
    assert "tried again" in sentence_of(switch)
    EmbedderSwitch.objects.update(not_before=None)
    server.misbehave("404")
    work(switch)
    assert (switch.state, switch.reason_code) == (EmbedderSwitch.State.FAILED, "embedder_refuses")
    assert model_in_force(shop) == ""


def test_cancelled_in_the_middle_it_flips_nothing(shop: KnowledgeBase, server: EmbeddingServer) -> None:
    switch = start(shop, server)
    with server.holding("Parcels arrive on day three.") as reached:
        thread = in_thread(switch)
        wait_for(reached.is_set, what="The middle of the change")
        switching.cancel(switch)
    thread.join()
    switch.refresh_from_db()
    assert switch.state == EmbedderSwitch.State.CANCELLED
    assert model_in_force(shop) == ""
    with pytest.raises(CannotSwitch, match="over already"):
        switching.cancel(switch)


def test_going_back_brings_in_what_changed_since_and_embeds_nothing_else(
    shop: KnowledgeBase, server: EmbeddingServer
) -> None:
    work(start(shop, server))
    index(shop, "Returns take 30 days.", name="0.md")
    services.remove_document(shop.documents.get(external_id="2.md"))
    back = services.go_back_to_embedder(shop, by=None)
    assert work(back).state == EmbedderSwitch.State.DONE
    assert model_in_force(shop) == ""
    assert found(shop, "returns days")[0] == "Returns take 30 days."
    report = services.verify(shop)
    assert (report.ok, report.vectors) == (True, 2)
    server.asked.clear()
    again = start(shop, server)
    assert again.collection_id == switching.kept_collections(shop).get().pk, "what is kept is not made anew"
    work(again)
    assert server.asked == []
    assert model_in_force(shop) == server.model


def test_what_is_not_wanted_back_goes_when_its_time_is_over(
    shop: KnowledgeBase, server: EmbeddingServer
) -> None:
    work(start(shop, server))
    tasks.drop_retired()
    old = switching.kept_collections(shop).get()
    vectors = searching.make_index(shop.pk, collection=old).vectors
    assert len(list(vectors.ids())) == 3
    Collection.objects.filter(pk=old.pk).update(retire_at=timezone.now() - timedelta(seconds=1))
    tasks.drop_retired()
    assert list(vectors.ids()) == []
    with pytest.raises(CannotSwitch, match="nothing to go back to"):
        services.go_back_to_embedder(shop, by=None)
    assert services.verify(shop).ok
    assert index_of(shop.pk).search("returns").passages


def test_what_makes_no_sense_is_refused(shop: KnowledgeBase, server: EmbeddingServer) -> None:
    with pytest.raises(CannotSwitch, match="no embedder of this name"):
        services.switch_embedder(shop, model="other", by=None)
    with pytest.raises(CannotSwitch, match="answers already"):
        services.switch_embedder(shop, model="", by=None)
    start(shop, server)
    with pytest.raises(CannotSwitch, match="under way"):
        start(shop, server)
