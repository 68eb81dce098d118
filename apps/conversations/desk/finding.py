"""Finds conversations by what was said in them, in Chinese and English, with the database's own word index.

A message's words stand in a row of their own, cut as the knowledge base's are. SQLite indexes them with FTS5,
PostgreSQL with GIN over an array: no second engine, and what a transaction wrote it can also find.
"""

import re
from typing import Any
from uuid import UUID

from django.db.models import Lookup, Q, QuerySet, TextField

from apps.conversations.models import Contact, Conversation, Member, Message, Words
from retrieval.texts import asked_words
from retrieval.tokens import words_of

MATCHING = "SELECT rowid FROM conversations_words_fts WHERE conversations_words_fts MATCH %s"
NEWEST = 1_000  # messages that a search looks at, the latest first
MOST_WORDS = 12
REFERENCE = re.compile(r"[0-9a-f]{5}-?[0-9a-f]{5}", re.IGNORECASE)


def index(message: Message, *, site_id: UUID) -> None:
    """Makes a message findable, in the transaction that wrote it."""
    if not message.text:
        return
    row = Words(message=message, words=words_in(message.text, site_id=site_id))
    # One statement, where `update_or_create` needs up to four.
    Words.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["message"], update_fields=["words"]
    )


def words_in(text: str, *, site_id: UUID) -> str:
    """What is kept of a message."""
    return " ".join([mark_of(site_id), *dict.fromkeys(one_word(word) for word in words_of(text))])


def mark_of(site_id: UUID) -> str:
    """Stands among the words, so that the index itself keeps sites apart."""
    return f"site{site_id.hex}"


def one_word(word: str) -> str:
    return "".join(word.split())


def found_in(member: Member, text: str) -> QuerySet[Conversation]:
    """Conversations of the member's site in which a message has all of these words, or whose customer is called so."""
    text = text.strip()[:200].replace("\x00", "")
    rows = Conversation.objects.filter(site_id=member.site_id)
    return rows.filter(pk__in={*spoken_of(member, text), *named_by(member, text)})


def spoken_of(member: Member, text: str) -> list[UUID]:
    words = [one_word(word) for word in asked_words(text)[:MOST_WORDS]]
    if not words:
        return []
    rows = Words.objects.filter(words__hold=" ".join([mark_of(member.site_id), *words]))
    latest = rows.order_by("-pk").values_list("message__conversation_id", flat=True)[:NEWEST]
    return list(dict.fromkeys(latest))


def named_by(member: Member, text: str) -> list[UUID]:
    rows = Conversation.objects.filter(site_id=member.site_id)
    if REFERENCE.fullmatch(text):
        first = UUID(text.replace("-", "").lower().ljust(32, "0"))
        last = UUID(text.replace("-", "").lower().ljust(32, "f"))
        return list(rows.filter(pk__gte=first, pk__lte=last).values_list("pk", flat=True))
    contacts = Contact.objects.filter(site_id=member.site_id)
    named = contacts.filter(Q(name__icontains=text) | Q(email__icontains=text)).values_list("pk")[:NEWEST]
    return (
        list(rows.filter(contact__in=list(named.values_list("pk", flat=True))).values_list("pk", flat=True))
        if text
        else []
    )


@TextField.register_lookup
class Hold(Lookup):
    """Whether a row of words holds all the given ones."""

    lookup_name = "hold"
    prepare_rhs = False

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[str]]:
        asked = " ".join('"' + word.replace('"', '""') + '"' for word in self.rhs.split())
        table = connection.ops.quote_name(Words._meta.db_table)
        return f"{table}.id IN ({MATCHING})", [asked]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"string_to_array({column}, ' ') @> %s::text[]", [*parameters, self.rhs.split()]
