"""Finds conversations by what was said in them, in Chinese and English, with the database's own word index.

A message's words stand in a row of their own, cut as the knowledge base's are. SQLite indexes them with FTS5,
PostgreSQL with GIN over an array: no second engine, and what a transaction wrote it can also find.

Chinese that is asked for without gaps may have been written with some, or with words between. What is written is kept in every
word that can be read in it; what is asked for is cut as always and also into those words that the site's messages say, as
the knowledge base's search does it.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Lookup, Q, QuerySet, TextField

from apps.conversations.models import Contact, Conversation, Member, Message, Words
from retrieval import words_as_said
from retrieval.texts import asked_words, without_stop_words
from retrieval.tokens import readable_words

MATCHING = "SELECT rowid FROM conversations_words_fts WHERE conversations_words_fts MATCH %s"
ANY_MATCHING = f"{MATCHING} LIMIT 1"
# Of a word that no message says PostgreSQL expects some rows, and reads all messages for the first of them. A common table
# expression is planned as if all were wanted: with the index.
ANY_HOLDING = (
    "WITH found AS MATERIALIZED (SELECT id FROM conversations_words WHERE string_to_array(words, ' ') @> %s::text[]) "
    "SELECT id FROM found LIMIT 1"
)
NEWEST = 1_000  # messages that a search looks at, the latest first
MOST_WORDS = 12
LONGEST_ASKED_FOR = 200  # characters of a search
LONGEST_WORD = LONGEST_ASKED_FOR  # that is kept: PostgreSQL's index takes no key of more than 2,712 bytes
LONGEST_ASKED = (
    30  # characters that are also cut as the site's messages say: each word in them is one look at the index
)
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
    return " ".join([mark_of(site_id), *dict.fromkeys(one_word(word) for word in readable_words(text))])


def mark_of(site_id: UUID) -> str:
    """Stands among the words, so that the index itself keeps sites apart."""
    return f"site{site_id.hex}"


def one_word(word: str) -> str:
    """As it stands in the index: without gaps, and of a very long one how it begins."""
    return "".join(word.split())[:LONGEST_WORD]


def found_in(member: Member, text: str) -> QuerySet[Conversation]:
    """Conversations of the member's site in which a message has all of these words, or whose customer is called so."""
    text = text.strip()[:LONGEST_ASKED_FOR].replace("\x00", "")
    rows = Conversation.objects.filter(site_id=member.site_id)
    return rows.filter(pk__in={*spoken_of(member, text), *named_by(member, text)})


def spoken_of(member: Member, text: str) -> list[UUID]:
    cuts = [asked_words(text)]
    if len(text) <= LONGEST_ASKED:
        cuts.append(without_stop_words(words_as_said(text, said=_said_at(member))))
    ways = {tuple(one_word(word) for word in cut[:MOST_WORDS]) for cut in cuts}
    lines = [" ".join([mark_of(member.site_id), *way]) for way in sorted(ways) if way]
    if not lines:
        return []
    rows = Words.objects.filter(words__hold="\n".join(lines))
    # The newest are picked before their conversations are looked up: words that each message says are many rows. In two
    # questions, since PostgreSQL reads all messages for one.
    latest = list(rows.order_by("-pk").values_list("message_id", flat=True)[:NEWEST])
    spoken = Message.objects.filter(pk__in=latest).order_by()
    return list(spoken.values_list("conversation_id", flat=True).distinct())


def _said_at(member: Member) -> Callable[[str], int]:
    """Whether a word stands in any message of the site: 1 or 0. Asked of the index once for each."""
    mark, known = mark_of(member.site_id), Counter[str]()

    def said(word: str) -> int:
        if word not in known:
            known[word] = int(Words.objects.filter(words__say=f"{mark} {one_word(word)}").exists())
        return known[word]

    return said


def named_by(member: Member, text: str) -> list[UUID]:
    rows = Conversation.objects.filter(site_id=member.site_id)
    if REFERENCE.fullmatch(text):
        first = UUID(text.replace("-", "").lower().ljust(32, "0"))
        last = UUID(text.replace("-", "").lower().ljust(32, "f"))
        return list(rows.filter(pk__gte=first, pk__lte=last).values_list("pk", flat=True))
    # What has no capitals, such as Chinese, need not be looked for in capitals: PostgreSQL makes them of each name.
    way = "contains" if text.upper() == text.lower() else "icontains"
    called = Q(**{f"name__{way}": text}) | Q(**{f"email__{way}": text})
    named = Contact.objects.filter(called, site_id=member.site_id).values_list("pk")[:NEWEST]
    return (
        list(rows.filter(contact__in=list(named.values_list("pk", flat=True))).values_list("pk", flat=True))
        if text
        else []
    )


@TextField.register_lookup
class Hold(Lookup):
    """Whether a row of words holds all the given ones; of several lines, all of any line."""

    lookup_name = "hold"
    prepare_rhs = False
    matching = MATCHING

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[str]]:
        asked = " OR ".join(f"({_quoted(line)})" for line in self.rhs.split("\n"))
        return f"{self._key(connection)} IN ({self.matching})", [asked]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        lines = self.rhs.split("\n")
        held = " OR ".join([f"string_to_array({column}, ' ') @> %s::text[]"] * len(lines))
        return f"({held})", [value for line in lines for value in (*parameters, line.split())]

    def _key(self, connection: Any) -> str:
        """Of the row, under the name that its table has in the statement."""
        return f"{connection.ops.quote_name(self.lhs.alias)}.id"


def _quoted(line: str) -> str:
    return " AND ".join('"' + word.replace('"', '""') + '"' for word in line.split())


@TextField.register_lookup
class Say(Hold):
    """The same where one row is enough: all that match are not gathered for it."""

    lookup_name = "say"
    matching = ANY_MATCHING

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return f"{self._key(connection)} IN ({ANY_HOLDING})", [self.rhs.split()]
