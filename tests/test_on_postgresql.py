"""The tests of storage and concurrency, once more, on PostgreSQL: what SQLite forgives, PostgreSQL may not.

A run of its own, since Django's database is chosen when settings are read (`tests/conftest.py` begins it). By hand, on
any server: `DATABASE_URL=postgresql://… .venv/bin/python -m pytest tests/knowledge tests/conversations`.
"""

import pytest

from tests.postgres import SecondRun


@pytest.mark.postgres
@pytest.mark.timeout(1500)
def test_storage_and_concurrency_hold_on_postgresql_too(run_on_postgresql: SecondRun | None) -> None:
    assert run_on_postgresql, "PostgreSQL's server is not installed (apt-get install postgresql)"
    passed = run_on_postgresql.ended()
    print(run_on_postgresql.printed()[-20_000:])
    assert passed, "the tests above failed on PostgreSQL"
    assert "test_postgres" in run_on_postgresql.cluster.databases(), "the run did not use this cluster"
