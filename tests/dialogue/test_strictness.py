"""A site's strictness and judge through `answer`: what is trusted, what takes its place, and what the trace says."""

import time

import pytest

from dialogue import Answer, Finished, JudgeFailed, SupportCheck, Turn, answer, default_support_fit
from dialogue.testing import ScriptedModel
from retrieval import Chunk, Passage, SearchResult

RETURNS = (
    "Most items can be returned within 30 days of delivery. Swimwear and earrings cannot be returned once opened. "
    "You pay the return shipping of $4.95 unless the item is faulty. Refunds reach your card within 5 business days."
)
TUIHUO = "大部分商品签收后7天内可以无理由退货。内衣和定制商品不支持退货。退款在3个工作日内原路退回。"
REFUND = "How long does a refund take?"


async def said(reply: str, *, question: str = REFUND, text: str = RETURNS, check: SupportCheck) -> Answer:
    chunk = Chunk(id="c", document_id="d", ordinal=0, text=text, title="Returns")
    found = SearchResult(passages=(Passage(chunk=chunk, relevance=0.8, score=0.8),))
    telling = answer(
        Turn(question=question),
        search=lambda question, *, limit: found,
        model=ScriptedModel(replies=[reply], chunk=400),
        checking=check,
    )
    done = [event.answer async for event in telling if isinstance(event, Finished)]
    return done[0]


class FakeJudge:
    """Says what it was told to say, to any sentence."""

    name = "judge"

    def __init__(self, verdict: float | Exception, *, seconds: float = 0.0) -> None:
        self.verdict, self.seconds, self.asked = verdict, seconds, 0

    def about(self, topic: str) -> "FakeJudge":
        return self

    def __call__(self, *, passage: str, sentence: str) -> float:
        self.asked += 1
        time.sleep(self.seconds)
        if isinstance(self.verdict, Exception):
            raise self.verdict
        return self.verdict


async def test_the_trace_says_which_strictness_and_version_decided():
    done = await said("Refunds reach your card within 5 business days. [4]", check=SupportCheck())
    assert done.trace["check"] == {
        "strictness": "balanced",
        "version": default_support_fit().version,
        "judge": "",
        "absent": "",
        "sentences": [
            {
                "text": "Refunds reach your card within 5 business days.",
                "level": "quote",
                "likelihood": 1.0,
                "reason": "",
                "replaced": False,
                "judge_failed": "",
            }
        ],
    }


FREELY = "Refunds will be on the card in 5 business days."


@pytest.mark.parametrize(("strictness", "source"), [("lenient", "model"), ("quotes", "passage")])
async def test_the_stricter_a_site_the_less_is_trusted_and_the_page_speaks_either_way(strictness, source):
    done = await said(FREELY, check=SupportCheck(strictness=strictness))
    assert done.source == source
    assert done.text == "Refunds reach your card within 5 business days. [1]"


@pytest.mark.parametrize(
    ("text", "question", "wrong", "own"),
    [
        (RETURNS, REFUND, "Refunds reach your card within 9 business days.", "within 5 business days"),
        (RETURNS, REFUND, "Refunds never reach your card within 5 business days.", "within 5 business days"),
        (TUIHUO, "退款多久到账？", "退款在9个工作日内原路退回。", "3个工作日"),
    ],
)
async def test_what_fails_is_replaced_by_the_pages_own_sentence(text, question, wrong, own):
    done = await said(wrong, question=question, text=text, check=SupportCheck())
    assert (done.decision, done.reason, done.source) == ("answer", "quoted_unsupported", "passage")
    assert own in done.text
    assert len(done.withheld) == 1
    assert done.trace["check"]["sentences"][0]["replaced"]


async def test_after_a_good_sentence_a_failed_one_is_replaced_too_where_its_page_answers():
    reply = "Most items can be returned within 30 days of delivery. Swimwear and earrings can be returned once opened."
    done = await said(reply, question="Which items can be returned, and which cannot?", check=SupportCheck())
    assert done.source == "model"
    assert "within 30 days" in done.text
    assert "Swimwear and earrings cannot be returned" in done.text


async def test_what_fails_and_answers_nothing_is_not_replaced():
    done = await said(
        "Refunds reach your card within 5 business days. You pay the return shipping of $9.95.",
        check=SupportCheck(),
    )
    assert done.text == "Refunds reach your card within 5 business days. [1]"
    assert [held.reason for held in done.withheld] == ["facts"]


# A sentence of which the rules are unsure: neither plainly there nor plainly not.
UNSURE = "Refunds arrive on your card in five business days at the latest."


@pytest.mark.parametrize(("verdict", "source"), [(0.99, "model"), (0.001, "passage")])
async def test_the_judge_decides_where_the_rules_are_unsure(verdict, source):
    judge = FakeJudge(verdict)
    done = await said(UNSURE, check=SupportCheck(judge=judge))
    (checked,) = done.trace["check"]["sentences"]
    assert (judge.asked, checked["level"], done.source) == (1, "judge", source)
    assert done.trace["check"]["judge"] == "judge"
    assert "5 business days" in done.text


async def test_the_judge_is_not_asked_where_the_rules_are_sure():
    judge = FakeJudge(0.99)
    await said("Refunds reach your card within 5 business days.", check=SupportCheck(judge=judge))
    await said("Refunds reach your card within 9 business days.", check=SupportCheck(judge=judge))
    assert judge.asked == 0


@pytest.mark.parametrize("code", ["unreachable", "refused", "slow", "garbled"])
async def test_a_judge_that_fails_leaves_it_to_the_rules_and_is_asked_no_more(code):
    judge = FakeJudge(JudgeFailed(code))
    alone = await said(f"{UNSURE} {UNSURE}", check=SupportCheck())
    done = await said(f"{UNSURE} {UNSURE}", check=SupportCheck(judge=judge))
    assert (done.text, done.source, judge.asked) == (alone.text, alone.source, 1)
    assert done.trace["check"]["absent"] == code


async def test_a_judge_that_takes_too_long_is_not_waited_for():
    judge = FakeJudge(0.001, seconds=0.5)
    done = await said(UNSURE, check=SupportCheck(judge=judge, patience=0.05))
    assert (done.decision, done.trace["check"]["absent"]) == ("answer", "slow")
    assert done.trace["check"]["sentences"][0]["level"] == "light"
