"""The databases' own word indexes over `Words`, and the words of what was said before there were any."""

from typing import Any

from django.db import migrations

from retrieval.tokens import words_of

SQLITE = [
    "CREATE VIRTUAL TABLE conversations_words_fts USING fts5"
    "(words, content='conversations_words', content_rowid='id', tokenize='unicode61')",
    "CREATE TRIGGER conversations_words_in AFTER INSERT ON conversations_words BEGIN "
    "INSERT INTO conversations_words_fts(rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER conversations_words_out AFTER DELETE ON conversations_words BEGIN "
    "INSERT INTO conversations_words_fts(conversations_words_fts, rowid, words) "
    "VALUES ('delete', old.id, old.words); END",
    "CREATE TRIGGER conversations_words_anew AFTER UPDATE ON conversations_words BEGIN "
    "INSERT INTO conversations_words_fts(conversations_words_fts, rowid, words) "
    "VALUES ('delete', old.id, old.words); "
    "INSERT INTO conversations_words_fts(rowid, words) VALUES (new.id, new.words); END",
]
SQLITE_BACK = ["DROP TABLE conversations_words_fts"] + [
    f"DROP TRIGGER conversations_words_{name}" for name in ("in", "out", "anew")
]
POSTGRESQL = [
    "CREATE INDEX conversations_words_gin ON conversations_words USING gin (string_to_array(words, ' '))"
]
POSTGRESQL_BACK = ["DROP INDEX conversations_words_gin"]


def build(apps: Any, schema_editor: Any) -> None:
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def tear_down(apps: Any, schema_editor: Any) -> None:
    for statement in SQLITE_BACK if schema_editor.connection.vendor == "sqlite" else POSTGRESQL_BACK:
        schema_editor.execute(statement)


def fill(apps: Any, schema_editor: Any) -> None:
    words = apps.get_model("conversations", "Words")
    rows = apps.get_model("conversations", "Message").objects.exclude(text="").order_by("created_at")
    batch = []
    for row in rows.values("pk", "text", "conversation__site_id").iterator(chunk_size=500):
        # Cut as `finding.one_word` cuts: PostgreSQL's index refuses a longer one.
        said = dict.fromkeys("".join(word.split())[:200] for word in words_of(row["text"]))
        mark = f"site{row['conversation__site_id'].hex}"
        batch.append(words(message_id=row["pk"], words=" ".join([mark, *said])))
        if len(batch) == 500:
            words.objects.bulk_create(batch)
            batch = []
    words.objects.bulk_create(batch)


class Migration(migrations.Migration):
    dependencies = [("conversations", "0003_the_desk")]

    operations = [
        migrations.RunPython(build, tear_down),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
