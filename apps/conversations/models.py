"""What the product remembers of people talking: sites and their people, customers, conversations, messages.

A `Site` is the boundary that no data crosses. Rows are reached through the querysets in `queries.py`, which
are already limited to the person or the contact who asks.
"""

import re
import secrets
import uuid
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.knowledge.models import KnowledgeBase

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

CITATION_MARK = re.compile(r"\s*\[\d{1,2}\]")


class Locale(models.TextChoices):
    ENGLISH = "en", "English"
    CHINESE = "zh-hans", "简体中文"


def new_site_key() -> str:
    return f"sd_{secrets.token_urlsafe(18)}"


def new_secret() -> str:
    return secrets.token_urlsafe(32)


class Site(models.Model):
    """A brand that customers write to."""

    class Strictness(models.TextChoices):
        """How much a sentence of the model needs to be trusted; what each does is measured in docs/support-check.md."""

        QUOTES = "quotes", _("Quotations only")
        STRICT = "strict", _("Strict")
        BALANCED = "balanced", _("Balanced")
        LENIENT = "lenient", _("Lenient")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    key = models.CharField(
        max_length=40, unique=True, default=new_site_key
    )  # public: stands in the script tag
    identity_secret = models.CharField(
        max_length=64, default=new_secret
    )  # signs `site|user|exp` on the host's server
    locale = models.CharField(max_length=10, choices=Locale, default=Locale.ENGLISH)
    origins = models.JSONField(default=list, blank=True)  # where the widget may be embedded; empty: nowhere
    greeting = models.JSONField(default=dict, blank=True)  # {locale: text}
    suggestions = models.JSONField(default=dict, blank=True)  # {locale: [question, …]}
    colour = models.CharField(max_length=7, default="#2f6f5e")
    knowledge_base = models.OneToOneField(KnowledgeBase, on_delete=models.PROTECT, related_name="site")
    live_model = models.CharField(max_length=100, blank=True)  # written by a deployment; empty: LLM_MODEL
    # A new version on trial: this share of the conversations, in percent, is answered by it.
    trial_model = models.CharField(max_length=100, blank=True)
    trial_share = models.PositiveSmallIntegerField(default=0)
    # When people are at their desks, in the site's own zone: {"mon": [["09:00", "18:00"]], …}; empty: always.
    zone = models.CharField(max_length=50, default="UTC")
    hours = models.JSONField(default=dict, blank=True)
    holidays = models.JSONField(default=list, blank=True)  # ["2026-12-25", …]
    # Working minutes within which people mean to answer and to resolve: {"first_reply": 10, …}; absent: no promise.
    targets = models.JSONField(default=dict, blank=True)
    # Mails about promises: {"before": minutes before one is broken, "admins_after": minutes after}; empty: none.
    alerts = models.JSONField(default=dict, blank=True)
    assigns = models.BooleanField(default=False)  # whether who waits is given to whoever is free, in turn
    # Working minutes after which who waits for somebody fitting is given to others; None: never.
    overflow_minutes = models.PositiveIntegerField(null=True, blank=True)
    overflow_to = models.ForeignKey(  # those with this skill; None: whoever is free
        "Skill", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Hours of silence after an assistant's answer, after which it counts as resolved; 0: only people resolve.
    quiet_hours = models.PositiveSmallIntegerField(default=24)
    strictness = models.CharField(max_length=10, choices=Strictness, default=Strictness.BALANCED)
    asks_judge = models.BooleanField(default=False)  # where the rules are unsure; needs one that is served
    created_at = models.DateTimeField(auto_now_add=True)

    if TYPE_CHECKING:
        members: RelatedManager["Member"]
        conversations: RelatedManager["Conversation"]

    def __str__(self) -> str:
        return self.name

    @property
    def today(self) -> date:
        """The day it is for the people of the site and their documents."""
        return timezone.now().astimezone(ZoneInfo(self.zone)).date()

    def greeting_in(self, locale: str) -> str:
        return str(self.greeting.get(locale) or self.greeting.get(self.locale) or "")

    def suggestions_in(self, locale: str) -> list[str]:
        return list(self.suggestions.get(locale) or self.suggestions.get(self.locale) or [])


class Skill(models.Model):
    """What some of a site's people are good at, and some conversations need: billing, repairs, second line."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="skills")
    name = models.CharField(max_length=40)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="skill_once_per_site")]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A person on a site. Each role may do all that the roles before it may."""

    class Role(models.TextChoices):
        AGENT = "agent", _("Agent")
        OPERATOR = "operator", _("Operator")
        ADMIN = "admin", _("Admin")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.AGENT)
    is_available = models.BooleanField(
        default=True
    )  # said by the person; whether they are there is `seen_at`
    seen_at = models.DateTimeField(null=True, blank=True)
    capacity = models.PositiveSmallIntegerField(default=6)  # conversations at a time, when they are assigned
    languages = models.JSONField(default=list, blank=True)  # locales; empty: all
    skills = models.ManyToManyField(Skill, related_name="members", blank=True)
    assigned_at = models.DateTimeField(null=True, blank=True)  # whose turn it is

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "user"], name="member_once_per_site")]

    def __str__(self) -> str:
        return f"{self.user} · {self.site} · {self.role}"

    def may(self, role: "Member.Role") -> bool:
        """Whether this member has at least the given role."""
        order = list(Member.Role)
        return order.index(Member.Role(self.role)) >= order.index(role)


class Contact(models.Model):
    """A customer of one site. Anonymous unless the host's own server signed who it is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="contacts")
    external_id = models.CharField(
        max_length=200, blank=True
    )  # the host's own user id; set only when verified
    name = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=320, blank=True)
    locale = models.CharField(max_length=10, choices=Locale, default=Locale.ENGLISH)
    # Whether what this person wrote may be learnt from. None: never asked.
    may_train = models.BooleanField(null=True, blank=True)
    attributes = models.JSONField(
        default=dict, blank=True
    )  # what the host's own server vouched for: {name: value}
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "external_id"],
                condition=~Q(external_id=""),
                name="verified_contact_once_per_site",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.id)[:8]

    @property
    def verified(self) -> bool:
        return bool(self.external_id)


class Label(models.Model):
    """A word by which a site's people sort conversations."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="labels")
    name = models.CharField(max_length=40)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="label_once_per_site")]

    def __str__(self) -> str:
        return self.name


class SkillRule(models.Model):
    """Which conversations need a skill: those with this reason of a handoff, this label, or this intent."""

    class Kind(models.TextChoices):
        REASON = "reason", _("Reason")
        LABEL = "label", _("Label")
        INTENT = "intent", _("Intent")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="skill_rules")
    kind = models.CharField(max_length=10, choices=Kind)
    value = models.CharField(max_length=40)  # a reason's code, a label's name, an action's name
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="rules")

    class Meta:
        ordering = ["kind", "value"]
        constraints = [
            models.UniqueConstraint(fields=["site", "kind", "value", "skill"], name="skill_rule_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value} → {self.skill}"


class SavedFilter(models.Model):
    """What a member looks for again and again in the inbox, under a name of their own."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="saved_filters")
    name = models.CharField(max_length=40)
    chosen = models.JSONField(
        default=dict
    )  # {"view": …, "q": …, "label": …, "order": …}, none that says nothing

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["member", "name"], name="saved_filter_once_per_member")
        ]

    def __str__(self) -> str:
        return self.name


class Phrase(models.Model):
    """An answer that a site's people use again and again, by its short name. `{contact}` and the like are filled in."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="phrases")
    name = models.CharField(max_length=40)
    text = models.TextField()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="phrase_once_per_site")]

    def __str__(self) -> str:
        return self.name


class Conversation(models.Model):
    class Priority(models.IntegerChoices):
        LOW = -1, _("Low")
        NORMAL = 0, _("Normal")
        HIGH = 1, _("High")
        URGENT = 2, _("Urgent")

    class Status(models.TextChoices):
        ASSISTANT = "assistant", _("Assistant")
        WAITING = "waiting", _("Waiting for a person")
        AGENT = "agent", _("With a person")
        RESOLVED = "resolved", _("Resolved")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="conversations")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="conversations")
    status = models.CharField(max_length=10, choices=Status, default=Status.ASSISTANT)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    locale = models.CharField(max_length=10, choices=Locale, default=Locale.ENGLISH)
    last_seq = models.PositiveIntegerField(default=0)
    episode = models.PositiveIntegerField(default=1)  # what lies between two resolves
    contact_read_seq = models.PositiveIntegerField(default=0)
    waiting_since = models.DateTimeField(null=True, blank=True)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL)
    labels = models.ManyToManyField(Label, related_name="conversations", blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)  # out of the way until then, or until news
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now_add=True)  # when its last message came
    # When anything of it changed that is told to the site's people: what is derived from it is then out of date.
    changed_at = models.DateTimeField(default=timezone.now, db_index=True)
    is_touched = False  # `changed_at` was written already, by the transaction that has locked this row

    if TYPE_CHECKING:
        messages: RelatedManager["Message"]
        handoffs: RelatedManager["Handoff"]
        resolutions: RelatedManager["Resolution"]
        ratings: RelatedManager["Rating"]
        attachments: RelatedManager["Attachment"]

    class Meta:
        indexes = [
            models.Index(fields=["site", "status", "-updated_at"]),
            models.Index(fields=["site", "-updated_at"], name="conversation_latest"),
            models.Index(fields=["contact", "-updated_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="agent", assignee__isnull=False) | ~Q(status="agent"),
                name="agent_conversation_has_assignee",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def reference(self) -> str:
        """What a customer can name on the telephone."""
        return f"{self.id.hex[:5]}-{self.id.hex[5:10]}".upper()


class Message(models.Model):
    """One utterance, ordered by `seq` inside its conversation. An assistant's reply is a row before it has a text."""

    class Sender(models.TextChoices):
        CONTACT = "contact", _("Customer")
        ASSISTANT = "assistant", _("Assistant")
        AGENT = "agent", _("Agent")
        SYSTEM = "system", _("System")

    class State(models.TextChoices):
        SENT = "sent", _("Sent")
        GENERATING = "generating", _("Writing")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    seq = models.PositiveIntegerField()
    episode = models.PositiveIntegerField()
    sender = models.CharField(max_length=10, choices=Sender)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    text = models.TextField(blank=True)
    # Private rows are for agents only: notes, and an assistant's answer that came after a person took over (a draft).
    private = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    # The client's own id (customer or agent): the same again returns the same row.
    client_msg_id = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 - null does not collide
    in_reply_to = models.OneToOneField(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="reply"
    )
    # Of an agent's message that was made of a draft: what the agent changed is what the next model can learn from.
    from_draft = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="sent_as"
    )

    # Of an assistant's reply:
    decision = models.CharField(max_length=10, blank=True)  # answer, clarify, act, handoff
    reason = models.CharField(max_length=40, blank=True)  # dialogue's reason code, or why it failed
    offer_person = models.BooleanField(default=False)
    notice = models.CharField(max_length=30, blank=True)  # model_unavailable: said beside the answer
    trace = models.JSONField(default=dict, blank=True)  # how it came about; for members only
    attempt = models.PositiveSmallIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    stop_requested = models.BooleanField(default=False)

    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    edited_at = models.DateTimeField(null=True, blank=True)  # by the agent who wrote it

    if TYPE_CHECKING:
        edits: RelatedManager["Edit"]
        citations: RelatedManager["Citation"]
        attachments: RelatedManager["Attachment"]

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_seq_once"),
            models.UniqueConstraint(fields=["conversation", "client_msg_id"], name="client_msg_id_once"),
        ]
        indexes = [
            models.Index(
                fields=["state", "heartbeat_at"], condition=Q(state="generating"), name="open_replies"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sender} #{self.seq}"

    @property
    def spoken_text(self) -> str:
        """The text without the marks of its citations."""
        return CITATION_MARK.sub("", self.text) if self.sender == self.Sender.ASSISTANT else self.text

    @property
    def gist(self) -> str:
        """For a line in a list: the words, or the names of what was sent without any."""
        return self.spoken_text or ", ".join(one.name for one in self.attachments.all())


class Edit(models.Model):
    """What a message said before its author changed it."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="edits")
    text = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)  # until then it stood so

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.text[:60]


def attachment_path(attachment: "Attachment", filename: str) -> str:
    """A random name of ours, without an ending; the given one stays in a column."""
    name = uuid.uuid4().hex
    return f"attachments/{name[:2]}/{name}"


class Attachment(models.Model):
    """A picture or a PDF in a conversation. Without a message it was taken in and not sent yet."""

    class Kind(models.TextChoices):
        PNG = "png", "PNG"
        JPEG = "jpeg", "JPEG"
        GIF = "gif", "GIF"
        WEBP = "webp", "WebP"
        PDF = "pdf", "PDF"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    position = models.PositiveSmallIntegerField(default=0)  # within its message
    sender = models.CharField(max_length=10, choices=Message.Sender)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    file = models.FileField(upload_to=attachment_path, max_length=100)
    name = models.CharField(max_length=150)  # as its sender called it: text, never a path
    kind = models.CharField(max_length=4, choices=Kind)  # by its content
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField(null=True, blank=True)  # of a picture, as it is shown
    height = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["position", "created_at"]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(message=None), name="attachment_not_sent"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        return self.kind != self.Kind.PDF


class Citation(models.Model):
    """A passage that an answer used, with its own copy of the words: it stays true when the document is gone."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="citations")
    number = models.PositiveSmallIntegerField()
    chunk_id = models.CharField(max_length=64)
    document_id = models.UUIDField()
    title = models.CharField(max_length=300)
    url = models.CharField(max_length=1000, blank=True)
    heading_path = models.JSONField(default=list, blank=True)
    text = models.TextField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="citation_number_once")]

    def __str__(self) -> str:
        return f"[{self.number}] {self.title}"


class Feedback(models.Model):
    class Rating(models.TextChoices):
        UP = "up", _("Helpful")
        DOWN = "down", _("Not helpful")

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="feedback")
    rating = models.CharField(max_length=4, choices=Rating)
    reason = models.CharField(max_length=40, blank=True)
    comment = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.rating


class Handoff(models.Model):
    """Why a person was asked for, and what became of it."""

    class Reason(models.TextChoices):
        CONTACT_ASKED = "contact_asked", _("The customer asked for a person")
        NO_EVIDENCE = "no_evidence", _("The knowledge base does not say")
        LOW_CONFIDENCE = "low_confidence", _("The assistant was not sure")
        FAILED_ACTION = "failed_action", _("An action failed")
        COMPLAINT = "complaint", _("A complaint, or anger")
        POLICY = "policy", _("A rule wants a person")
        MODEL_DOWN = "model_down", _("The model was down")
        REPLY_LOST = "reply_lost", _("The assistant could not finish")
        AGENT_TOOK_OVER = "agent_took_over", _("A person took over")

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="handoffs")
    reason = models.CharField(max_length=20, choices=Reason)
    comment = models.TextField(blank=True)  # the customer's own words, if any
    summary = models.TextField(blank=True)
    # What was known then: {"asked": [...], "tried": [{"text", "reason", "titles"}], "intent", "slots"}.
    facts = models.JSONField(default=dict, blank=True)
    email = models.EmailField(
        max_length=320, blank=True
    )  # left by the customer: where an answer is to be sent
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(closed_at__isnull=True), name="one_open_handoff"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} · {self.conversation_id}"


class Alert(models.Model):
    """A mail to a member about a promise that is broken, or nearly: one for each promise and member."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="alerts")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="alerts")
    promise = models.CharField(max_length=20)  # as `Site.targets` names it
    since = models.DateTimeField()  # what it counts from: with another moment it is another promise
    due_at = models.DateTimeField()
    busy_until = models.DateTimeField(null=True, blank=True)  # a worker is mailing it
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "promise", "since", "member"], name="alert_once_per_promise"
            )
        ]
        indexes = [models.Index(fields=["member"], condition=Q(mailed_at=None), name="alert_not_mailed")]

    def __str__(self) -> str:
        return f"{self.promise} · {self.conversation_id}"


class Resolution(models.Model):
    """The end of an episode. It was durable when the customer did not come back within seven days."""

    class Part(models.TextChoices):
        ASSISTANT = "assistant", _("Assistant")
        AGENT = "agent", _("Person")
        BOTH = "both", _("Both")

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="resolutions")
    episode = models.PositiveIntegerField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    part = models.CharField(max_length=10, choices=Part)  # who had answered
    was_quiet = models.BooleanField(default=False)  # nobody resolved it: an answer was followed by silence
    resolved_at = models.DateTimeField()
    reopened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "episode"], name="one_resolution_per_episode")
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} · {self.episode}"


class Rating(models.Model):
    """How content a customer was with one episode: once for the assistant, once for the person."""

    class Part(models.TextChoices):
        ASSISTANT = "assistant", _("Assistant")
        AGENT = "agent", _("Person")

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="ratings")
    episode = models.PositiveIntegerField()
    part = models.CharField(max_length=10, choices=Part)
    score = models.PositiveSmallIntegerField()
    comment = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "episode", "part"], name="rated_once_per_part"),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="score_from_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.part}: {self.score}"


class Mention(models.Model):
    """A colleague named in a private note."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentions")
    seen_at = models.DateTimeField(null=True, blank=True)
    mail_at = models.DateTimeField(null=True, blank=True)  # from when on a mail is due; None: none is
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "user"], name="mentioned_once_per_message")]
        indexes = [models.Index(fields=["mail_at"], condition=~Q(mail_at=None), name="mention_to_mail")]

    def __str__(self) -> str:
        return f"@{self.user}"


class Letter(models.Model):
    """A mail to the customer that a message makes due: the message itself, or a transcript. It goes when it is sent."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="letter")
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now, db_index=True)  # until then whoever took it has it

    def __str__(self) -> str:
        return str(self.message_id)


class Words(models.Model):
    """The words of a message as they are searched for: Chinese cut, English stemmed, the site's mark first.

    Indexed by the database itself: FTS5 where it is SQLite, GIN where it is PostgreSQL (see `finding.py`).
    """

    id = models.BigAutoField(primary_key=True)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="words")
    words = models.TextField()

    def __str__(self) -> str:
        return self.words[:60]


class Trial(models.Model):
    """A question asked from a shell or by another program, outside any conversation: kept so that its answer can be replayed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="trials")
    question = models.TextField()
    answer = models.TextField(blank=True)
    decision = models.CharField(max_length=10)
    reason = models.CharField(max_length=40)
    trace = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.question[:60]
