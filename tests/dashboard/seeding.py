"""A help desk in the middle of a working day: rows as the services leave them, for tests and screenshots."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.core.files.base import ContentFile
from django.utils import timezone

from apps.accounts.models import User
from apps.conversations.files import attaching
from apps.conversations.models import (
    Attachment,
    Citation,
    Contact,
    Conversation,
    Feedback,
    Handoff,
    Member,
    Message,
    Site,
)
from apps.knowledge.models import Chunk, Document, IndexJob, KnowledgeBase, Upload
from tests.conversations.files import png

PASSWORD = "a quiet morning"
ROLES = ("agent", "operator", "admin")


@dataclass(frozen=True)
class Desk:
    """A site, its people by role, a colleague, a stranger who works elsewhere, and one conversation of each kind."""

    site: Site
    other_site: Site
    people: dict[str, User]
    colleague: User
    stranger: User
    conversations: dict[str, Conversation]
    documents: dict[str, Document]
    jobs: dict[str, IndexJob]

    @property
    def answer(self) -> Message:
        return self.conversations["assistant"].messages.exclude(trace={}).latest("seq")


def open_desk() -> Desk:
    site = make_site("Lantern & Loom", colour="#2f6f5e")
    other = make_site("Northwind Cycles", colour="#8a5a2b")
    people = {role: make_person(role, site=site, role=role) for role in ROLES}
    names = {"agent": ("Mei", "Lin"), "operator": ("Jonas", "Weber"), "admin": ("Amara", "Okafor")}
    for role, (first, last) in names.items():
        User.objects.filter(pk=people[role].pk).update(first_name=first, last_name=last)
        people[role].refresh_from_db()
    colleague = make_person("colleague", site=site, role="agent")
    User.objects.filter(pk=colleague.pk).update(first_name="子涵", last_name="")
    colleague.refresh_from_db()
    stranger = make_person("stranger", site=other, role="admin")
    Member.objects.create(site=other, user=people["admin"], role="agent")
    documents = seed_documents(site, by=people["operator"])
    conversations = seed_conversations(site, agent=people["agent"], colleague=colleague, documents=documents)
    jobs = seed_jobs(site)
    return Desk(site, other, people, colleague, stranger, conversations, documents, jobs)


def make_site(name: str, *, colour: str = "#2f6f5e") -> Site:
    return Site.objects.create(name=name, colour=colour, knowledge_base=KnowledgeBase.objects.create())


def make_person(username: str, *, site: Site, role: str) -> User:
    user = User.objects.create_user(username, password=PASSWORD)
    Member.objects.create(site=site, user=user, role=role)
    return user


# --- Knowledge -------------------------------------------------------------------------------------------------

RETURNS_EN = (
    "You can return anything within 30 days of delivery, as long as it is unworn and its label is still on. "
    "Return shipping is free within the country. "
    "From abroad the parcel costs you 6.90 EUR, which we deduct from the refund."
)
RETURNS_ZH = (
    "签收之日起 30 天内，未穿着且吊牌完整的商品可以退货。国内退货免运费；"
    "海外退货需承担 6.90 欧元运费，从退款中扣除。"
)
DELIVERY = (
    "Orders placed before 14:00 on a working day leave our warehouse the same day "
    "and arrive in 2 to 3 working days."
)
ARTICLES = [
    ("returns-en.md", "Returns", "en", ["Returns", "How long you have"], RETURNS_EN),
    ("returns-zh.md", "退货", "zh", ["退货", "期限"], RETURNS_ZH),
    (
        "delivery-times-en.md",
        "Delivery times",
        "en",
        ["Delivery times", "Inside the country"],
        DELIVERY,
    ),
    (
        "warranty/repairs-zh.md",
        "保修与维修",
        "zh",
        ["保修与维修", "保修期"],
        "灯具自签收之日起保修 24 个月，电池保修 12 个月。保修期内维修与往返运费均由我们承担。",
    ),
    (
        "invoices-en.md",
        "Invoices",
        "en",
        ["Invoices"],
        "Your invoice is in your account under Orders, as soon as the parcel has left us.",
    ),
]


def seed_documents(site: Site, *, by: User) -> dict[str, Document]:
    found = {}
    for name, title, language, headings, text in ARTICLES:
        found[title] = ready_document(
            site, name=name, title=title, language=language, headings=headings, text=text, by=by
        )
    failed = make_upload(site, name="supplier-contracts.pdf", by=by)
    found["failed"] = Document.objects.create(
        knowledge_base=site.knowledge_base,
        external_id=failed.name,
        title=failed.name,
        upload=failed,
        state=Document.State.FAILED,
        reason_code="encrypted",
    )
    IndexJob.objects.create(
        knowledge_base=site.knowledge_base,
        upload=failed,
        state=IndexJob.State.FAILED,
        reason_code="encrypted",
        tries=1,
        attempt=1,
    )
    return found


def make_upload(site: Site, *, name: str, by: User | None = None, content: bytes = b"# Text") -> Upload:
    upload = Upload(
        knowledge_base=site.knowledge_base, name=name, size=len(content), sha256=uuid.uuid4().hex, added_by=by
    )
    upload.file.save(name, ContentFile(content), save=True)
    return upload


def ready_document(
    site: Site, *, name: str, title: str, language: str, headings: list[str], text: str, by: User | None
) -> Document:
    upload = make_upload(site, name=name, by=by, content=text.encode())
    document = Document.objects.create(
        knowledge_base=site.knowledge_base,
        external_id=name,
        title=title,
        upload=upload,
        language=language,
        version=1,
        state=Document.State.READY,
    )
    Chunk.objects.create(
        id=chunk_id(document),
        document=document,
        knowledge_base=site.knowledge_base,
        ordinal=0,
        text=text,
        heading_path=headings,
        language=language,
        revision=1,
    )
    IndexJob.objects.create(
        knowledge_base=site.knowledge_base, upload=upload, state=IndexJob.State.DONE, done=1, total=1
    )
    return document


def chunk_id(document: Document) -> str:
    return document.pk.hex


def seed_jobs(site: Site) -> dict[str, IndexJob]:
    base = site.knowledge_base
    return {
        "running": IndexJob.objects.create(
            knowledge_base=base,
            upload=make_upload(site, name="catalogue-2026.pdf"),
            state=IndexJob.State.RUNNING,
            stage=IndexJob.Stage.EMBEDDING,
            done=112,
            total=340,
            tries=1,
            attempt=1,
            lease_until=timezone.now() + timedelta(minutes=5),
        ),
        "waiting": IndexJob.objects.create(
            knowledge_base=base, upload=make_upload(site, name="常见问题.csv")
        ),
        "failed": IndexJob.objects.create(
            knowledge_base=base,
            upload=make_upload(site, name="faq-old.jsonl"),
            state=IndexJob.State.FAILED,
            reason_code="broken",
            tries=1,
            attempt=1,
        ),
    }


# --- Conversations -----------------------------------------------------------------------------------------------


def seed_conversations(
    site: Site, *, agent: User, colleague: User, documents: dict[str, Document]
) -> dict[str, Conversation]:
    return {
        "waiting": waiting_conversation(site, documents=documents),
        "waiting_zh": waiting_in_chinese(site),
        "assistant": assisted_conversation(site, documents=documents),
        "mine": agent_conversation(site, agent=agent, documents=documents),
        "theirs": colleague_conversation(site, agent=colleague),
        "resolved": resolved_conversation(site),
    }


def start(
    site: Site, *, name: str = "", locale: str = "en", verified: bool = False, **fields: object
) -> Conversation:
    contact = Contact.objects.create(
        site=site,
        name=name,
        locale=locale,
        external_id=uuid.uuid4().hex if verified else "",
        email=f"{name.split()[0].lower()}@example.org" if verified and name.isascii() else "",
    )
    return Conversation.objects.create(site=site, contact=contact, locale=locale, **fields)


def attached(conversation: Conversation, *, name: str = "photo.png", text: str = "") -> Attachment:
    """A picture that the customer sent."""
    message = say(conversation, "contact", text)
    attachment = attaching.take_in(conversation, content=png(), name=name)
    attaching.send_with(message, [attachment])
    return attachment


def say(
    conversation: Conversation, sender: str, text: str = "", *, minutes: int = 0, **fields: object
) -> Message:
    conversation.last_seq += 1
    conversation.updated_at = at = timezone.now() - timedelta(minutes=minutes)
    conversation.save()
    fields.setdefault("state", "done" if sender == "assistant" else "sent")
    message = Message.objects.create(
        conversation=conversation,
        seq=conversation.last_seq,
        episode=conversation.episode,
        sender=sender,
        text=text,
        **fields,
    )
    Message.objects.filter(pk=message.pk).update(created_at=at)
    return message


def cite(message: Message, document: Document, *, number: int = 1) -> None:
    chunk = document.chunks.get()
    Citation.objects.create(
        message=message,
        number=number,
        chunk_id=chunk.pk,
        document_id=document.pk,
        title=document.title,
        heading_path=chunk.heading_path,
        text=chunk.text,
    )


def waiting_conversation(site: Site, *, documents: dict[str, Document]) -> Conversation:
    conversation = start(site, name="Clara Hoffmann", verified=True)
    say(
        conversation,
        "contact",
        "Hi! My lamp arrived with a crack in the glass. Can I get a new shade?",
        minutes=14,
    )
    answer = say(
        conversation,
        "assistant",
        "You can return anything within 30 days of delivery, as long as it is unworn and its label is still on. [1]",
        minutes=14,
        decision="answer",
        reason="quoted_unsupported",
    )
    cite(answer, documents["Returns"])
    say(
        conversation,
        "contact",
        "I don't want to send it back, only the shade is broken. A person please",
        minutes=12,
    )
    say(
        conversation,
        "assistant",
        "I am passing you on to a colleague. You can keep writing here; nothing gets lost.",
        minutes=12,
        decision="handoff",
        reason="asked_for_person",
    )
    say(conversation, "contact", "Thanks, it is order 48213.", minutes=9)
    return wait(conversation, minutes=12, comment="Only the shade is broken.")


def waiting_in_chinese(site: Site) -> Conversation:
    conversation = start(site, name="王小雨", locale="zh-hans")
    say(conversation, "contact", "你好，我的优惠券为什么用不了？提示“不符合使用条件”。", minutes=5)
    say(
        conversation,
        "assistant",
        "我没有找到这个问题的答案。需要为您转接人工客服吗？",
        minutes=5,
        decision="handoff",
        reason="no_evidence",
        offer_person=True,
    )
    say(conversation, "contact", "好的，转人工", minutes=4)
    return wait(conversation, minutes=4)


def wait(conversation: Conversation, *, minutes: int, comment: str = "") -> Conversation:
    conversation.status = Conversation.Status.WAITING
    conversation.waiting_since = timezone.now() - timedelta(minutes=minutes)
    conversation.save()
    Handoff.objects.create(conversation=conversation, reason=Handoff.Reason.CONTACT_ASKED, comment=comment)
    return conversation


def assisted_conversation(site: Site, *, documents: dict[str, Document]) -> Conversation:
    conversation = start(site, locale="en")
    say(conversation, "contact", "How long do I have to return something?", minutes=3)
    document = documents["Returns"]
    answer = say(
        conversation,
        "assistant",
        "You can return anything within 30 days of delivery, as long as it is unworn and its label is still on. [1]",
        minutes=3,
        decision="answer",
        reason="supported",
        trace=trace_of(document, others=[documents["Delivery times"], documents["Invoices"]]),
    )
    cite(answer, document)
    Feedback.objects.create(message=answer, rating="up")
    question = say(conversation, "contact", "And from Austria, is that free too?", minutes=0)
    say(
        conversation,
        "assistant",
        "From abroad the parcel costs you 6.90 EUR, which we deduct from the refund.",
        state="generating",
        in_reply_to=question,
        heartbeat_at=timezone.now() + timedelta(minutes=10),
        attempt=1,
    )
    return conversation


def trace_of(document: Document, *, others: list[Document]) -> dict[str, object]:
    sentence = RETURNS_EN.split(". ")[0] + "."
    return {
        "shape": 1,
        "question": "How long do I have to return something?",
        "asked": "",
        "language": "en",
        "wants_person": False,
        "fit_version": "fit-3",
        "dialogue_fit": "dialogue-7",
        "knowledge_revision": 41,
        "degraded": [],
        "passages": [
            passage_of(document, relevance=0.94, dense=0.8712, words=9.41, score=0.913),
            passage_of(others[0], relevance=0.31, dense=0.7904, words=2.02, score=0.402),
            passage_of(others[1], relevance=0.08, dense=0.7611, words=None, score=0.221),
        ],
        "model": "home",
        "prompt_version": "answer-1",
        "prompt_digest": "0123456789abcdef",
        "sources": [
            {"number": 1, "chunk_id": chunk_id(document), "position": 0, "about": "Returns", "text": sentence},
        ],
        "raw": "You have 30 days from delivery, unworn and with the label on [1]. Refunds take 2 days [1].",
        "failure": "",
        "check": {
            "strictness": "strict", "version": "support-5", "judge": "", "absent": "slow",
            "sentences": [
                {"text": "Refunds take 2 days.", "level": "light", "likelihood": 0.0102, "reason": "facts", "replaced": True, "judge_failed": "slow"},
            ],
        },
        "withheld": [{"text": "Refunds take 2 days [1].", "reason": "facts", "citation": chunk_id(document)}],
        "decision": "answer",
        "reason": "supported",
        "source": "model",
        "usage": {"input_tokens": 412, "output_tokens": 34},
        "timings": {"search": 0.0412, "first_token": 0.874, "writing": 2.31, "first_sentence": 1.622, "total": 2.4021},
    }  # fmt: skip


def passage_of(document: Document, **scores: float | None) -> dict[str, object]:
    return {
        "chunk_id": chunk_id(document),
        "document_id": str(document.pk),
        "external_id": "",
        "title": document.title,
        **scores,
    }


def agent_conversation(site: Site, *, agent: User, documents: dict[str, Document]) -> Conversation:
    conversation = start(site, name="Tomás Rivera", verified=True, status="agent", assignee=agent)
    Handoff.objects.create(conversation=conversation, reason="agent_took_over", taken_by=agent)
    say(conversation, "contact", "I ordered the wool blanket in sand, but a grey one came.", minutes=31)
    say(
        conversation,
        "agent",
        "I am sorry about that, Tomás! I am sending you the sand one today. You can keep the grey one in the box; "
        "a driver picks it up when he brings the other.",
        minutes=28,
        author=agent,
    )
    say(conversation, "contact", "Great, thank you. When will it be here?", minutes=2)
    draft = say(
        conversation,
        "assistant",
        f"{DELIVERY} [1]",
        minutes=1,
        private=True,
        decision="answer",
        reason="supported",
    )
    cite(draft, documents["Delivery times"])
    return conversation


def colleague_conversation(site: Site, *, agent: User) -> Conversation:
    conversation = start(site, name="林志远", locale="zh-hans", status="agent", assignee=agent)
    say(conversation, "contact", "台灯的遥控器坏了，还在保修期内吗？", minutes=47)
    say(
        conversation,
        "agent",
        "您好！灯具保修 24 个月，遥控器也包含在内，我这就为您安排更换。",
        minutes=40,
        author=agent,
    )
    return conversation


def resolved_conversation(site: Site) -> Conversation:
    conversation = start(site, name="Sofie Maes", status="resolved")
    say(conversation, "contact", "Where do I find my invoice?", minutes=190)
    say(
        conversation,
        "assistant",
        "Your invoice is in your account under Orders, as soon as the parcel has left us.",
        minutes=190,
        decision="answer",
        reason="supported",
    )
    return conversation
