from tests.conversations.conftest import broker_url, cast, chroma_url, knowledge, no_services  # noqa: F401 - fixtures
