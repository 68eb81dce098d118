"""Empties the database after a test that committed: only those tables in which something stands.

Django's own way names each table of the product after each test, and on PostgreSQL it makes all of their files anew.
"""

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase


def empty_databases(test: TransactionTestCase) -> None:
    """In place of `TransactionTestCase._fixture_teardown`."""
    for name in test._databases_names(include_mirrors=False):
        _empty(connections[name])


def _empty(connection: BaseDatabaseWrapper) -> None:
    # Foreign keys are looked at when the transaction ends, so the order of tables is no matter.
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(_filled(connection))
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")


def _filled(connection: BaseDatabaseWrapper) -> str:
    """SQL for the names of the tables that hold rows."""
    tables = sorted(connection.introspection.django_table_names(include_views=False))
    looks = (
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})"
        for table in tables
    )
    return " UNION ALL ".join(looks)
