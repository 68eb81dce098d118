"""The chunks of one knowledge base, as `retrieval` asks for them: the truth that its caches follow.

Nothing of another knowledge base comes out of it.
"""

import uuid
from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum

from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.knowledge import models
from retrieval import Changes, Chunk

BATCH = 500  # ids named in one query
PAGE = 2_000  # rows read at once
COLUMNS = (
    *("id", "document_id", "ordinal", "text", "document__title", "heading_path", "question", "aliases"),
    *("language", "document__external_id", "document__url", "document__metadata"),
)
GATE = ("knowledge_base", "document__audience", "document__valid_from", "document__valid_until")


class Reader(StrEnum):
    """Who is going to read what a search finds."""

    CUSTOMER = "customer"
    VERIFIED = "verified"  # a customer whose identity the host's server signed
    COLLEAGUE = "colleague"


MAY_READ = {
    Reader.CUSTOMER: (models.Audience.PUBLIC,),
    Reader.VERIFIED: (models.Audience.PUBLIC, models.Audience.VERIFIED),
    Reader.COLLEAGUE: tuple(models.Audience),
}


class SqlChunkStore:
    """Implements `retrieval.ChunkStore`. Holds no state of its own: safe to share between threads."""

    def __init__(self, knowledge_base_id: uuid.UUID) -> None:
        self.knowledge_base_id = knowledge_base_id

    def get(self, ids: Sequence[str]) -> dict[str, Chunk]:
        """Rows are looked up by id alone: asked for the knowledge base as well, SQLite reads all of it (25 times slower)."""
        found = {}
        for start in range(0, len(ids), BATCH):
            rows = models.Chunk.objects.filter(id__in=ids[start : start + BATCH]).order_by()
            for base, audience, begins, ends, *columns in rows.values_list(*GATE, *COLUMNS):
                if base == self.knowledge_base_id and self._may_show(audience, begins=begins, ends=ends):
                    found[columns[0]] = as_chunk(*columns)
        return found

    def _may_show(self, audience: str, *, begins: date | None, ends: date | None) -> bool:
        """The store itself knows no readers."""
        return True

    def revision(self) -> int:
        bases = models.KnowledgeBase.objects.filter(pk=self.knowledge_base_id)
        return bases.values_list("revision", flat=True).first() or 0

    def changes_since(self, revision: int) -> Changes:
        """The revision is read first: what comes in while the rows are read is told again the next time."""
        reached = self.revision()
        return Changes(live=self._live_since(revision), gone=self._gone_since(revision), revision=reached)

    def live_ids(self) -> Iterator[str]:
        ids = models.Chunk.objects.filter(knowledge_base_id=self.knowledge_base_id).order_by()
        return ids.values_list("id", flat=True).iterator(chunk_size=PAGE)

    def _live_since(self, revision: int) -> Iterator[Chunk]:
        rows = models.Chunk.objects.filter(knowledge_base_id=self.knowledge_base_id, revision__gt=revision)
        columns = rows.order_by().values_list(*COLUMNS).iterator(chunk_size=PAGE)
        return (as_chunk(*each) for each in columns)

    def _gone_since(self, revision: int) -> Iterator[str]:
        if not revision:
            return iter(())
        came_back = models.Chunk.objects.filter(id=OuterRef("chunk_id"))
        retired = models.RetiredChunk.objects.filter(
            ~Exists(came_back), knowledge_base_id=self.knowledge_base_id, revision__gt=revision
        )
        return retired.values_list("chunk_id", flat=True).iterator(chunk_size=PAGE)


class ReadableChunks(SqlChunkStore):
    """What this reader may be shown today: the last gate before a text reaches somebody, asked in every search."""

    def __init__(self, knowledge_base_id: uuid.UUID, *, reader: Reader, today: date | None = None) -> None:
        super().__init__(knowledge_base_id)
        self.reader, self.today = reader, today or timezone.localdate()

    def _may_show(self, audience: str, *, begins: date | None, ends: date | None) -> bool:
        """Asked of each row that is read anyway: a query for it would cost as much as the search for its words."""
        is_valid = (begins is None or begins <= self.today) and (ends is None or ends >= self.today)
        return is_valid and audience in MAY_READ[self.reader]


def as_chunk(
    id: str,
    document_id: uuid.UUID,
    ordinal: int,
    text: str,
    title: str,
    heading_path: list[str],
    question: str,
    aliases: list[str],
    language: str,
    external_id: str,
    url: str,
    metadata: dict[str, str],
) -> Chunk:
    """From the values of `COLUMNS`: rows are not made into objects of Django's first, which would cost twice as much."""
    return Chunk(
        id=id,
        document_id=str(document_id),
        ordinal=ordinal,
        text=text,
        title=title,
        heading_path=tuple(heading_path),
        question=question,
        aliases=tuple(aliases),
        language=language,
        external_id=external_id,
        url=url,
        metadata=metadata,
    )
