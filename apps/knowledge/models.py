"""What the knowledge base remembers: uploads, documents, their chunks, and the jobs that index them.

SQL is the truth for text. Chroma and the word index hold ids only and can be rebuilt from these rows
(`manage.py rebuild_index`); a search hydrates through them, so nothing removed or foreign can be shown.
"""

import uuid
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager


class KnowledgeBase(models.Model):
    """All that one site's assistant may know: the boundary that no search crosses."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Grows with every flip; word index replicas follow it. Whoever changes chunks locks this row first.
    revision = models.PositiveBigIntegerField(default=0)
    tidying_until = models.DateTimeField(
        null=True, blank=True
    )  # lease: one process at a time settles vectors
    # What searches are ranked and judged by; None: the fit that is shipped.
    fit = models.ForeignKey("FittedFile", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # Whose vectors answer; None: those of the shipped embedder, as long as nobody ever switched.
    collection = models.ForeignKey(
        "Collection", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Replicas that are behind this cannot be told any more what is gone, and read everything anew.
    pruned_revision = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    if TYPE_CHECKING:
        documents: RelatedManager["Document"]

    def __str__(self) -> str:
        return str(self.id)


class Audience(models.TextChoices):
    """Who may be shown a document. Each may read what stands before it as well."""

    PUBLIC = "public", _("Everyone")
    VERIFIED = "verified", _("Verified customers")
    INTERNAL = "internal", _("Colleagues only")


class Origin(models.TextChoices):
    """Where people keep what a document says."""

    FILE = "file", _("File")
    FAQ = "faq", _("FAQ")
    WEBSITE = "website", _("Website")


def upload_path(upload: "Upload", filename: str) -> str:
    """Only an id of ours and a known-harmless suffix reach the disk; the given name stays in a column."""
    suffix = PurePosixPath(filename).suffix.lower()
    harmless = suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) <= 9
    return f"{upload.knowledge_base_id}/{uuid.uuid4().hex}{suffix if harmless else ''}"


class Upload(models.Model):
    """A file as it was given. One file makes one document, or many (a CSV of FAQs, a JSONL of documents).

    Rows are numbered under the lock of their knowledge base: of two, the one with the larger id came later, and wins.
    """

    knowledge_base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="uploads")
    file = models.FileField(upload_to=upload_path, max_length=300)
    name = models.CharField(max_length=300)  # relative path as given: the same name again is a new version
    size = models.PositiveBigIntegerField()
    # Empty once a document of this file was removed by hand: the same file again then is no longer "unchanged".
    sha256 = models.CharField(max_length=64, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.PUBLIC)  # of new documents
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.FILE)
    url = models.CharField(max_length=1000, blank=True)  # where a page was fetched from
    created_at = models.DateTimeField(auto_now_add=True)

    if TYPE_CHECKING:
        documents: RelatedManager["Document"]
        jobs: RelatedManager["IndexJob"]

    class Meta:
        indexes = [models.Index(fields=["knowledge_base", "name"])]

    def __str__(self) -> str:
        return self.name

    def delete_file(self) -> None:
        if self.file.name:
            self.file.storage.delete(self.file.name)


class Document(models.Model):
    """What an operator sees in the list, and what a citation names."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        INDEXING = "indexing", _("Indexing")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    knowledge_base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="documents")
    # A file's relative name, or the `id` of a row inside it: adding the same again replaces the document.
    external_id = models.CharField(max_length=300)
    title = models.CharField(max_length=300)
    url = models.CharField(max_length=1000, blank=True)
    language = models.CharField(max_length=10, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    # Who may be shown it, and on which days: asked anew by every search, so that a change counts at once.
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.PUBLIC)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)  # the last day
    # The file that its live version came from, or, while `version` is 0, is to come from.
    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="documents")
    version = models.PositiveIntegerField(default=0)  # 0: nothing of it is live yet
    content_hash = models.CharField(max_length=64, blank=True)  # of the live version
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    # Why it failed, for its owner to act on. Beside `ready`: why its newest version failed while this one answers.
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    if TYPE_CHECKING:
        chunks: RelatedManager["Chunk"]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["knowledge_base", "external_id"], name="document_once_per_name"),
        ]
        indexes = [models.Index(fields=["knowledge_base", "-updated_at"])]

    def __str__(self) -> str:
        return self.title


class DocumentVersion(models.Model):
    """What a document said in one of its last versions.

    A file that made this document alone is kept as long as this row is, so that it can be brought back.
    """

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    upload = models.ForeignKey(
        Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="versions"
    )
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="document_version_once")]

    def __str__(self) -> str:
        return f"{self.document} · {self.number}"


class Chunk(models.Model):
    """A live piece of a document. A row here may be found and shown; nothing else may.

    Title, address and metadata are its document's, which change in the same transaction.
    """

    # Made by `retrieval`: a hash of document and content.
    id = models.CharField(primary_key=True, max_length=64)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    # Kept beside the document's so that the store's two questions are one indexed read each.
    knowledge_base = models.ForeignKey(
        KnowledgeBase, on_delete=models.CASCADE, related_name="chunks", db_index=False
    )
    ordinal = models.PositiveIntegerField()
    text = models.TextField()
    heading_path = models.JSONField(default=list, blank=True)
    question = models.TextField(blank=True)
    aliases = models.JSONField(default=list, blank=True)
    language = models.CharField(max_length=10, blank=True)
    revision = models.PositiveBigIntegerField()  # the knowledge base's when this row last changed

    class Meta:
        ordering = ["ordinal"]
        indexes = [
            models.Index(fields=["knowledge_base", "revision"]),
            models.Index(fields=["document", "ordinal"]),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class RetiredChunk(models.Model):
    """A chunk that is gone: word index replicas that are behind `revision` still have to drop it."""

    knowledge_base = models.ForeignKey(
        KnowledgeBase, on_delete=models.CASCADE, related_name="retired_chunks", db_index=False
    )
    chunk_id = models.CharField(max_length=64)
    revision = models.PositiveBigIntegerField()
    retired_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["knowledge_base", "chunk_id"], name="chunk_retired_once"),
        ]
        indexes = [
            models.Index(fields=["knowledge_base", "revision"]),
            models.Index(fields=["retired_at"], name="retired_long_ago"),
        ]

    def __str__(self) -> str:
        return self.chunk_id


class IndexJob(models.Model):
    """The truth about one upload's indexing. Celery only carries its id; a worker claims it by `attempt`."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Stage(models.TextChoices):
        PARSING = "parsing", _("Reading the file")
        EMBEDDING = "embedding", _("Indexing")
        STORING = "storing", _("Storing")

    MAX_TRIES = 3
    OPEN_STATES = (State.PENDING, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    knowledge_base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="jobs")
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="jobs")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempt = models.PositiveIntegerField(
        default=0
    )  # counts claims: a worker writes only under its own number
    tries = models.PositiveSmallIntegerField(default=0)  # attempts that count towards MAX_TRIES
    waits = models.PositiveIntegerField(default=0)  # attempts in a row that found the vector store away
    delivered_at = models.DateTimeField(null=True, blank=True)  # when the broker last took its id
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)  # back-off
    stage = models.CharField(max_length=20, choices=Stage, blank=True)
    done = models.PositiveIntegerField(default=0)  # chunks
    total = models.PositiveIntegerField(default=0)
    # External ids of documents that were removed while this job was open: it must not bring them back.
    removed = models.JSONField(default=list, blank=True)
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    unchanged = False  # set on what `add_upload` returns when there was nothing to do; not a column

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="job_done_within_total"),
        ]
        indexes = [models.Index(fields=["state", "lease_until"])]

    def __str__(self) -> str:
        return f"{self.upload} ({self.state})"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES


class LooseVector(models.Model):
    """A chunk whose vectors may differ from what the rows say: being added by a job, or left over.

    Written before the vectors are touched, and deleted when they were put right (`settling.py`): so a killed worker
    leaves nothing in the vector store that nobody knows of.
    """

    knowledge_base = models.ForeignKey(
        KnowledgeBase, on_delete=models.CASCADE, related_name="loose_vectors", db_index=False
    )
    chunk_id = models.CharField(max_length=64)
    job = models.ForeignKey(IndexJob, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["knowledge_base", "chunk_id"], name="vector_loose_once"),
        ]

    def __str__(self) -> str:
        return self.chunk_id


class Collection(models.Model):
    """A knowledge base's vectors by one embedder, in a collection of its own in the vector store.

    The one that the knowledge base points at answers. Another stands until `retire_at`, so that one can go back to it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    knowledge_base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="collections")
    model = models.CharField(
        max_length=200, blank=True
    )  # as its server calls it; empty: the shipped embedder
    dimensions = models.PositiveIntegerField(default=0)  # as the server was found to answer; 0: not asked yet
    # Parts its name in the vector store from others of the same embedder; empty: the one before any switch.
    suffix = models.CharField(max_length=8, blank=True)
    retire_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["retire_at"], name="collections_to_retire")]

    def __str__(self) -> str:
        return self.model or "home"


class EmbedderSwitch(models.Model):
    """The truth about one change of the embedder. A worker claims it by `attempt`; the pointer flips with its end."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Stage(models.TextChoices):
        EMBEDDING = "embedding", _("Indexing")
        CHECKING = "checking", _("Checking")

    MAX_TRIES = 3
    OPEN_STATES = (State.PENDING, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    knowledge_base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="switches")
    collection = models.ForeignKey(Collection, on_delete=models.SET_NULL, null=True, related_name="switches")
    model = models.CharField(max_length=200, blank=True)  # outlives its collection
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    stage = models.CharField(max_length=20, choices=Stage, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)  # attempts that count towards MAX_TRIES
    waits = models.PositiveIntegerField(default=0)  # attempts in a row that found a server away
    delivered_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)  # chunks
    total = models.PositiveIntegerField(default=0)
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "lease_until"], name="open_switches")]
        constraints = [
            models.UniqueConstraint(
                fields=["knowledge_base"],
                condition=Q(state__in=["pending", "running"]),
                name="one_switch_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.model or 'home'} ({self.state})"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES


class LabelledQuestion(models.Model):
    """A question of which people said what answers it: what retrieval is measured and fitted by.

    Documents are named by their external ids, so that a label outlives new versions. Neither right nor wrong ones: the
    knowledge base does not say, and a person should be offered.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    knowledge_base = models.ForeignKey(
        KnowledgeBase, on_delete=models.CASCADE, related_name="labelled_questions"
    )
    question = models.TextField()
    history = models.JSONField(default=list, blank=True)  # earlier turns, as OpenAI `messages`
    language = models.CharField(max_length=10, blank=True)
    label = models.CharField(max_length=60, blank=True)  # what it is about, as its owners group them
    right = models.JSONField(default=list, blank=True)
    wrong = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["knowledge_base", "-updated_at"])]

    def __str__(self) -> str:
        return self.question[:60]


class QualityRun(models.Model):
    """The truth about one measurement or fit over the labelled questions. A worker claims it by `attempt`."""

    class Kind(models.TextChoices):
        MEASURE = "measure", _("Measure")
        FIT = "fit", _("Fit")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    MAX_TRIES = 3
    OPEN_STATES = (State.PENDING, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    knowledge_base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="quality_runs")
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)  # questions
    total = models.PositiveIntegerField(default=0)
    fit_version = models.CharField(max_length=60, blank=True)  # that was measured, or that a fit started from
    report = models.JSONField(default=dict, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "lease_until"], name="open_quality_runs")]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES


class FittedFile(models.Model):
    """A fit that was made on a knowledge base's own labelled questions. Never changed once written."""

    knowledge_base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="fitted_files")
    run = models.OneToOneField(QualityRun, on_delete=models.CASCADE, related_name="fitted")
    version = models.CharField(max_length=60)  # recorded in the trace of each answer
    model = models.CharField(
        max_length=200, blank=True
    )  # the embedder it was made for; empty: the shipped one
    content = models.JSONField()  # `retrieval.Fit`
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["knowledge_base", "version"], name="fit_version_once")]

    def __str__(self) -> str:
        return self.version


class Faq(models.Model):
    """A question that people answered themselves, in one or both languages. Live ones are indexed like a file of rows."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        LIVE = "live", _("Live")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    knowledge_base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="faqs")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    question_en = models.TextField(blank=True)
    question_zh = models.TextField(blank=True)
    aliases_en = models.JSONField(default=list, blank=True)
    aliases_zh = models.JSONField(default=list, blank=True)
    answer_en = models.TextField(blank=True)
    answer_zh = models.TextField(blank=True)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.PUBLIC)
    origin = models.TextField(blank=True)  # of a draft: what it was made of, for whoever approves it
    version = models.PositiveIntegerField(default=1)  # of two who edit the same one, the second is told
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["knowledge_base", "-updated_at"])]

    def __str__(self) -> str:
        return self.question_en or self.question_zh


class Website(models.Model):
    """An address whose pages are read, and read again on a schedule. A worker holds it by a lease while it visits."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    knowledge_base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="websites")
    address = models.CharField(max_length=1000)  # a page, or a sitemap
    every_hours = models.PositiveIntegerField(default=24)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.PUBLIC)
    next_visit_at = models.DateTimeField(null=True, blank=True)
    visited_at = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)  # pages of the visit under way, or of the last
    total = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)  # pages that the visit found in no list any more
    reason = models.CharField(max_length=40, blank=True)  # why the last visit came to nothing
    created_at = models.DateTimeField(auto_now_add=True)

    if TYPE_CHECKING:
        pages: RelatedManager["WebPage"]

    class Meta:
        ordering = ["address"]
        constraints = [models.UniqueConstraint(fields=["knowledge_base", "address"], name="website_once")]
        indexes = [models.Index(fields=["next_visit_at"])]

    def __str__(self) -> str:
        return self.address


class WebPage(models.Model):
    """One page of a website: what it takes to ask whether it changed, and why it is not read where it is not."""

    website = models.ForeignKey(Website, on_delete=models.CASCADE, related_name="pages")
    url = models.CharField(max_length=1000)
    name = models.CharField(max_length=300)  # of its document
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    visited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["url"]
        constraints = [models.UniqueConstraint(fields=["website", "url"], name="web_page_once")]

    def __str__(self) -> str:
        return self.url
