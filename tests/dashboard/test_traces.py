"""Why an answer is as it is: everything that its trace holds, for members; older and poorer traces too."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.conversations.models import Message
from apps.dashboard.desk import explaining, traces
from apps.knowledge.models import Chunk
from dialogue import REASONS
from dialogue.verifying.checking import REASONS as WITHHELD
from tests.dashboard.conftest import LogIn
from tests.dashboard.seeding import Desk, chunk_id


@pytest.fixture
def agent(desk: Desk, as_person: LogIn) -> Client:
    return as_person(desk.people["agent"])


def explained(client: Client, desk: Desk) -> str:
    return client.get(reverse("trace", args=[desk.site.pk, desk.answer.pk])).content.decode()


def test_a_trace_tells_everything_about_an_answer(agent: Client, desk: Desk) -> None:
    page = explained(agent, desk)
    for text in (
        "answer-1",
        "How long do I have to return something?",
        "Found in the passages",
        "94 %",
        "0.871",
        "9.410",
        "<mark>You can return anything within 30 days of delivery",
        "You have 30 days from delivery",  # what the model wrote
        "Refunds take 2 days",
        "412",
        "41 ms",
        "after 1.62 s",
        "Strict",
        "support-5",
        "The judge was too slow: the rules decided alone.",
        "took its place",
    ):
        assert text in page, text


def test_the_prompt_is_rebuilt_and_says_where_it_differs(agent: Client, desk: Desk) -> None:
    page = explained(agent, desk)
    assert "[1] You can return anything within 30 days" in page
    assert "The rebuilt prompt is not the one that was sent" in page  # its digest is made up


def test_a_passage_that_is_gone_is_told_to_be_gone(agent: Client, desk: Desk) -> None:
    Chunk.objects.filter(pk=chunk_id(desk.documents["Returns"])).delete()
    page = explained(agent, desk)
    assert "This passage is no longer in the knowledge base." in page
    assert "[1] The passage is not in the knowledge base any more." in page


@pytest.mark.parametrize(
    "trace",
    [
        {"shape": 1},
        {
            "shape": 99,
            "decision": "dance",
            "reason": "unheard_of",
            "withheld": [{"text": "x", "reason": "new"}],
        },
        {"passages": [{"chunk_id": "gone"}], "timings": {"total": 0}},
        {"timings": {"search": 0.2, "total": 0.1}, "degraded": ["dense"], "failure": "silent"},
    ],
)
def test_a_poor_trace_is_shown_as_far_as_it_goes(agent: Client, desk: Desk, trace: dict[str, object]) -> None:
    Message.objects.filter(pk=desk.answer.pk).update(trace=trace)
    assert "No prompt belongs to this answer" in explained(agent, desk)


def test_a_question_that_was_translated_is_not_said_to_have_met_no_model(agent: Client, desk: Desk) -> None:
    quoted = {"reason": "certain", "source": "passage"}
    Message.objects.filter(pk=desk.answer.pk).update(trace=quoted)
    page = explained(agent, desk)
    assert "beyond doubt, no model wrote it" in page
    assert "no model was asked." in page  # and so there is no prompt
    translated = {"question": "Kann ich zahlen?", "failure": ""}
    Message.objects.filter(pk=desk.answer.pk).update(trace=quoted | {"translated": translated})
    page = explained(agent, desk)
    assert "No model wrote it; one translated the question to find it" in page
    assert "One was asked to translate the question." in page
    assert "no model was asked" not in page


def test_a_message_without_a_trace_has_no_such_page(agent: Client, desk: Desk) -> None:
    question = desk.conversations["assistant"].messages.filter(sender="contact").first()
    assert agent.get(reverse("trace", args=[desk.site.pk, question.pk])).status_code == 404


def test_the_parts_of_the_time_make_up_the_whole() -> None:
    spans = traces.spans_of({"search": 0.1, "first_token": 0.5, "writing": 2.0, "total": 2.5})
    assert sum(span.share for span in spans) == pytest.approx(100)
    assert [span.name for span in spans] == ["search", "first_token", "writing", "other"]


def test_what_was_written_while_it_was_read_is_time_that_nobody_waited() -> None:
    timings = {"search": 0.1, "reading": 0.3, "ahead": 0.3, "first_token": 0.2, "writing": 2.0, "total": 2.2}
    spans = {span.name: span.seconds for span in traces.spans_of(timings)}
    assert spans == pytest.approx({"search": 0.1, "reading": 0.3, "writing": 1.7, "other": 0.1})


def test_every_reason_of_the_assistant_has_a_sentence() -> None:
    assert set(REASONS) <= set(explaining.ANSWERS)
    assert set(WITHHELD) - {"empty"} <= set(explaining.WITHHELD)


def test_what_differs_is_told_in_the_readers_language(agent: Client, desk: Desk) -> None:
    agent.cookies["django_language"] = "zh-hans"
    Chunk.objects.filter(pk=chunk_id(desk.documents["Returns"])).delete()
    assert "[1] 该段落已不在知识库中。" in explained(agent, desk)
