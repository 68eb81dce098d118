from tests.actions.service import orders  # noqa: F401 - a fixture
from tests.conversations.conftest import broker_url, cast, chroma_url, knowledge, no_services  # noqa: F401 - fixtures
