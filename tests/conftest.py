"""What the whole suite shares: real services for the tests that ask for them, and no language that is left behind."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.management import create_permissions
from django.contrib.contenttypes.management import create_contenttypes
from django.db.models.signals import post_migrate
from django.utils import translation

from tests.postgres import PostgresCluster, SecondRun, binaries

pytest_plugins = ["tests.services", "tests.model_server"]


@pytest.fixture(autouse=True)
def _no_language_is_left_behind() -> Iterator[None]:
    """A request activates its language for its thread, which in tests is the next test's thread too."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """After each test that commits, Django would write Django's own permissions anew, which nothing here asks for."""
    post_migrate.disconnect(
        create_permissions, dispatch_uid="django.contrib.auth.management.create_permissions"
    )
    post_migrate.disconnect(create_contenttypes)


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
