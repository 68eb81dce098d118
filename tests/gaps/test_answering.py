"""From a group to an FAQ that answers it: what people said is proposed, and after it went live the questions are asked again."""

import pytest

from apps.accounts.models import User
from apps.conversations.models import Conversation, Message, Site
from apps.gaps import services
from apps.gaps.models import Gap, GapQuestion
from apps.gaps.sweeping import sweep
from apps.knowledge import faqs
from apps.knowledge.jobs import indexing
from apps.knowledge.models import Faq, IndexJob
from apps.knowledge.searching import search
from tests.dashboard.seeding import make_person, say
from tests.gaps.conftest import BAGS, BAGS_ZH, ask
from tests.knowledge.conftest import quick_parser  # noqa: F401 - a fixture

ANSWER = "Yes, we do sell gift bags, small and large, from 2 EUR."


@pytest.fixture
def operator(site: Site) -> User:
    return make_person("operator", site=site, role="operator")


def answer_as_person(conversation: Conversation, *texts: str, by: User) -> list[Message]:
    return [say(conversation, "agent", text, author=by) for text in texts]


def ask_and_answer(site: Site, *, by: User) -> Gap:
    """Three questions in English and two in Chinese, of one group; a person answered one of them."""
    replies = [ask(site, text) for text in BAGS] + [ask(site, text, locale="zh-hans") for text in BAGS_ZH[:2]]
    answer_as_person(replies[0].conversation, "Hello Clara, one moment please.", ANSWER, by=by)
    sweep(site)
    gap, other = Gap.objects.get(name=BAGS[0]), Gap.objects.get(name=BAGS_ZH[0])
    services.merge(gap, [other])
    return gap


def publish(faq: Faq, *, by: User, **changes: object) -> None:
    text = faqs.FaqText(
        **{
            name: tuple(value) if isinstance(value := getattr(faq, name), list) else value
            for name in faqs.FaqText.__dataclass_fields__
        }
        | changes  # type: ignore[arg-type]
    )
    faqs.save_faq(faq, text, version=faq.version, by=by, live=True)


def index_all() -> None:
    for job in IndexJob.objects.filter(state="pending"):
        indexing.index_upload(job.pk)


def test_a_draft_holds_the_questions_and_what_a_person_answered(site: Site, operator: User) -> None:
    gap = ask_and_answer(site, by=operator)
    faq = services.draft_faq(gap, by=operator)
    assert faq.state == "draft"
    assert {faq.question_en, *faq.aliases_en} == set(BAGS)
    assert {faq.question_zh, *faq.aliases_zh} == set(BAGS_ZH[:2])
    assert (faq.answer_en, faq.answer_zh) == (ANSWER, "")
    assert "Asked 5 times" in faq.origin
    conversation = GapQuestion.objects.exclude(answer="").get().message.conversation
    assert f"operator wrote in conversation {conversation.reference}" in faq.origin


def test_a_draft_answers_nobody_and_is_made_once(site: Site, operator: User) -> None:
    gap = ask_and_answer(site, by=operator)
    faq = services.draft_faq(gap, by=operator)
    assert services.draft_faq(gap, by=operator) == faq
    assert not IndexJob.objects.exists()
    assert not search(site.knowledge_base_id, BAGS[0]).passages


def test_without_a_persons_words_the_answer_is_left_to_be_written(site: Site, operator: User) -> None:
    ask(site, BAGS[0])
    sweep(site)
    faq = services.draft_faq(Gap.objects.get(), by=operator)
    assert (faq.question_en, faq.answer_en) == (BAGS[0], "")


def test_a_person_who_answers_later_is_heard_later(site: Site, operator: User) -> None:
    reply = ask(site, BAGS[0])
    sweep(site)
    answer_as_person(reply.conversation, "My number is +49 170 1234567. " + ANSWER, by=operator)
    sweep(site)
    row = GapQuestion.objects.get()
    assert "we do sell gift bags" in row.answer
    assert "1234567" not in row.answer
    assert row.answered_in is not None


def test_what_went_live_is_asked_again_once_it_is_indexed(
    site: Site,
    operator: User,
    quick_parser: None,  # noqa: F811 - the fixture
) -> None:
    ask(site, BAGS[0])
    sweep(site)
    gap = Gap.objects.get()
    faq = services.draft_faq(gap, by=operator)
    sweep(site)
    publish(faq, by=operator, answer_en=ANSWER)
    sweep(site)
    gap.refresh_from_db()
    assert (gap.state, gap.checked_at) == ("open", None)
    index_all()
    sweep(site)
    gap.refresh_from_db()
    assert (gap.state, gap.checked_version) == ("answered", faq.version)
    assert gap.questions.get().is_answered is True


def test_what_the_faq_does_not_answer_is_told(
    site: Site,
    operator: User,
    quick_parser: None,  # noqa: F811 - the fixture
) -> None:
    ask(site, "Is there a shop in Lisbon where lamps are repaired?")
    sweep(site)
    gap = Gap.objects.get()
    faq = services.draft_faq(gap, by=operator)
    publish(faq, by=operator, question_en="Opening hours?", answer_en="From nine to five.")
    index_all()
    sweep(site)
    gap.refresh_from_db()
    assert gap.state == "open"
    assert gap.questions.get().is_answered is False


def test_an_faq_that_is_deleted_leaves_its_group_to_do(site: Site, operator: User) -> None:
    ask(site, BAGS[0])
    sweep(site)
    faq = services.draft_faq(Gap.objects.get(), by=operator)
    faqs.remove_faq(faq)
    gap = Gap.objects.get()
    assert gap.faq is None
    assert services.draft_faq(gap, by=operator).pk != faq.pk
