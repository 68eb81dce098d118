"""The people of these tests: two sites, their customers and their agents, and what the shop's knowledge base says."""

import json
from dataclasses import dataclass
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile

from apps.conversations import services
from apps.conversations.models import Contact, Conversation, Member, Message, Site
from apps.knowledge import services as knowledge
from apps.knowledge.jobs import indexing
from dialogue import Answer, Citation

SHOP = "https://shop.example"
OTHER = "https://other.example"

FACTS = [
    {
        "id": "returns",
        "title": "Returns",
        "text": "You can return any item within 30 days of delivery. Send it back with the label in the parcel.",
    },
    {
        "id": "delivery",
        "title": "Delivery",
        "text": "Delivery within Germany takes 2 to 3 working days. Delivery costs 4.90 euros.",
    },
    {"id": "tuihuo", "title": "退货", "text": "签收后 30 天内可以退货。退货请使用包裹里的标签。"},
]


@dataclass(frozen=True)
class Cast:
    shop: Site
    other: Site
    customer: Contact  # writes to the shop
    neighbour: Contact  # writes to the shop, too
    stranger: Contact  # writes to the other site
    agent: Member
    second_agent: Member
    operator: Member
    foreign_agent: Member
    conversation: Conversation  # the customer's


def make_cast() -> Cast:
    shop = services.create_site(name="Shop", origins=[SHOP], greeting={"en": "Hello!", "zh-hans": "你好！"})
    other = services.create_site(name="Other", origins=[OTHER])
    customer = services.welcome_stranger(shop, locale="en")
    return Cast(
        shop=shop,
        other=other,
        customer=customer,
        neighbour=services.welcome_stranger(shop, locale="en"),
        stranger=services.welcome_stranger(other, locale="en"),
        agent=member(shop, "Ada"),
        second_agent=member(shop, "Ben"),
        operator=member(shop, "Olga", role=Member.Role.OPERATOR),
        foreign_agent=member(other, "Finn"),
        conversation=services.start_conversation(customer),
    )


def member(site: Site, name: str, *, role: str = Member.Role.AGENT) -> Member:
    user = get_user_model().objects.create(username=f"{name}-{uuid4()}", first_name=name)
    return services.add_member(site, user=user, role=role)


def say(
    conversation: Conversation, text: str = "How long can I return things?", *, id: str = ""
) -> services.Posted:
    return services.post_message(conversation, client_msg_id=id or str(uuid4()), text=text)


def teach(site: Site, facts: list[dict[str, str]]) -> None:
    """Into the site's knowledge base, at once."""
    file = ContentFile("\n".join(json.dumps(fact, ensure_ascii=False) for fact in facts).encode())
    job = knowledge.add_upload(site.knowledge_base, file=file, name="facts.jsonl")
    indexing.index_upload(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.reason


def an_answer(text: str = "Within 30 days. [1]", *, reason: str = "supported", **fields: object) -> Answer:
    defaults = {
        "decision": "answer",
        "citations": (
            Citation(
                number=1,
                chunk_id="c1",
                document_id=str(uuid4()),
                title="Returns",
                text="You can return any item within 30 days of delivery.",
            ),
        ),
    }
    return Answer(text=text, reason=reason, **{**defaults, **fields})  # type: ignore[arg-type]


def texts_seen_by_contact(conversation: Conversation) -> list[str]:
    rows = Message.objects.filter(conversation=conversation, private=False).order_by("seq")
    return [row.text for row in rows]
