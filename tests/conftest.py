"""What the whole suite shares: real services for the tests that ask for them, and no language that is left behind."""

import gc
from collections.abc import Iterator

import pytest
from django.test import TransactionTestCase, override_settings
from django.utils import translation

from tests.emptying import empty_databases
from tests.postgres import PostgresCluster, SecondRun, binaries

pytest_plugins = ["tests.services", "tests.model_server"]


@pytest.fixture(autouse=True)
def _no_language_is_left_behind() -> Iterator[None]:
    """A request activates its language for its thread, which in tests is the next test's thread too."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_looked_for_when_asked_for() -> Iterator[None]:
    """Else each test's client, which has a server's handler of its own, begins with a look at all of them."""
    with override_settings(WHITENOISE_AUTOREFRESH=True):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_databases)
        yield


@pytest.fixture(scope="session", autouse=True)
def run_on_postgresql(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SecondRun | None]:
    """Begins before all others where it was asked for: it takes minutes, and mostly one core beside theirs."""
    asked_for = any(item.get_closest_marker("postgres") for item in request.session.items)
    if not asked_for or binaries() is None:
        yield None
        return
    log = tmp_path_factory.mktemp("postgresql") / "run.log"
    with PostgresCluster() as cluster, SecondRun(cluster, log=log) as run:
        yield run


def pytest_collection_finish() -> None:
    """What was imported stays, as in a web process: the garbage collector need not go through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)
