"""The life of a document: added, replaced, removed, and what a search finds meanwhile."""

import pytest
from django.core.files.storage import default_storage

from apps.knowledge import services
from apps.knowledge.jobs import indexing
from apps.knowledge.models import Chunk, Document, IndexJob, KnowledgeBase, LooseVector, RetiredChunk, Upload
from apps.knowledge.searching import index_of
from tests.knowledge.conftest import found, index, rows, upload, work


def test_document_is_in_the_list_before_its_job_runs(base: KnowledgeBase, rung: list[object]) -> None:
    job = upload(base, "Returns within 30 days.", name="help/returns.md")
    document = base.documents.get()
    assert (document.external_id, document.state) == ("help/returns.md", Document.State.PENDING)
    assert rung == [job.pk]
    assert found(base, "returns") == []


def test_added_document_is_found(base: KnowledgeBase) -> None:
    job = index(base, "Returns are free within 30 days.")
    assert job.state == IndexJob.State.DONE
    assert base.documents.get().state == Document.State.READY
    assert found(base, "returns free") == ["Returns are free within 30 days."]
    assert (job.done, job.total) == (1, 1)
    assert not LooseVector.objects.exists()


def test_chinese_document_is_found_and_knows_its_language(base: KnowledgeBase) -> None:
    index(base, "收到商品后七天内可以无理由退货，运费由我们承担。", name="帮助/退货.md")
    assert found(base, "退货运费谁承担") == ["收到商品后七天内可以无理由退货，运费由我们承担。"]
    assert base.documents.get().language == "zh"


def test_another_knowledge_base_finds_nothing_of_it(base: KnowledgeBase) -> None:
    index(base, "Returns are free within 30 days.")
    assert found(services.create_knowledge_base(), "returns free") == []


def test_old_version_answers_until_the_new_one_is_ready(base: KnowledgeBase) -> None:
    index(base, "Returns within 30 days.")
    job = upload(base, "Returns within 60 days.")
    assert found(base, "returns days") == ["Returns within 30 days."]
    assert base.documents.get().state == Document.State.READY
    work(job)
    assert found(base, "returns days") == ["Returns within 60 days."]
    assert base.documents.get().version == 2


def test_replacing_discards_the_old_vectors_and_keeps_the_file_to_bring_it_back(base: KnowledgeBase) -> None:
    index(base, "Returns within 30 days.")
    (old,) = Chunk.objects.values_list("id", flat=True)
    first = Upload.objects.get().file.name
    index(base, "Returns within 60 days.")
    assert index_of(base.pk).vectors.present([old]) == set()
    assert RetiredChunk.objects.get().chunk_id == old
    assert Upload.objects.count() == 2
    assert default_storage.exists(first)
    assert index_of(base.pk).verify().ok


def test_identical_content_is_nothing_to_do(base: KnowledgeBase, rung: list[object]) -> None:
    first = index(base, "Returns within 30 days.")
    again = upload(base, "Returns within 30 days.")
    assert (again.pk, again.unchanged) == (first.pk, True)
    assert len(rung) == 1
    assert Upload.objects.count() == 1
    assert len(default_storage.listdir(str(base.pk))[1]) == 1


def test_going_back_to_an_earlier_content_is_a_new_version(base: KnowledgeBase) -> None:
    index(base, "Returns within 30 days.")
    index(base, "Returns within 60 days.")
    job = index(base, "Returns within 30 days.")
    assert not job.unchanged
    assert found(base, "returns days") == ["Returns within 30 days."]
    assert not RetiredChunk.objects.filter(chunk_id__in=Chunk.objects.values("id")).exists()
    assert index_of(base.pk).verify().ok


def test_unchanged_parts_of_a_changed_document_keep_their_rows(base: KnowledgeBase) -> None:
    pages = [f"# Part {n}\n\n{'Words of the part. ' * 20}{n}" for n in range(4)]
    index(base, "\n\n".join(pages))
    before = {row.id: row.revision for row in Chunk.objects.all()}
    index(base, "\n\n".join([*pages, "# Part 5\n\nAnother part."]))
    after = {row.id: row.revision for row in Chunk.objects.all()}
    assert len(before) == 4
    assert before.items() < after.items()


def test_removed_document_is_found_no_more(base: KnowledgeBase) -> None:
    index(base, "Returns within 30 days.")
    file = Upload.objects.get().file.name
    services.remove_document(base.documents.get())
    assert found(base, "returns days") == []
    assert not Document.objects.exists()
    assert not Upload.objects.exists()
    assert not default_storage.exists(file)


def test_vectors_of_a_removed_document_are_discarded_afterwards(base: KnowledgeBase) -> None:
    index(base, "Returns within 30 days.")
    services.remove_document(base.documents.get())
    assert LooseVector.objects.count() == 1
    assert services.verify(base).ok
    assert not LooseVector.objects.exists()


def test_removing_twice_is_harmless(base: KnowledgeBase) -> None:
    index(base, "Returns within 30 days.")
    document = base.documents.get()
    services.remove_document(document)
    services.remove_document(Document(pk=document.pk, knowledge_base=base))


def test_document_removed_while_its_job_waits_does_not_come_back(base: KnowledgeBase) -> None:
    job = upload(base, "Returns within 30 days.")
    services.remove_document(base.documents.get())
    indexing.index_upload(job.pk)
    assert not Document.objects.exists()
    assert not IndexJob.objects.exists()
    assert found(base, "returns") == []


def test_document_removed_while_its_job_runs_does_not_come_back(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = upload(base, "Returns within 30 days.")
    add = indexing._add_vectors

    def remove_and_add(*args: object) -> None:
        services.remove_document(base.documents.get())
        add(*args)

    monkeypatch.setattr(indexing, "_add_vectors", remove_and_add)
    indexing.index_upload(job.pk)
    assert not Document.objects.exists()
    assert list(index_of(base.pk).vectors.ids()) == []


def test_document_removed_and_added_again_is_found(base: KnowledgeBase) -> None:
    index(base, "Returns within 30 days.")
    services.remove_document(base.documents.get())
    index(base, "Returns within 30 days.")
    assert found(base, "returns days") == ["Returns within 30 days."]
    assert services.verify(base).ok


def test_rebuild_makes_both_caches_anew(base: KnowledgeBase) -> None:
    index(base, "Returns within 30 days.")
    caches = index_of(base.pk)
    caches.vectors.drop()
    caches.words.drop()
    assert services.rebuild(base).ok
    assert found(base, "returns days") == ["Returns within 30 days."]


def test_document_that_goes_live_during_a_rebuild_keeps_its_vectors(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(base, "Returns within 30 days.")
    caches = index_of(base.pk)
    rebuild = caches.rebuild

    def rebuild_and_lose_the_newcomer(**options: object) -> None:
        rebuild(**options)
        index(base, "Parcels arrive in three days.", name="delivery.md")
        newcomer = Chunk.objects.get(document__external_id="delivery.md")
        caches.vectors.remove([newcomer.id])

    monkeypatch.setattr(caches, "rebuild", rebuild_and_lose_the_newcomer)
    assert services.rebuild(base).ok


# --- Files of many documents -----------------------------------------------------------------------------

DELIVERY = {"id": "delivery", "title": "Delivery", "text": "Parcels arrive in three days."}
RETURNS = {"id": "returns", "title": "Returns", "text": "Returns are free within 30 days."}
INVOICE = {"id": "invoice", "title": "Invoices", "text": "Invoices come by mail."}


def test_each_row_becomes_a_document(base: KnowledgeBase) -> None:
    index(base, rows(DELIVERY, RETURNS), name="help.jsonl")
    assert sorted(base.documents.values_list("external_id", "state")) == [
        ("delivery", "ready"),
        ("returns", "ready"),
    ]
    assert found(base, "parcels arrive")[0] == "Parcels arrive in three days."


def test_new_file_of_rows_removes_replaces_and_leaves_alone(base: KnowledgeBase) -> None:
    index(base, rows(DELIVERY, RETURNS), name="help.jsonl")
    untouched = Chunk.objects.get(document__external_id="delivery").revision
    index(base, rows(DELIVERY, INVOICE), name="help.jsonl")
    assert sorted(base.documents.values_list("external_id", "version")) == [("delivery", 1), ("invoice", 1)]
    assert Chunk.objects.get(document__external_id="delivery").revision == untouched
    assert IndexJob.objects.get().total == 1, "only the new row was work"
    assert "Returns are free within 30 days." not in found(base, "returns free")
    assert Upload.objects.count() == 1
    assert services.verify(base).ok


def test_row_removed_by_hand_comes_back_with_the_same_file(base: KnowledgeBase) -> None:
    index(base, rows(DELIVERY, RETURNS), name="help.jsonl")
    services.remove_document(base.documents.get(external_id="returns"))
    assert not index(base, rows(DELIVERY, RETURNS), name="help.jsonl").unchanged
    assert base.documents.count() == 2


def test_row_removed_while_its_file_waits_stays_away(base: KnowledgeBase) -> None:
    index(base, rows(DELIVERY, RETURNS), name="help.jsonl")
    job = upload(base, rows(DELIVERY, RETURNS, INVOICE), name="help.jsonl")
    services.remove_document(base.documents.get(external_id="returns"))
    assert work(job).state == IndexJob.State.DONE
    assert sorted(base.documents.values_list("external_id", flat=True)) == ["delivery", "invoice"]


def test_two_files_may_hold_the_same_row_and_the_later_wins(base: KnowledgeBase) -> None:
    index(base, rows(DELIVERY, RETURNS), name="a.jsonl")
    index(base, rows({**RETURNS, "text": "Returns are free within 90 days."}), name="b.jsonl")
    index(base, rows(DELIVERY), name="a.jsonl")
    assert sorted(base.documents.values_list("external_id", flat=True)) == ["delivery", "returns"]
    assert found(base, "returns free")[0] == "Returns are free within 90 days."


def test_questions_of_a_table_are_found_by_their_other_words(base: KnowledgeBase) -> None:
    table = (
        "question,answer,aliases\nWhere is my parcel?,Look into the tracking page.,track order|包裹到哪里了\n"
    )
    index(base, table, name="faq.csv")
    assert found(base, "包裹到哪里了") == ["Look into the tracking page."]


def test_row_put_before_others_leaves_them_alone(base: KnowledgeBase) -> None:
    head = "question,answer\n"
    index(base, head + "Where is my parcel?,On its way.\n", name="faq.csv")
    before = base.documents.get().pk
    index(base, head + "Is there a shop?,Yes.\nWhere is my parcel?,On its way.\n", name="faq.csv")
    assert base.documents.filter(pk=before, version=1).exists()
    assert base.documents.count() == 2
