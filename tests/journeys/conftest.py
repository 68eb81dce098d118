"""One installation for all journeys; each has sites, customers and web processes of its own."""

from collections.abc import Callable, Iterator

import pytest

from tests.conversations.cast import FACTS
from tests.journeys.desk import Customer, Desk, Web
from tests.services import chroma_url  # noqa: F401 - a fixture


@pytest.fixture(scope="session")
def desk(chroma_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:  # noqa: F811
    desk = Desk(tmp_path_factory.mktemp("desk"), chroma_url)
    desk.start_broker()
    desk.manage("migrate")
    yield desk
    desk.close()


@pytest.fixture(scope="session")
def site_key(desk: Desk) -> str:
    return desk.found_site("Shop", FACTS)


@pytest.fixture(scope="session")
def web(desk: Desk) -> Web:
    """For journeys in which it lives."""
    return desk.start_web()


@pytest.fixture
def doomed(desk: Desk) -> Web:
    """For a journey that ends it."""
    return desk.start_web()


@pytest.fixture
def customer(site_key: str) -> Callable[[Web], Customer]:
    return lambda web: Customer(web, site_key)
