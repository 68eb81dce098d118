"""The database itself refuses to change an entry, whoever asks."""

from typing import Any

from django.db import migrations

SQLITE = [
    "CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON audit_entry BEGIN "
    "SELECT RAISE(ABORT, 'Entries of the audit log are only ever added.'); END",
]
SQLITE_BACK = ["DROP TRIGGER audit_entry_stays"]
POSTGRESQL = [
    "CREATE FUNCTION audit_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN RAISE EXCEPTION 'Entries of the audit log are only ever added.'; END $$",
    "CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON audit_entry "
    "FOR EACH ROW EXECUTE FUNCTION audit_entry_stays()",
]
POSTGRESQL_BACK = ["DROP TRIGGER audit_entry_stays ON audit_entry", "DROP FUNCTION audit_entry_stays()"]


def guard(apps: Any, schema_editor: Any) -> None:
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def leave(apps: Any, schema_editor: Any) -> None:
    for statement in SQLITE_BACK if schema_editor.connection.vendor == "sqlite" else POSTGRESQL_BACK:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunPython(guard, leave)]
