"""Knowledge bases with stand-ins for embedder and vector store; jobs are done when a test says so."""

import json
import uuid
from collections.abc import Callable, Iterator

import pytest
from django.core.files.base import ContentFile

from apps.knowledge import services, tasks
from apps.knowledge.jobs import indexing
from apps.knowledge.models import IndexJob, KnowledgeBase
from apps.knowledge.searching import search
from apps.knowledge.testing import indexes_in_memory, read_here
from retrieval import KnowledgeIndex


@pytest.fixture
def index_of() -> Iterator[Callable[[uuid.UUID], KnowledgeIndex]]:
    with indexes_in_memory() as opened:
        yield opened


@pytest.fixture
def base(
    transactional_db: None, index_of: object, rung: list[uuid.UUID], quick_parser: None
) -> KnowledgeBase:
    return services.create_knowledge_base()


@pytest.fixture
def quick_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "parse_file", read_here)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """Bells that were rung; nobody answers them by himself."""
    bells: list[uuid.UUID] = []
    monkeypatch.setattr(
        tasks.index_upload, "apply_async", lambda args, **options: bells.append(uuid.UUID(args[0]))
    )
    monkeypatch.setattr(tasks.discard_vectors, "delay", lambda knowledge_base_id: None)
    return bells


def upload(base: KnowledgeBase, text: str | bytes, *, name: str = "returns.md") -> IndexJob:
    data = text.encode() if isinstance(text, str) else text
    return services.add_upload(base, file=ContentFile(data), name=name)


def index(base: KnowledgeBase, text: str | bytes, *, name: str = "returns.md") -> IndexJob:
    return work(upload(base, text, name=name))


def work(job: IndexJob) -> IndexJob:
    indexing.index_upload(job.pk)
    job.refresh_from_db()
    return job


def rows(*documents: dict[str, object]) -> str:
    return "\n".join(json.dumps(document, ensure_ascii=False) for document in documents)


def found(base: KnowledgeBase, question: str) -> list[str]:
    return [passage.chunk.text for passage in search(base.pk, question).passages]
