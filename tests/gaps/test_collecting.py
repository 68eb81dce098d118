"""Which questions count as asked in vain, each once, without personal data, and never another site's."""

from apps.conversations.models import Feedback, Site
from apps.conversations.services import take_feedback_back
from apps.gaps.collecting import collect
from apps.gaps.models import GapQuestion
from tests.dashboard.seeding import make_site, say, start
from tests.gaps.conftest import ask, ask_all, send_to_person


def texts(site: Site) -> list[str]:
    return sorted(GapQuestion.objects.filter(site=site).values_list("text", flat=True))


def test_a_question_counts_once_however_often_it_is_looked_for(site: Site) -> None:
    ask_all(site)
    assert collect(site, since=None) == 7
    assert collect(site, since=None) == 0
    assert GapQuestion.objects.filter(site=site, no_evidence=True).count() == 7
    assert set(GapQuestion.objects.values_list("language", flat=True)) == {"en", "zh"}


def test_what_was_answered_or_is_still_being_answered_does_not_count(site: Site) -> None:
    ask(site, "How long do I have?", reason="supported")
    reply = ask(site, "Do you sell gift bags?")
    type(reply).objects.filter(pk=reply.pk).update(state="generating")
    assert collect(site, since=None) == 0


def test_a_thumb_down_tells_its_reason_and_can_be_taken_back(site: Site) -> None:
    reply = ask(site, "How long do I have?", reason="supported")
    Feedback.objects.create(message=reply, rating="down", reason="wrong")
    collect(site, since=None)
    row = GapQuestion.objects.get()
    assert (row.thumb_down, row.thumb_reason, row.no_evidence) == (True, "wrong", False)
    take_feedback_back(reply)
    collect(site, since=None)
    assert not GapQuestion.objects.exists()


def test_a_thumb_up_and_thanks_do_not_count(site: Site) -> None:
    Feedback.objects.create(message=ask(site, "How long?", reason="supported"), rating="up")
    Feedback.objects.create(message=ask(site, "Thanks!", reason="small_talk"), rating="down")
    assert collect(site, since=None) == 0


def test_a_wish_for_a_person_counts_for_the_question_before_it(site: Site) -> None:
    conversation = start(site, locale="zh-hans")
    say(conversation, "contact", "优惠券为什么用不了？")
    say(conversation, "assistant", "请看优惠券说明。", decision="answer", reason="supported")
    say(conversation, "contact", "谢谢")
    say(conversation, "contact", "转人工")
    send_to_person(conversation)
    collect(site, since=None)
    row = GapQuestion.objects.get()
    assert (row.text, row.to_person, row.language) == ("优惠券为什么用不了？", True, "zh")


def test_two_reasons_for_one_question_are_one_row(site: Site) -> None:
    reply = ask(site, "Do you sell gift bags?")
    send_to_person(reply.conversation)
    Feedback.objects.create(message=reply, rating="down", reason="no_help")
    assert collect(site, since=None) == 1
    row = GapQuestion.objects.get()
    assert (row.no_evidence, row.thumb_down, row.to_person) == (True, True, True)


def test_personal_data_stays_out_and_so_does_what_is_nothing_else(site: Site) -> None:
    ask(site, "Where is order 20261122001? My mail is clara@example.org, phone +49 170 1234567")
    ask(site, "clara@example.org")
    collect(site, since=None)
    [text] = texts(site)
    assert "clara" not in text
    assert "1234567" not in text
    assert "20261122001" not in text
    assert "Where is order" in text


def test_a_follow_up_is_kept_as_it_stands_alone(site: Site) -> None:
    conversation = start(site)
    say(conversation, "contact", "How much is delivery to Austria?")
    say(conversation, "assistant", "5 EUR.", decision="answer", reason="supported")
    question = say(conversation, "contact", "and to Norway?")
    say(conversation, "assistant", "…", decision="handoff", reason="no_evidence", in_reply_to=question)
    collect(site, since=None)
    [text] = texts(site)
    assert "delivery" in text
    assert "Norway" in text


def test_what_a_recorded_reply_answers_is_what_was_said_before_it(site: Site) -> None:
    conversation = start(site)
    say(conversation, "contact", "Do you sell gift bags?")
    say(conversation, "assistant", "…", decision="handoff", reason="no_evidence")
    collect(site, since=None)
    assert texts(site) == ["Do you sell gift bags?"]


def test_no_site_sees_the_questions_of_another(site: Site) -> None:
    other = make_site("Northwind Cycles")
    ask(other, "Do you sell gift bags?")
    assert collect(site, since=None) == 0
    assert collect(other, since=None) == 1
    assert texts(site) == []


def test_a_question_goes_with_its_conversation(site: Site) -> None:
    reply = ask(site, "Do you sell gift bags?")
    collect(site, since=None)
    reply.conversation.delete()
    assert not GapQuestion.objects.exists()
