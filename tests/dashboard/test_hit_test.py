"""The hit test shows what the chat would find and do, to operators only, and what they mark is kept."""

import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from apps.conversations.models import Site
from apps.conversations.replying.answering import search_of
from apps.knowledge.models import Audience, Document, LabelledQuestion
from apps.knowledge.searching import index_of
from apps.knowledge.testing import indexes_in_memory
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk, open_desk

QUESTION = "How many days do I have to return something?"


@pytest.fixture
def desk(transactional_db: None, bells: list[uuid.UUID]) -> Iterator[Desk]:
    """Searches run in threads of their own, so rows must be committed."""
    with indexes_in_memory():
        opened = open_desk()
        index = index_of(opened.site.knowledge_base_id)
        index.add(list(index.store.changes_since(0).live))
        yield opened


@pytest.fixture
def operator(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["operator"])


def ask(client: Client, desk: Desk, question: str = QUESTION, **more: str) -> str:
    return client.get(reverse("hit_test", args=[desk.site.pk]), {"q": question, **more}).content.decode()


def test_passages_come_with_figures_marked_words_and_a_decision(operator: Client, desk: Desk) -> None:
    page = ask(operator, desk)
    assert "<mark>days</mark>" in page
    assert "within 30" in page
    assert "Relevance" in page
    assert "Without a model this would be said" in page
    assert "home-" in page  # the fit in force


def test_chinese_words_are_marked(operator: Client, desk: Desk) -> None:
    assert "<mark>退货</mark>" in ask(operator, desk, "退货期限是多少天？")


def test_a_follow_up_is_shown_as_it_was_understood(operator: Client, desk: Desk) -> None:
    page = ask(operator, desk, "and from abroad?", earlier=f"{QUESTION}\n> 30 days.")
    assert f"<dd>{QUESTION} and from abroad?</dd>" in page


def test_it_says_where_the_chat_looks_further_than_it_does(operator: Client, desk: Desk) -> None:
    told = "looks it up in the other language’s pages too"
    assert told in ask(operator, desk, "Do you teach Portuguese to dentists?")
    assert told not in ask(operator, desk)


def test_a_documents_days_are_days_at_the_site(operator: Client, desk: Desk) -> None:
    desk.site.zone = "Pacific/Kiritimati"  # its days begin a day, or two, before those of the other
    Document.objects.update(valid_from=desk.site.today)
    for zone, is_found in (("Pacific/Kiritimati", True), ("Etc/GMT+12", False)):
        Site.objects.filter(pk=desk.site.pk).update(zone=zone)
        site = Site.objects.get(pk=desk.site.pk)
        assert bool(search_of(site)(QUESTION).passages) is is_found
        assert ("Nothing was found." in ask(operator, desk)) is not is_found


def test_an_internal_document_is_found_as_a_colleague_only(operator: Client, desk: Desk) -> None:
    Document.objects.update(audience=Audience.INTERNAL)
    assert "Nothing was found." in ask(operator, desk)
    assert "Nothing was found." in ask(operator, desk, reader="verified")
    assert "Colleagues only" in ask(operator, desk, reader="colleague")


def test_what_is_marked_is_kept_and_shown_again(operator: Client, desk: Desk) -> None:
    address = reverse("mark_passages", args=[desk.site.pk])
    operator.post(
        address, {"q": QUESTION, "document:returns-en.md": "right", "document:invoices-en.md": "wrong"}
    )
    row = LabelledQuestion.objects.get()
    assert (row.question, row.right, row.wrong) == (QUESTION, ["returns-en.md"], ["invoices-en.md"])
    assert row.knowledge_base == desk.site.knowledge_base
    assert '<option value="right" selected>' in ask(operator, desk)


def test_a_question_that_nothing_answers_is_kept_as_such(operator: Client, desk: Desk) -> None:
    address = reverse("mark_passages", args=[desk.site.pk])
    operator.post(address, {"q": "Lisbon?", "nothing": "1", "document:returns-en.md": "right"})
    assert LabelledQuestion.objects.get().right == []


def test_a_document_of_another_site_cannot_be_named(operator: Client, desk: Desk) -> None:
    address = reverse("mark_passages", args=[desk.site.pk])
    refused = operator.post(address, {"q": "Lisbon?", "document:theirs.md": "right"})
    assert refused.status_code == 400
    assert not LabelledQuestion.objects.exists()


def test_what_was_typed_is_never_markup(operator: Client, desk: Desk) -> None:
    page = ask(operator, desk, "<script>alert(1)</script> return days", earlier="<b>x</b>")
    assert "<script>alert" not in page
    assert "<b>x</b>" not in page


@pytest.mark.parametrize("odd", ["?", "\x00", "x" * 9_000, "😀", "' OR 1=1 --"])
def test_nothing_typed_breaks_the_page(operator: Client, desk: Desk, odd: str) -> None:
    assert "Hit test" in ask(operator, desk, odd, earlier=odd)
