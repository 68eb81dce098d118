"""Who is shown what: audiences and days are asked in every search, and nothing slips past to a customer."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.core.files.base import ContentFile
from django.utils import timezone

from apps.conversations.models import Contact, Conversation, Message, Site
from apps.conversations.replying.answering import search_of
from apps.conversations.replying.replies import claim
from apps.knowledge import services
from apps.knowledge.chunk_store import Reader
from apps.knowledge.models import Audience, Document, KnowledgeBase
from apps.knowledge.searching import search
from dialogue import Finished, Turn, answer
from tests.knowledge.conftest import index, work

QUESTION = "What is the purchase price of the lamp?"
TEXT = "# Purchase prices\n\nThe purchase price of the lamp is 12 EUR.\n"
READERS = {
    Audience.PUBLIC: {Reader.CUSTOMER, Reader.VERIFIED, Reader.COLLEAGUE},
    Audience.VERIFIED: {Reader.VERIFIED, Reader.COLLEAGUE},
    Audience.INTERNAL: {Reader.COLLEAGUE},
}


def finds(base: KnowledgeBase, reader: Reader) -> bool:
    return bool(search(base.pk, QUESTION, reader=reader).passages)


@pytest.mark.parametrize("audience", list(Audience))
def test_a_document_is_found_by_its_readers_only(base: KnowledgeBase, audience: Audience) -> None:
    index(base, TEXT, name="prices.md")
    Document.objects.update(audience=audience)
    assert {reader for reader in Reader if finds(base, reader)} == READERS[audience]


def test_who_does_not_say_who_they_are_is_a_customer(base: KnowledgeBase) -> None:
    index(base, TEXT, name="prices.md")
    Document.objects.update(audience=Audience.INTERNAL)
    assert search(base.pk, QUESTION).passages == ()


@pytest.mark.parametrize(
    ("begins", "ends", "is_found"),
    [(None, None, True), (0, 0, True), (1, None, False), (None, -1, False), (-3, 3, True)],
)
def test_a_document_is_found_on_its_days_only(
    base: KnowledgeBase, begins: int | None, ends: int | None, is_found: bool
) -> None:
    index(base, TEXT, name="prices.md")
    today = timezone.localdate()
    first, last = (None if days is None else today + timedelta(days=days) for days in (begins, ends))
    Document.objects.update(valid_from=first, valid_until=last)
    assert [finds(base, reader) for reader in Reader] == [is_found] * 3


def test_a_documents_days_are_those_of_whoever_asks(base: KnowledgeBase) -> None:
    index(base, TEXT, name="prices.md")
    today = timezone.localdate()
    Document.objects.update(valid_from=today + timedelta(days=1), valid_until=today + timedelta(days=1))
    assert not search(base.pk, QUESTION).passages
    assert search(base.pk, QUESTION, today=today + timedelta(days=1)).passages


def test_a_new_file_can_be_for_colleagues_from_its_first_moment_on(base: KnowledgeBase) -> None:
    job = services.add_upload(
        base, file=ContentFile(TEXT.encode()), name="prices.md", audience=Audience.INTERNAL
    )
    assert Document.objects.get().audience == Audience.INTERNAL
    work(job)
    rows = b'{"id": "1", "title": "Prices", "text": "The purchase price of the lamp is 12 EUR."}'
    work(services.add_upload(base, file=ContentFile(rows), name="p.jsonl", audience=Audience.INTERNAL))
    assert set(Document.objects.values_list("audience", flat=True)) == {Audience.INTERNAL}
    assert not finds(base, Reader.VERIFIED)


def test_a_new_version_keeps_its_audience(base: KnowledgeBase) -> None:
    index(base, TEXT, name="prices.md")
    Document.objects.update(audience=Audience.INTERNAL)
    index(base, TEXT.replace("12", "13"), name="prices.md")
    assert not finds(base, Reader.CUSTOMER)
    assert finds(base, Reader.COLLEAGUE)


async def cited(base_site: Site, reader: Reader) -> list[str]:
    turn = Turn(question=QUESTION, site_name=base_site.name)
    async for event in answer(turn, search=search_of(base_site, reader=reader), model=None):
        if isinstance(event, Finished):
            return [citation.document_id for citation in event.answer.citations]
    return []


@pytest.mark.django_db(transaction=True)
async def test_an_internal_document_is_never_cited_to_a_customer(base: KnowledgeBase) -> None:
    await sync_to_async(index)(base, TEXT, name="prices.md")
    site = await sync_to_async(Site.objects.create)(name="Shop", knowledge_base=base)
    document = await sync_to_async(Document.objects.get)()
    assert await cited(site, Reader.CUSTOMER) == [str(document.pk)]
    await sync_to_async(Document.objects.update)(audience=Audience.INTERNAL)
    assert await cited(site, Reader.CUSTOMER) == []
    assert await cited(site, Reader.VERIFIED) == []
    assert await cited(site, Reader.COLLEAGUE) == [str(document.pk)]


@pytest.mark.parametrize(("external_id", "reader"), [("", Reader.CUSTOMER), ("user-7", Reader.VERIFIED)])
def test_a_reply_is_written_for_the_customer_who_asked(
    base: KnowledgeBase, external_id: str, reader: Reader
) -> None:
    site = Site.objects.create(name="Shop", knowledge_base=base)
    contact = Contact.objects.create(site=site, external_id=external_id)
    conversation = Conversation.objects.create(site=site, contact=contact, last_seq=2)
    asked = Message.objects.create(conversation=conversation, seq=1, episode=1, sender="contact", text="Hi")
    reply = Message.objects.create(
        conversation=conversation, seq=2, episode=1, sender="assistant", state="generating", in_reply_to=asked
    )
    claimed = claim(reply.pk)
    assert claimed is not None
    assert claimed.reader == reader
