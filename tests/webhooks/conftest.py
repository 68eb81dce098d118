from tests.conversations.conftest import broker_url, cast, chroma_url, knowledge, no_services  # noqa: F401 - fixtures
from tests.webhooks.receiver import receiver  # noqa: F401 - a fixture
