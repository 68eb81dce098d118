"""FAQs are found once they are live, in the language that was asked; the second of two editors is told."""

from collections.abc import Iterator

import pytest

from apps.accounts.models import User
from apps.knowledge import faqs
from apps.knowledge.chunk_store import Reader
from apps.knowledge.faqs import BadFaq, EditedMeanwhile, FaqText
from apps.knowledge.jobs import indexing
from apps.knowledge.models import Audience, Document, Faq, IndexJob, KnowledgeBase
from apps.knowledge.quality.probing import probe
from apps.knowledge.searching import search
from dialogue import Turn
from tests.knowledge.conftest import found

LAMP = FaqText(
    question_en="Can a lamp be repaired?",
    aliases_en=("Do you fix lamps?",),
    answer_en="Yes, within 24 months.",
    question_zh="台灯可以维修吗？",
    answer_zh="可以，24 个月内免费维修。",
)


def work_all() -> None:
    for job in IndexJob.objects.filter(state="pending"):
        indexing.index_upload(job.pk)


@pytest.fixture
def live(base: KnowledgeBase) -> Iterator[Faq]:
    faq = faqs.add_faq(base, LAMP, by=None, live=True)
    work_all()
    return faq


def test_a_live_one_is_found_in_both_languages_and_by_its_aliases(base: KnowledgeBase, live: Faq) -> None:
    assert found(base, "Do you fix lamps?")[0] == LAMP.answer_en
    assert found(base, "台灯维修")[0] == LAMP.answer_zh
    assert Document.objects.count() == 2


def test_a_draft_is_found_by_nobody(base: KnowledgeBase) -> None:
    faqs.add_faq(base, LAMP, by=None, live=False)
    work_all()
    assert search(base.pk, "Can a lamp be repaired?", reader=Reader.COLLEAGUE).passages == ()


def test_an_edited_answer_replaces_the_old_one(base: KnowledgeBase, live: Faq) -> None:
    changed = FaqText(question_en=LAMP.question_en, answer_en="Yes, within 36 months.")
    faqs.save_faq(live, changed, version=live.version, by=None, live=True)
    assert found(base, "Can a lamp be repaired?")[0] == LAMP.answer_en  # until the new one is in
    work_all()
    assert found(base, "Can a lamp be repaired?") == ["Yes, within 36 months."]
    assert found(base, "台灯维修") in ([], ["Yes, within 36 months."])


def test_a_live_one_that_becomes_a_draft_is_forgotten_at_once(base: KnowledgeBase, live: Faq) -> None:
    faqs.save_faq(live, LAMP, version=live.version, by=None, live=False)
    assert found(base, "Can a lamp be repaired?") == []


def test_one_that_was_waiting_to_be_indexed_does_not_come_back(base: KnowledgeBase) -> None:
    faq = faqs.add_faq(base, LAMP, by=None, live=True)
    faqs.remove_faq(faq)
    work_all()
    assert found(base, "Can a lamp be repaired?") == []
    assert not Faq.objects.exists()


def test_the_second_of_two_editors_is_told_who_was_first(base: KnowledgeBase, live: Faq) -> None:
    mei = User.objects.create(username="mei", first_name="Mei", last_name="Lin")
    opened = live.version
    faqs.save_faq(live, LAMP, version=opened, by=mei, live=True)
    other = FaqText(question_en="Mine?", answer_en="Mine.")
    with pytest.raises(EditedMeanwhile, match="Mei Lin saved this question"):
        faqs.save_faq(live, other, version=opened, by=None, live=True)
    assert Faq.objects.get().question_en == LAMP.question_en


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (FaqText(answer_en="Yes."), "no_question"),
        (FaqText(question_en="Really?"), "half"),
        (FaqText(question_en="Really?", answer_en="Yes.", answer_zh="是。"), "half"),
        (FaqText(question_en="x" * 501, answer_en="Yes."), "too_long"),
        (FaqText(question_en="Really?", answer_en="x" * 1_501), "too_long"),
        (FaqText(question_en="Really?", answer_en="Yes.", aliases_en=("x",) * 31), "too_many"),
    ],
)
def test_what_cannot_go_live_is_refused_with_a_sentence(
    base: KnowledgeBase, text: FaqText, code: str
) -> None:
    with pytest.raises(BadFaq) as refused:
        faqs.add_faq(base, text, by=None, live=True)
    assert refused.value.code == code
    assert not Faq.objects.exists()
    assert not IndexJob.objects.exists()


def test_a_change_of_audience_counts_at_once(base: KnowledgeBase, live: Faq) -> None:
    text = FaqText(question_en=LAMP.question_en, answer_en=LAMP.answer_en, audience=Audience.INTERNAL)
    faqs.save_faq(live, text, version=live.version, by=None, live=True)
    assert found(base, "Can a lamp be repaired?") == []


async def asked(base: KnowledgeBase, question: str) -> tuple[str, str]:
    seen = await probe(base.pk, Turn(question=question), reader=Reader.CUSTOMER)
    return seen.reason, seen.answer.text


@pytest.mark.django_db(transaction=True)
async def test_its_answer_is_given_word_for_word_without_a_model(base: KnowledgeBase, live: Faq) -> None:
    assert await asked(base, "Can a lamp be repaired?") == ("on_file", "Yes, within 24 months. [1]")
