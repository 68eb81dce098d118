"""No broker and no model unless a test starts one: both addresses lead to closed doors."""

from collections.abc import Iterator

import pytest

from apps.conversations.live import broker
from apps.knowledge import tasks as knowledge_tasks
from apps.knowledge.jobs import indexing
from apps.knowledge.testing import indexes_in_memory, read_here
from tests.conversations.cast import Cast, make_cast
from tests.services import broker_url, chroma_url  # noqa: F401 - fixtures

CLOSED = "127.0.0.1:9"


@pytest.fixture(autouse=True)
def no_services(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = f"redis://{CLOSED}/0"  # type: ignore[attr-defined]
    settings.LLM_BASE_URL = f"http://{CLOSED}/v1"  # type: ignore[attr-defined]
    broker.circuit.close()
    monkeypatch.setattr(knowledge_tasks, "ring", lambda job_id: None)


@pytest.fixture
def knowledge(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(indexing, "parse_file", read_here)
    with indexes_in_memory():
        yield


@pytest.fixture
def cast(transactional_db: None, knowledge: None) -> Cast:
    return make_cast()
