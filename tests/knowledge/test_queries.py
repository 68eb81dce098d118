"""What the lists say of documents and jobs."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.knowledge import services
from apps.knowledge.models import IndexJob, KnowledgeBase
from apps.knowledge.queries import documents_in, documents_of, jobs_in, open_jobs_in, progress_of
from tests.knowledge.conftest import index, rows, upload


def test_list_holds_the_documents_of_one_knowledge_base_newest_first(base: KnowledgeBase) -> None:
    index(base, "Returns within 30 days.", name="a.md")
    index(base, "# One\n\nParcels.\n\n# Two\n\nInvoices.", name="b.md")
    index(services.create_knowledge_base(), "Foreign.", name="c.md")
    listed = [(document.external_id, document.chunk_count) for document in documents_in(base)]
    assert listed == [("b.md", 2), ("a.md", 1)]


def test_list_tells_of_a_version_that_is_on_its_way(base: KnowledgeBase) -> None:
    index(base, "Returns within 30 days.", name="a.md")
    index(base, "Parcels.", name="b.md")
    job = upload(base, "Returns within 60 days.", name="a.md")
    on_their_way = {document.external_id: document.open_job_id for document in documents_in(base)}
    assert on_their_way == {"a.md": job.pk, "b.md": None}


def test_list_of_many_is_one_query(base: KnowledgeBase) -> None:
    index(base, rows(*[{"id": str(n), "title": f"T{n}", "text": "Text."} for n in range(30)]), name="a.jsonl")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len([document.upload.name for document in documents_in(base)]) == 30
    assert len(queries) == 1


def test_jobs_are_listed_newest_first_and_open_ones_apart(base: KnowledgeBase) -> None:
    done = index(base, "Returns within 30 days.", name="a.md")
    waiting = upload(base, "Parcels.", name="b.md")
    assert list(jobs_in(base)) == [waiting, done]
    assert list(open_jobs_in(base)) == [waiting]


def test_documents_of_a_job_are_those_of_its_file(base: KnowledgeBase) -> None:
    job = index(
        base,
        rows({"id": "1", "title": "T", "text": "Text."}, {"id": "2", "title": "U", "text": "Text."}),
        name="a.jsonl",
    )
    assert [document.external_id for document in documents_of(job)] == ["1", "2"]


def test_progress_is_unknown_until_the_file_was_read(base: KnowledgeBase) -> None:
    job = upload(base, "Returns within 30 days.")
    assert progress_of(job).percent is None
    assert progress_of(IndexJob(state="running", stage="embedding", done=3, total=12)).percent == 25
